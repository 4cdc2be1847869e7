//! Companies.

use super::{
    Columns as _, Company, CompanyFilter, CompanyId, Connection, During as _, Result, Row, Scope, Selection,
    Slice, json, text, time, uuid,
};

pub(super) async fn insert(connection: &mut Connection, company: &Company) -> Result<()> {
    let insert = sqlx::query(
        "INSERT INTO company (id, name, name_key, metadata, created, updated) \
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(uuid(company.id.uuid()))
    .bind(text(&company.name))
    .bind(text(&company.name_key()).into_owned())
    .bind(json(&company.metadata)?)
    .bind(time(company.created))
    .bind(time(company.updated));
    let inserted = insert.execute(connection).await;
    inserted.map(drop).unless_taken("storing a company", || company.id.conflict())
}

pub(super) async fn find(connection: &mut Connection, scope: &Scope, id: CompanyId) -> Result<Company> {
    let mut found = Selection::new("SELECT * FROM company");
    found.scope(scope, "id", None).and("id = ").bind(uuid(id.uuid()));
    found.first(connection, "reading a company", company).await?.ok_or_else(|| id.not_found())
}

pub(super) async fn list(
    connection: &mut Connection,
    scope: &Scope,
    filter: &CompanyFilter,
    slice: &Slice,
) -> Result<Vec<Company>> {
    let mut found = matching("SELECT * FROM company", scope, filter);
    found.slice("", slice);
    found.records(connection, "listing companies", company).await
}

pub(super) async fn count(connection: &mut Connection, scope: &Scope, filter: &CompanyFilter) -> Result<u64> {
    let counted = matching("SELECT COUNT(*) AS count FROM company", scope, filter);
    counted.count(connection, "counting companies").await
}

fn matching(select: &'static str, scope: &Scope, filter: &CompanyFilter) -> Selection {
    let mut matching = Selection::new(select);
    matching
        .scope(scope, "id", None)
        .choice("id", &filter.ids, |id| uuid(id.uuid()))
        .contains_text("name_key", filter.text.as_deref());
    matching
}

pub(super) async fn update(connection: &mut Connection, company: &Company) -> Result<()> {
    let update =
        sqlx::query("UPDATE company SET name = $2, name_key = $3, metadata = $4, updated = $5 WHERE id = $1")
            .bind(uuid(company.id.uuid()))
            .bind(text(&company.name))
            .bind(text(&company.name_key()).into_owned())
            .bind(json(&company.metadata)?)
            .bind(time(company.updated));
    let updated = update.execute(connection).await;
    let updated = updated.unless_taken("changing a company", || company.id.conflict())?;
    if updated.rows_affected() == 0 { Err(company.id.not_found()) } else { Ok(()) }
}

/// Deletes a company; its users and their sessions are deleted by cascade.
///
/// # Errors
/// `storage.conflict` when the company still has folders or collections.
pub(super) async fn delete(connection: &mut Connection, id: CompanyId) -> Result<()> {
    const LEFT: &str = "SELECT id FROM folder WHERE company = $1 UNION ALL \
                        SELECT id FROM collection WHERE company = $1 LIMIT 1";
    let left = sqlx::query(LEFT).bind(uuid(id.uuid())).fetch_optional(&mut *connection).await;
    if left.during("searching for the folders and collections of a company")?.is_some() {
        return Err(id.conflict());
    }

    let delete = sqlx::query("DELETE FROM company WHERE id = $1").bind(uuid(id.uuid()));
    delete.execute(connection).await.map(drop).during("deleting a company")
}

fn company(row: &Row) -> Result<Company> {
    Ok(Company {
        id: row.id("id")?,
        name: row.text("name")?,
        metadata: row.metadata("metadata")?,
        created: row.time("created")?,
        updated: row.time("updated")?,
    })
}
