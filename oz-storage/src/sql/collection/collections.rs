//! Collections.

use oz_core::Error;

use super::{
    Collection, CollectionId, Columns as _, CompanyId, Connection, During as _, Metadata, Page, Result, Row,
    Selection, Timestamp, json, page, text, time, uuid,
};

pub(super) async fn insert(connection: &mut Connection, collection: &Collection) -> Result<()> {
    let insert = sqlx::query(
        "INSERT INTO collection (id, company, alias, metadata, created, updated) \
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(uuid(collection.id.uuid()))
    .bind(uuid(collection.company.uuid()))
    .bind(text(&collection.alias))
    .bind(json(&collection.metadata)?)
    .bind(time(collection.created))
    .bind(time(collection.updated));
    let taken = || Error::Conflict { what: format!("collection `{}`", collection.alias) };
    insert.execute(connection).await.map(drop).unless_taken("storing a collection", taken)
}

pub(super) async fn find(connection: &mut Connection, id: CollectionId) -> Result<Collection> {
    let mut found = Selection::new("SELECT * FROM collection");
    found.and("id = ").bind(uuid(id.uuid()));
    found.first(connection, "reading a collection", collection).await?.ok_or_else(|| id.not_found())
}

pub(super) async fn by_alias(
    connection: &mut Connection,
    company: CompanyId,
    alias: &str,
) -> Result<Collection> {
    let mut found = Selection::new("SELECT * FROM collection");
    found.and("company = ").bind(uuid(company.uuid())).and("alias = ").bind(text(alias));
    let absent = || Error::NotFound { what: format!("collection `{alias}`") };
    found.first(connection, "reading a collection", collection).await?.ok_or_else(absent)
}

pub(super) async fn list(
    connection: &mut Connection,
    company: CompanyId,
    wanted: &Page,
) -> Result<Vec<Collection>> {
    let mut found = Selection::new("SELECT * FROM collection");
    found.and("company = ").bind(uuid(company.uuid()));
    page(&mut found, wanted);
    found.records(connection, "listing collections", collection).await
}

pub(super) async fn update(
    connection: &mut Connection,
    id: CollectionId,
    metadata: &Metadata,
    now: Timestamp,
) -> Result<Collection> {
    let update = sqlx::query("UPDATE collection SET metadata = $2, updated = $3 WHERE id = $1 RETURNING *")
        .bind(uuid(id.uuid()))
        .bind(json(metadata)?)
        .bind(time(now));
    let row = update.fetch_optional(connection).await.during("changing a collection")?;
    row.as_ref().map(collection).ok_or_else(|| id.not_found())?
}

/// Deletes a collection; its subjects and references are deleted by cascade.
pub(super) async fn delete(connection: &mut Connection, id: CollectionId) -> Result<()> {
    let delete = sqlx::query("DELETE FROM collection WHERE id = $1").bind(uuid(id.uuid()));
    delete.execute(connection).await.map(drop).during("deleting a collection")
}

fn collection(row: &Row) -> Result<Collection> {
    Ok(Collection {
        id: row.id("id")?,
        company: row.id("company")?,
        alias: row.text("alias")?,
        metadata: row.metadata("metadata")?,
        created: row.time("created")?,
        updated: row.time("updated")?,
    })
}
