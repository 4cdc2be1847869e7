//! Subjects.

use std::collections::BTreeSet;

use super::{
    CollectionId, Columns as _, Connection, During as _, Metadata, Page, Reference, Result, Row, Selection,
    Subject, SubjectId, Timestamp, collections, for_update, json, lacks_parent, page, time, uuid,
};

pub(super) async fn insert(connection: &mut Connection, subject: &Subject) -> Result<()> {
    let insert = sqlx::query(
        "INSERT INTO subject (id, collection, metadata, created, updated) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(uuid(subject.id.uuid()))
    .bind(uuid(subject.collection.uuid()))
    .bind(json(&subject.metadata)?)
    .bind(time(subject.created))
    .bind(time(subject.updated));
    match insert.execute(connection).await {
        Err(error) if lacks_parent(&error) => Err(subject.collection.not_found()),
        inserted => inserted.map(drop).unless_taken("storing a subject", || subject.id.conflict()),
    }
}

pub(super) async fn find(
    connection: &mut Connection,
    collection: CollectionId,
    id: SubjectId,
) -> Result<Subject> {
    let mut found = Selection::new("SELECT * FROM subject");
    found.and("id = ").bind(uuid(id.uuid())).and("collection = ").bind(uuid(collection.uuid()));
    found.first(connection, "reading a subject", subject).await?.ok_or_else(|| id.not_found())
}

pub(super) async fn list(
    connection: &mut Connection,
    collection: CollectionId,
    wanted: &Page,
) -> Result<Vec<Subject>> {
    let mut found = Selection::new("SELECT * FROM subject");
    found.and("collection = ").bind(uuid(collection.uuid()));
    page(&mut found, wanted);
    let subjects = found.records(connection, "listing subjects", subject).await?;
    if subjects.is_empty() {
        collections::find(connection, collection).await?;
    }
    Ok(subjects)
}

pub(super) async fn count(connection: &mut Connection, collection: CollectionId) -> Result<u64> {
    let mut counted = Selection::new("SELECT COUNT(*) AS count FROM subject");
    counted.and("collection = ").bind(uuid(collection.uuid()));
    let count = counted.count(connection, "counting subjects").await?;
    if count == 0 {
        collections::find(connection, collection).await?;
    }
    Ok(count)
}

pub(super) async fn update(
    connection: &mut Connection,
    collection: CollectionId,
    id: SubjectId,
    metadata: &Metadata,
    now: Timestamp,
) -> Result<Subject> {
    let update = sqlx::query(
        "UPDATE subject SET metadata = $3, updated = $4 WHERE id = $1 AND collection = $2 RETURNING *",
    )
    .bind(uuid(id.uuid()))
    .bind(uuid(collection.uuid()))
    .bind(json(metadata)?)
    .bind(time(now));
    let row = update.fetch_optional(connection).await.during("changing a subject")?;
    row.as_ref().map(subject).ok_or_else(|| id.not_found())?
}

/// Deletes a subject; its references are deleted by cascade.
pub(super) async fn delete(
    connection: &mut Connection,
    collection: CollectionId,
    id: SubjectId,
) -> Result<()> {
    let delete = sqlx::query("DELETE FROM subject WHERE id = $1 AND collection = $2")
        .bind(uuid(id.uuid()))
        .bind(uuid(collection.uuid()));
    delete.execute(connection).await.map(drop).during("deleting a subject")
}

/// Ensures that the subject of every reference is in its collection, and locks it until the transaction ends.
///
/// # Errors
/// `storage.not_found` for the first missing subject.
pub(super) async fn ensure_exist(connection: &mut Connection, references: &[Reference]) -> Result<()> {
    let owners: BTreeSet<_> =
        references.iter().map(|reference| (reference.subject, reference.collection)).collect();
    for (id, collection) in owners {
        let found = sqlx::query(for_update!("SELECT id FROM subject WHERE id = $1 AND collection = $2"))
            .bind(uuid(id.uuid()))
            .bind(uuid(collection.uuid()));
        let found = found.fetch_optional(&mut *connection).await.during("reading a subject")?;
        found.ok_or_else(|| id.not_found())?;
    }
    Ok(())
}

fn subject(row: &Row) -> Result<Subject> {
    Ok(Subject {
        id: row.id("id")?,
        collection: row.id("collection")?,
        metadata: row.metadata("metadata")?,
        created: row.time("created")?,
        updated: row.time("updated")?,
    })
}
