//! Erasure of images whose last reference is deleted.

use super::{
    BlobKey, CollectionId, Columns as _, Connection, During as _, ReferenceId, Result, Row, SubjectId,
    Timestamp, erasure_list, lock, serialize, uuid,
};

/// Selects the images of the references that match a condition, unless another reference uses them.
macro_rules! images_of {
    ($gone:literal) => {
        concat!(
            "SELECT DISTINCT image_owner, image_id FROM reference AS gone WHERE image_id IS NOT NULL AND ",
            $gone,
            " AND NOT EXISTS (SELECT id FROM reference AS other WHERE other.image_id = gone.image_id \
              AND other.image_owner = gone.image_owner AND ",
            "other.id NOT IN (SELECT id FROM reference AS gone WHERE ",
            $gone,
            "))"
        )
    };
}

type Query<'q> = sqlx::query::Query<'q, super::super::Db, <super::super::Db as sqlx::Database>::Arguments>;

/// Stages the images of a collection for immediate erasure and returns them.
pub(super) async fn erase_of_collection(
    connection: &mut Connection,
    id: CollectionId,
) -> Result<Vec<BlobKey>> {
    erase(connection, sqlx::query(images_of!("gone.collection = $1")).bind(uuid(id.uuid()))).await
}

/// Like [`erase_of_collection`], for a subject.
pub(super) async fn erase_of_subject(
    connection: &mut Connection,
    collection: CollectionId,
    id: SubjectId,
) -> Result<Vec<BlobKey>> {
    let query = sqlx::query(images_of!("gone.subject = $1 AND gone.collection = $2"));
    erase(connection, query.bind(uuid(id.uuid())).bind(uuid(collection.uuid()))).await
}

/// Like [`erase_of_collection`], for a reference.
pub(super) async fn erase_of_reference(
    connection: &mut Connection,
    collection: CollectionId,
    id: ReferenceId,
) -> Result<Vec<BlobKey>> {
    let query = sqlx::query(images_of!("gone.id = $1 AND gone.collection = $2"));
    erase(connection, query.bind(uuid(id.uuid())).bind(uuid(collection.uuid()))).await
}

async fn erase(connection: &mut Connection, images: Query<'_>) -> Result<Vec<BlobKey>> {
    // Two concurrent transactions that delete the last two references to an image would each see the other's
    // reference and keep the image.
    serialize(connection, lock::IMAGES).await?;
    let rows = images.fetch_all(&mut *connection).await.during("searching for images to erase")?;
    let images = rows.iter().map(image).collect::<Result<Vec<_>>>()?;

    // The epoch makes them due immediately.
    erasure_list::stage(connection, &images, Timestamp::EPOCH).await?;
    Ok(images)
}

fn image(row: &Row) -> Result<BlobKey> {
    Ok(BlobKey { owner: row.id("image_owner")?, id: row.id("image_id")? })
}
