//! Records of media.

use std::collections::BTreeMap;

use oz_core::storage::BlobKey;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{
    Columns as _, Connection, During as _, Folder, FolderId, MediaId, Preview, Result, Row, Scope, Selection,
    StoredMedia, Timestamp, count, erasure_list, folders, json, text, time, unless_absent, uuid,
};

const READING: &str = "reading media";
const CHANGING: &str = "changing media";

/// Maximum number of folders per query.
const BATCH: usize = 500;

/// Stores a media and removes its blobs from the erasure list.
pub(super) async fn insert(connection: &mut Connection, media: &StoredMedia) -> Result<()> {
    let insert = sqlx::query(
        "INSERT INTO media (id, folder, company, owner, kind, media_type, original_name, tags, \
         blob_owner, blob_id, size, preview, metadata, created, updated) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
    )
    .bind(uuid(media.id.uuid()))
    .bind(uuid(media.folder.uuid()))
    .bind(uuid(media.company.uuid()))
    .bind(uuid(media.owner.uuid()))
    .bind(word(&media.kind)?)
    .bind(word(&media.media_type)?)
    .bind(text(&media.original_name))
    .bind(json(&media.tags)?)
    .bind(media.blob.map(|blob| uuid(blob.owner.uuid())))
    .bind(media.blob.map(|blob| uuid(blob.id)))
    .bind(count(media.size))
    .bind(json(&media.preview)?)
    .bind(json(&media.metadata)?)
    .bind(time(media.created))
    .bind(time(media.updated));

    insert.execute(&mut *connection).await.unless_taken("storing media", || media.id.conflict())?;
    erasure_list::unstage(connection, &blobs([media])).await
}

/// Collects the blobs of media.
pub(super) fn blobs<'a>(media: impl IntoIterator<Item = &'a StoredMedia>) -> Vec<BlobKey> {
    media.into_iter().flat_map(StoredMedia::blobs).collect()
}

pub(super) async fn find(connection: &mut Connection, scope: &Scope, id: MediaId) -> Result<StoredMedia> {
    let mut found = Selection::new("SELECT media.* FROM media JOIN folder ON folder.id = media.folder");
    found.scope(scope, "folder.company", Some("folder.owner")).and("media.id = ").bind(uuid(id.uuid()));
    found.first(connection, READING, media).await?.ok_or_else(|| id.not_found())
}

/// Reads a media and its folder, and locks both until the transaction ends.
pub(super) async fn locked(
    connection: &mut Connection,
    scope: &Scope,
    id: MediaId,
) -> Result<(Folder, StoredMedia)> {
    let folder = find(connection, scope, id).await?.folder;
    let folder =
        unless_absent(folders::locked(connection, scope, folder).await)?.ok_or_else(|| id.not_found())?;
    let media = find(connection, scope, id).await?;
    Ok((folder, media))
}

/// Lists the media of folders, in the order of the folders.
pub(super) async fn of_folders(
    connection: &mut Connection,
    scope: &Scope,
    folders: &[FolderId],
) -> Result<Vec<StoredMedia>> {
    let mut stored: BTreeMap<FolderId, Vec<StoredMedia>> = BTreeMap::new();
    for folders in folders.chunks(BATCH) {
        let mut found = Selection::new("SELECT media.* FROM media JOIN folder ON folder.id = media.folder");
        found.scope(scope, "folder.company", Some("folder.owner")).and("media.folder IN ");
        found.list(folders.iter().map(|id| uuid(id.uuid()))).push(" ORDER BY media.created, media.number");
        for media in found.records(connection, READING, media).await? {
            stored.entry(media.folder).or_default().push(media);
        }
    }
    Ok(folders.iter().filter_map(|id| stored.remove(id)).flatten().collect())
}

/// Lists the media of a folder in any scope.
pub(super) async fn of_folder(connection: &mut Connection, id: FolderId) -> Result<Vec<StoredMedia>> {
    of_folders(connection, &Scope::Everything, &[id]).await
}

/// Writes the mutable columns of a media.
pub(super) async fn write(connection: &mut Connection, media: &StoredMedia) -> Result<()> {
    let update = sqlx::query(
        "UPDATE media \
         SET tags = $2, blob_owner = $3, blob_id = $4, preview = $5, metadata = $6, updated = $7 \
         WHERE id = $1",
    )
    .bind(uuid(media.id.uuid()))
    .bind(json(&media.tags)?)
    .bind(media.blob.map(|blob| uuid(blob.owner.uuid())))
    .bind(media.blob.map(|blob| uuid(blob.id)))
    .bind(json(&media.preview)?)
    .bind(json(&media.metadata)?)
    .bind(time(media.updated));
    update.execute(connection).await.map(drop).during(CHANGING)
}

/// Stores a preview and stages the replaced one for erasure. If the media was deleted, stages the preview's
/// own blobs.
pub(super) async fn set_preview(
    connection: &mut Connection,
    id: MediaId,
    preview: &Preview,
    now: Timestamp,
) -> Result<()> {
    let new: Vec<BlobKey> = preview.blobs().collect();
    let Some((folder, mut media)) = unless_absent(locked(connection, &Scope::Everything, id).await)? else {
        return erasure_list::stage(connection, &new, now).await;
    };

    erasure_list::unstage(connection, &new).await?;
    let old: Vec<BlobKey> = media.preview.blobs().collect();
    erasure_list::stage(connection, &old, now).await?;

    media.preview = preview.clone();
    media.updated = now;
    write(connection, &media).await?;
    folders::refresh(connection, folder, None, now).await.map(drop)
}

pub(super) async fn delete(connection: &mut Connection, id: MediaId) -> Result<()> {
    let delete = sqlx::query("DELETE FROM media WHERE id = $1").bind(uuid(id.uuid()));
    delete.execute(connection).await.map(drop).during("deleting media")
}

fn media(row: &Row) -> Result<StoredMedia> {
    Ok(StoredMedia {
        id: row.id("id")?,
        folder: row.id("folder")?,
        company: row.id("company")?,
        owner: row.id("owner")?,
        kind: row.word("kind", parsed)?,
        media_type: row.word("media_type", parsed)?,
        original_name: row.text("original_name")?,
        tags: row.json("tags")?,
        blob: row.optional_blob("blob_owner", "blob_id")?,
        size: row.number("size")?,
        preview: row.json("preview")?,
        metadata: row.metadata("metadata")?,
        created: row.time("created")?,
        updated: row.time("updated")?,
    })
}

/// Name of an enumeration value, as in its JSON form.
fn word(value: &impl Serialize) -> Result<String> {
    json(value).map(|quoted| quoted.trim_matches('"').to_owned())
}

fn parsed<T: DeserializeOwned>(word: &str) -> Option<T> {
    serde_json::from_value(word.into()).ok()
}
