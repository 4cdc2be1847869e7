//! Users.

use oz_core::Error;
use oz_core::account::PasswordHash;

use super::{
    Columns as _, Connection, During as _, Result, Role, Row, Scope, Selection, Slice, User, UserFilter,
    UserId, for_update, json, lacks_parent, sessions, text, time, uuid,
};

pub(super) async fn insert(connection: &mut Connection, user: &User) -> Result<()> {
    let insert = sqlx::query(
        "INSERT INTO user_account (id, company, email, password, role, service, name, search_text, \
         rights, active, metadata, created, updated) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(uuid(user.id.uuid()))
    .bind(user.company.map(|company| uuid(company.uuid())))
    .bind(text(&user.email))
    .bind(text(&user.password.0))
    .bind(user.role.name())
    .bind(user.service)
    .bind(json(&user.name)?)
    .bind(text(&user.search_text()).into_owned())
    .bind(json(&user.rights)?)
    .bind(user.active)
    .bind(json(&user.metadata)?)
    .bind(time(user.created))
    .bind(time(user.updated));

    match (insert.execute(connection).await, user.company) {
        (Err(error), Some(company)) if lacks_parent(&error) => Err(company.not_found()),
        (inserted, _) => inserted.map(drop).unless_taken("storing a user", || user.id.conflict()),
    }
}

pub(super) async fn find(connection: &mut Connection, scope: &Scope, id: UserId) -> Result<User> {
    let mut found = Selection::new("SELECT * FROM user_account");
    found.scope(scope, "company", Some("id")).and("id = ").bind(uuid(id.uuid()));
    found.first(connection, "reading a user", user).await?.ok_or_else(|| id.not_found())
}

pub(super) async fn by_email(connection: &mut Connection, email: &str) -> Result<User> {
    let mut found = Selection::new("SELECT * FROM user_account");
    found.and("email = ").bind(text(email));
    let absent = || Error::NotFound { what: "user of this address".into() };
    found.first(connection, "reading a user", user).await?.ok_or_else(absent)
}

pub(super) async fn list(
    connection: &mut Connection,
    scope: &Scope,
    filter: &UserFilter,
    slice: &Slice,
) -> Result<Vec<User>> {
    let mut found = matching("SELECT * FROM user_account", scope, filter);
    found.slice("", slice);
    found.records(connection, "listing users", user).await
}

pub(super) async fn count(connection: &mut Connection, scope: &Scope, filter: &UserFilter) -> Result<u64> {
    let counted = matching("SELECT COUNT(*) AS count FROM user_account", scope, filter);
    counted.count(connection, "counting users").await
}

fn matching(select: &'static str, scope: &Scope, filter: &UserFilter) -> Selection {
    let mut matching = Selection::new(select);
    matching
        .scope(scope, "company", Some("id"))
        .choice("id", &filter.ids, |id| uuid(id.uuid()))
        .choice("company", &filter.companies, |id| uuid(id.uuid()))
        .choice("role", &filter.roles, |role| role.name())
        .contains_text("search_text", filter.text.as_deref());
    matching
}

/// Updates a user, except for company and creation time. Ends the user's sessions if the user is deactivated
/// or the password changes.
pub(super) async fn update(connection: &mut Connection, user: &User) -> Result<()> {
    let stored = sqlx::query(for_update!("SELECT password FROM user_account WHERE id = $1"));
    let stored = stored.bind(uuid(user.id.uuid())).fetch_optional(&mut *connection).await;
    let stored = stored.during("reading a user")?.ok_or_else(|| user.id.not_found())?;

    write(connection, user).await?;
    if !user.active || stored.text("password")? != user.password.0 {
        sessions::delete_of(connection, user.id).await?;
    }
    Ok(())
}

async fn write(connection: &mut Connection, user: &User) -> Result<()> {
    let update = sqlx::query(
        "UPDATE user_account SET email = $2, password = $3, role = $4, service = $5, name = $6, \
         search_text = $7, rights = $8, active = $9, metadata = $10, updated = $11 WHERE id = $1",
    )
    .bind(uuid(user.id.uuid()))
    .bind(text(&user.email))
    .bind(text(&user.password.0))
    .bind(user.role.name())
    .bind(user.service)
    .bind(json(&user.name)?)
    .bind(text(&user.search_text()).into_owned())
    .bind(json(&user.rights)?)
    .bind(user.active)
    .bind(json(&user.metadata)?)
    .bind(time(user.updated));
    let updated = update.execute(connection).await;
    updated.map(drop).unless_taken("changing a user", || user.id.conflict())
}

/// Deletes a user; the sessions are deleted by cascade.
pub(super) async fn delete(connection: &mut Connection, id: UserId) -> Result<()> {
    let delete = sqlx::query("DELETE FROM user_account WHERE id = $1").bind(uuid(id.uuid()));
    delete.execute(connection).await.map(drop).during("deleting a user")
}

pub(super) async fn count_active(connection: &mut Connection, role: Role) -> Result<u64> {
    let mut counted = Selection::new("SELECT COUNT(*) AS count FROM user_account");
    counted.and("active").and("role = ").bind(role.name());
    counted.count(connection, "counting users").await
}

fn user(row: &Row) -> Result<User> {
    Ok(User {
        id: row.id("id")?,
        company: row.optional_id("company")?,
        email: row.text("email")?,
        password: PasswordHash(row.text("password")?),
        role: row.word("role", Role::named)?,
        service: row.flag("service")?,
        name: row.json("name")?,
        rights: row.json("rights")?,
        active: row.flag("active")?,
        metadata: row.metadata("metadata")?,
        created: row.time("created")?,
        updated: row.time("updated")?,
    })
}
