//! References: templates with the images they were extracted from.

use super::template::Template;
use super::{
    CollectionId, Connection, During as _, Reference, ReferenceId, Result, Revision, Row, Selection,
    SubjectId, changes, count, erasure_list, subjects, text, time, uuid,
};

/// Selects references with the company whose keys encrypt the template in column `owner`.
const WITH_OWNER: &str = "SELECT reference.*, \
    (SELECT company FROM collection WHERE collection.id = reference.collection) AS owner FROM reference";

/// Stores references of existing subjects. `templates` are in the order of the references; revisions are
/// consecutive from `first`.
pub(super) async fn insert_all(
    connection: &mut Connection,
    references: &[Reference],
    templates: impl IntoIterator<Item = Template, IntoIter: Send> + Send,
    first: u64,
) -> Result<()> {
    for ((reference, template), revision) in references.iter().zip(templates).zip(first..) {
        insert(connection, reference, template, revision).await?;
        if let Some(image) = reference.image {
            erasure_list::unstage_known(connection, &[image]).await?;
        }
    }
    Ok(())
}

async fn insert(
    connection: &mut Connection,
    reference: &Reference,
    template: Template,
    revision: u64,
) -> Result<()> {
    let insert = sqlx::query(
        "INSERT INTO reference (id, collection, subject, model, length, sealed, template, \
         image_owner, image_id, created, revision) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(uuid(reference.id.uuid()))
    .bind(uuid(reference.collection.uuid()))
    .bind(uuid(reference.subject.uuid()))
    .bind(text(template.model.as_str()))
    .bind(template.length)
    .bind(template.sealed)
    .bind(template.bytes)
    .bind(reference.image.map(|image| uuid(image.owner.uuid())))
    .bind(reference.image.map(|image| uuid(image.id)))
    .bind(time(reference.created))
    .bind(count(revision));

    let inserted = insert.execute(connection).await;
    inserted.map(drop).unless_taken("storing a reference", || reference.id.conflict())
}

pub(super) async fn of_subject(
    connection: &mut Connection,
    collection: CollectionId,
    subject: SubjectId,
) -> Result<Vec<Row>> {
    let mut found = Selection::new(WITH_OWNER);
    found.and("subject = ").bind(uuid(subject.uuid())).and("collection = ").bind(uuid(collection.uuid()));
    found.push(" ORDER BY created, id");
    let rows = found.rows(connection, "listing references").await?;
    if rows.is_empty() {
        subjects::find(connection, collection, subject).await?;
    }
    Ok(rows)
}

/// Lists the first `limit` references stored after a revision.
pub(super) async fn after_revision(
    connection: &mut Connection,
    collection: CollectionId,
    after: Revision,
    limit: usize,
) -> Result<Vec<Row>> {
    let mut found = Selection::new(WITH_OWNER);
    changes::after_revision(&mut found, collection, after, limit);
    found.rows(connection, "reading changes to a collection").await
}

pub(super) async fn delete(
    connection: &mut Connection,
    collection: CollectionId,
    id: ReferenceId,
) -> Result<()> {
    let delete = sqlx::query("DELETE FROM reference WHERE id = $1 AND collection = $2")
        .bind(uuid(id.uuid()))
        .bind(uuid(collection.uuid()));
    delete.execute(connection).await.map(drop).during("deleting a reference")
}
