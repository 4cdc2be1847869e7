//! Pictures that go with the references made from them.

use super::{
    BlobKey, CollectionId, Columns as _, Connection, During as _, ReferenceId, Result, Row, SubjectId,
    Timestamp, alone, erasure_list, lock, uuid,
};

/// Pictures of references that go, and of no other.
macro_rules! pictures_of {
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

/// Puts the pictures that go with a collection on the erasure list, due at once.
pub(super) async fn erase_of_collection(
    connection: &mut Connection,
    id: CollectionId,
) -> Result<Vec<BlobKey>> {
    erase(connection, sqlx::query(pictures_of!("gone.collection = $1")).bind(uuid(id.uuid()))).await
}

/// As [`erase_of_collection`], for a subject.
pub(super) async fn erase_of_subject(
    connection: &mut Connection,
    collection: CollectionId,
    id: SubjectId,
) -> Result<Vec<BlobKey>> {
    let query = sqlx::query(pictures_of!("gone.subject = $1 AND gone.collection = $2"));
    erase(connection, query.bind(uuid(id.uuid())).bind(uuid(collection.uuid()))).await
}

/// As [`erase_of_collection`], for a reference.
pub(super) async fn erase_of_reference(
    connection: &mut Connection,
    collection: CollectionId,
    id: ReferenceId,
) -> Result<Vec<BlobKey>> {
    let query = sqlx::query(pictures_of!("gone.id = $1 AND gone.collection = $2"));
    erase(connection, query.bind(uuid(id.uuid())).bind(uuid(collection.uuid()))).await
}

async fn erase(connection: &mut Connection, pictures: Query<'_>) -> Result<Vec<BlobKey>> {
    // Two that delete the last two references to a picture would each leave it to the other.
    alone(connection, lock::PICTURES).await?;
    let rows = pictures.fetch_all(&mut *connection).await.during("looking for pictures to erase")?;
    let pictures = rows.iter().map(picture).collect::<Result<Vec<_>>>()?;
    // Due at once: no time is earlier.
    erasure_list::stage(connection, &pictures, Timestamp::EPOCH).await?;
    Ok(pictures)
}

fn picture(row: &Row) -> Result<BlobKey> {
    Ok(BlobKey { owner: row.id("image_owner")?, id: row.id("image_id")? })
}
