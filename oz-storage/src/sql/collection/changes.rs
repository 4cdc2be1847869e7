//! What happened to references, by number.
//!
//! Whoever takes numbers holds the collection until its transaction ends; so numbers become visible in their order.

use oz_core::collection::ReferenceEvent;

use super::{
    CollectionId, Columns as _, Connection, During as _, ReferenceChange, ReferenceId, Result, Revision, Row,
    Selection, SubjectId, collections, count, uuid,
};

const NUMBERING: &str = "numbering changes to a collection";

/// Takes the next numbers of a collection, and gives the first of them.
pub(super) async fn number(
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

/// Notes that the references of a subject go, those that are there.
pub(super) async fn note_deletion_of_subject(
    connection: &mut Connection,
    collection: CollectionId,
    subject: SubjectId,
) -> Result<()> {
    let mut theirs = Selection::new("SELECT id FROM reference");
    theirs.and("subject = ").bind(uuid(subject.uuid()));
    note(connection, collection, theirs).await
}

/// Notes that a reference goes, if it is there.
pub(super) async fn note_deletion(
    connection: &mut Connection,
    collection: CollectionId,
    id: ReferenceId,
) -> Result<()> {
    let mut it = Selection::new("SELECT id FROM reference");
    it.and("id = ").bind(uuid(id.uuid()));
    note(connection, collection, it).await
}

async fn note(connection: &mut Connection, collection: CollectionId, mut gone: Selection) -> Result<()> {
    // Holds the collection, so that nobody adds or deletes between question and answer.
    if absent_as_none(number(connection, collection, 0).await)?.is_none() {
        return Ok(());
    }
    gone.and("collection = ").bind(uuid(collection.uuid()));
    let gone: Vec<ReferenceId> = gone.records(connection, NUMBERING, |row| row.id("id")).await?;
    let first = number(connection, collection, gone.len()).await?;
    for (revision, id) in (first..).zip(gone) {
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

/// The first deletions behind a number.
pub(super) async fn deletions(
    connection: &mut Connection,
    collection: CollectionId,
    after: Revision,
    limit: usize,
) -> Result<Vec<ReferenceChange>> {
    let mut found = Selection::new("SELECT revision, reference FROM reference_deletion");
    behind(&mut found, collection, after, limit);
    let deletions = found.records(connection, "reading changes to a collection", deletion).await?;
    if deletions.is_empty() {
        collections::find(connection, collection).await?;
    }
    Ok(deletions)
}

/// The first records of a collection behind a number.
pub(super) fn behind(selection: &mut Selection, collection: CollectionId, after: Revision, limit: usize) {
    selection.and("collection = ").bind(uuid(collection.uuid()));
    selection.and("revision > ").bind(count(after.0));
    selection.push(" ORDER BY revision LIMIT ").bind(count(limit as u64));
}

/// The first `limit` of both.
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
