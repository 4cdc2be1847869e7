//! Change log of references, ordered by revision.
//!
//! A transaction that takes revisions locks the collection until it ends, so revisions become visible in
//! order.

use oz_core::collection::ReferenceEvent;

use super::{
    CollectionId, Columns as _, Connection, During as _, ReferenceChange, ReferenceId, Result, Revision, Row,
    Selection, SubjectId, collections, count, uuid,
};

const NUMBERING: &str = "numbering changes to a collection";

/// Takes the next `changes` revisions of a collection and returns the first of them. Locks the collection.
pub(super) async fn take_revisions(
    connection: &mut Connection,
    collection: CollectionId,
    changes: usize,
) -> Result<u64> {
    let update =
        sqlx::query("UPDATE collection SET revision = revision + $2 WHERE id = $1 RETURNING revision")
            .bind(uuid(collection.uuid()))
            .bind(count(changes as u64));
    let row = update.fetch_optional(connection).await.during(NUMBERING)?;
    let last: u64 = row.ok_or_else(|| collection.not_found())?.number("revision")?;
    Ok(last + 1 - changes as u64)
}

/// Records the deletion of all references of a subject.
pub(super) async fn record_deletion_of_subject(
    connection: &mut Connection,
    collection: CollectionId,
    subject: SubjectId,
) -> Result<()> {
    let mut references = Selection::new("SELECT id FROM reference");
    references.and("subject = ").bind(uuid(subject.uuid()));
    record(connection, collection, references).await
}

/// Records the deletion of a reference, if it exists.
pub(super) async fn record_deletion(
    connection: &mut Connection,
    collection: CollectionId,
    id: ReferenceId,
) -> Result<()> {
    let mut reference = Selection::new("SELECT id FROM reference");
    reference.and("id = ").bind(uuid(id.uuid()));
    record(connection, collection, reference).await
}

async fn record(connection: &mut Connection, collection: CollectionId, mut deleted: Selection) -> Result<()> {
    // Locks the collection first, so that no reference is added or deleted between reading and recording.
    if absent_as_none(take_revisions(connection, collection, 0).await)?.is_none() {
        return Ok(());
    }

    deleted.and("collection = ").bind(uuid(collection.uuid()));
    let deleted: Vec<ReferenceId> = deleted.records(connection, NUMBERING, |row| row.id("id")).await?;

    let first = take_revisions(connection, collection, deleted.len()).await?;
    for (revision, id) in (first..).zip(deleted) {
        let insert = sqlx::query(
            "INSERT INTO reference_deletion (collection, revision, reference) VALUES ($1, $2, $3)",
        )
        .bind(uuid(collection.uuid()))
        .bind(count(revision))
        .bind(uuid(id.uuid()));
        insert.execute(&mut *connection).await.during(NUMBERING)?;
    }
    Ok(())
}

fn absent_as_none<T>(found: Result<T>) -> Result<Option<T>> {
    match found {
        Err(oz_core::Error::NotFound { .. }) => Ok(None),
        other => other.map(Some),
    }
}

/// Lists the first `limit` deletions after a revision.
pub(super) async fn deletions(
    connection: &mut Connection,
    collection: CollectionId,
    after: Revision,
    limit: usize,
) -> Result<Vec<ReferenceChange>> {
    let mut found = Selection::new("SELECT revision, reference FROM reference_deletion");
    after_revision(&mut found, collection, after, limit);
    let deletions = found.records(connection, "reading changes to a collection", deletion).await?;
    if deletions.is_empty() {
        collections::find(connection, collection).await?;
    }
    Ok(deletions)
}

/// Restricts a query to the first `limit` records of a collection after a revision.
pub(super) fn after_revision(
    selection: &mut Selection,
    collection: CollectionId,
    after: Revision,
    limit: usize,
) {
    selection.and("collection = ").bind(uuid(collection.uuid()));
    selection.and("revision > ").bind(count(after.0));
    selection.push(" ORDER BY revision LIMIT ").bind(count(limit as u64));
}

/// Merges stored and deleted references by revision, limited to the first `limit` changes.
pub(super) fn merged(
    stored: Vec<ReferenceChange>,
    deleted: Vec<ReferenceChange>,
    limit: usize,
) -> Vec<ReferenceChange> {
    let mut changes = [stored, deleted].concat();
    changes.sort_by_key(|change| change.revision);
    changes.truncate(limit);
    changes
}

fn deletion(row: &Row) -> Result<ReferenceChange> {
    Ok(ReferenceChange {
        revision: Revision(row.number("revision")?),
        event: ReferenceEvent::Deleted(row.id("reference")?),
    })
}
