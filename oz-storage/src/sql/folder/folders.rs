//! Records of folders.

use oz_core::folder::{Analysis, FolderState, FolderStatus, FolderVerdict, notice};
use oz_core::listing::SortKey;

use super::{
    Columns as _, Connection, During as _, Folder, FolderChange, FolderContent, FolderFilter, FolderId,
    GroupId, Result, Row, Scope, Selection, Slice, Timestamp, analyses, facets, filter, for_update,
    job_queue, json, text, time, uuid,
};

const READING: &str = "reading a folder";
const CHANGING: &str = "changing a folder";

/// Stores a folder in the state derived from its initial content.
pub(super) async fn insert(
    connection: &mut Connection,
    folder: &Folder,
    content: &FolderContent,
) -> Result<()> {
    let analyses = content.group.iter().flat_map(|group| &group.analyses);
    let state = FolderState::of(&analyses.map(Analysis::summary).collect::<Vec<_>>());

    let insert = sqlx::query(
        "INSERT INTO folder \
         (id, company, owner, status, verdict, endpoint, metadata, cleared, created, updated) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(uuid(folder.id.uuid()))
    .bind(uuid(folder.company.uuid()))
    .bind(uuid(folder.owner.uuid()))
    .bind(state.status.name())
    .bind(state.verdict.name())
    .bind(folder.endpoint.as_deref().map(text))
    .bind(json(&folder.metadata)?)
    .bind(folder.cleared)
    .bind(time(folder.created))
    .bind(time(folder.updated));
    let inserted = insert.execute(&mut *connection).await;
    inserted.unless_taken("storing a folder", || folder.id.conflict())?;
    facets::insert(connection, folder).await
}

pub(super) async fn find(connection: &mut Connection, scope: &Scope, id: FolderId) -> Result<Folder> {
    let mut found = Selection::new("SELECT * FROM folder");
    found.scope(scope, "company", Some("owner")).and("id = ").bind(uuid(id.uuid()));
    found.first(connection, READING, folder).await?.ok_or_else(|| id.not_found())
}

/// Reads a folder and locks it until the transaction ends.
pub(super) async fn locked(connection: &mut Connection, scope: &Scope, id: FolderId) -> Result<Folder> {
    let found = sqlx::query(for_update!("SELECT * FROM folder WHERE id = $1")).bind(uuid(id.uuid()));
    let found = found.fetch_optional(connection).await.during(READING)?;
    let found = found.as_ref().map(folder).transpose()?;
    found.filter(|folder| scope.holds(folder.company, folder.owner)).ok_or_else(|| id.not_found())
}

pub(super) async fn list(
    connection: &mut Connection,
    scope: &Scope,
    filter: &FolderFilter,
    slice: &Slice,
) -> Result<Vec<Folder>> {
    let leading = facets::rarest(connection, &filter.metadata).await?;
    let mut found = filter::folders(filter::Target::Records, scope, filter, leading);
    if leading.is_some() && slice.sorting.key == SortKey::Created {
        found.ordered("facet.created", "facet.folder", slice);
    } else {
        found.slice("folder.", slice);
    }
    found.records(connection, "listing folders", folder).await
}

pub(super) async fn count(connection: &mut Connection, scope: &Scope, filter: &FolderFilter) -> Result<u64> {
    let leading = facets::rarest(connection, &filter.metadata).await?;
    filter::folders(filter::Target::Count, scope, filter, leading).count(connection, "counting folders").await
}

pub(super) async fn update(
    connection: &mut Connection,
    scope: &Scope,
    id: FolderId,
    change: &FolderChange,
    now: Timestamp,
) -> Result<Folder> {
    let mut folder = locked(connection, scope, id).await?;
    if let Some(metadata) = &change.metadata {
        folder.metadata = metadata.clone();
        let update = sqlx::query("UPDATE folder SET metadata = $2 WHERE id = $1").bind(uuid(id.uuid()));
        update.bind(json(metadata)?).execute(&mut *connection).await.during(CHANGING)?;
        facets::delete(connection, id).await?;
        facets::insert(connection, &folder).await?;
    }
    if let Some(endpoint) = &change.endpoint {
        folder.endpoint = endpoint.clone();
    }

    refresh(connection, folder, None, now).await
}

/// Updates the derived state of a locked folder after a change at `now`. Enqueues a notice to the folder's
/// endpoint if the change to `group` completed the last running analysis.
pub(super) async fn refresh(
    connection: &mut Connection,
    mut folder: Folder,
    group: Option<GroupId>,
    now: Timestamp,
) -> Result<Folder> {
    let earlier = folder.state;
    folder.state = FolderState::of(&analyses::summaries_in(connection, folder.id).await?);
    folder.updated = now;
    write(connection, &folder).await?;

    let needs_notice = folder.endpoint.is_some() && folder.state.has_completed_since(earlier);
    if let Some(group) = group.filter(|_| needs_notice) {
        job_queue::insert(connection, notice(folder.id, group, now)).await?;
    }
    Ok(folder)
}

async fn write(connection: &mut Connection, folder: &Folder) -> Result<()> {
    let update = sqlx::query(
        "UPDATE folder SET status = $2, verdict = $3, endpoint = $4, cleared = $5, updated = $6 \
         WHERE id = $1",
    )
    .bind(uuid(folder.id.uuid()))
    .bind(folder.state.status.name())
    .bind(folder.state.verdict.name())
    .bind(folder.endpoint.as_deref().map(text))
    .bind(folder.cleared)
    .bind(time(folder.updated));
    update.execute(connection).await.map(drop).during(CHANGING)
}

/// Deletes a folder; its media, analyses and facets are deleted by cascade.
pub(super) async fn delete(connection: &mut Connection, id: FolderId) -> Result<()> {
    let delete = sqlx::query("DELETE FROM folder WHERE id = $1").bind(uuid(id.uuid()));
    delete.execute(connection).await.map(drop).during("deleting a folder")
}

fn folder(row: &Row) -> Result<Folder> {
    let status = row.word("status", FolderStatus::named)?;
    Ok(Folder {
        id: row.id("id")?,
        company: row.id("company")?,
        owner: row.id("owner")?,
        state: FolderState { status, verdict: row.word("verdict", FolderVerdict::named)? },
        endpoint: row.optional_text("endpoint")?,
        metadata: row.metadata("metadata")?,
        cleared: row.flag("cleared")?,
        created: row.time("created")?,
        updated: row.time("updated")?,
    })
}
