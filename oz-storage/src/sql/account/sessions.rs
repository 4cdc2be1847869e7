//! Sessions of users.

use oz_core::Error;

use super::{
    Columns as _, Connection, During as _, Result, Row, Session, SessionId, Timestamp, TokenDigest, UserId,
    for_update, lacks_parent, micros, time, uuid,
};

pub(super) async fn insert(connection: &mut Connection, session: &Session) -> Result<()> {
    if let Some(replaced) = session.replaces {
        locked(connection, replaced).await?;
    }

    let insert = sqlx::query(
        "INSERT INTO session (id, owner, access, refresh, lifetime, expires, replaces, created) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(uuid(session.id.uuid()))
    .bind(uuid(session.user.uuid()))
    .bind(session.access.as_bytes().as_slice())
    .bind(session.refresh.as_bytes().as_slice())
    .bind(micros(session.lifetime))
    .bind(time(session.expires))
    .bind(session.replaces.map(|id| uuid(id.uuid())))
    .bind(time(session.created));

    match insert.execute(connection).await {
        Err(error) if lacks_parent(&error) => Err(session.user.not_found()),
        inserted => inserted.map(drop).unless_taken("storing a session", || session.id.conflict()),
    }
}

pub(super) async fn by_access(connection: &mut Connection, access: &TokenDigest) -> Result<Session> {
    let found = sqlx::query("SELECT * FROM session WHERE access = $1").bind(access.as_bytes().as_slice());
    let found = found.fetch_optional(connection).await.during("reading a session")?;
    found.as_ref().map(session).ok_or_else(unknown_token)?
}

pub(super) async fn by_refresh(connection: &mut Connection, refresh: &TokenDigest) -> Result<Session> {
    let found = sqlx::query("SELECT * FROM session WHERE refresh = $1").bind(refresh.as_bytes().as_slice());
    let found = found.fetch_optional(connection).await.during("reading a session")?;
    found.as_ref().map(session).ok_or_else(unknown_token)?
}

fn unknown_token() -> Error {
    Error::NotFound { what: "session of this token".into() }
}

pub(super) async fn touch(connection: &mut Connection, id: SessionId, now: Timestamp) -> Result<Session> {
    let mut session = locked(connection, id).await?;
    let replaced = session.touch(now);
    let update = sqlx::query("UPDATE session SET expires = $2, replaces = NULL WHERE id = $1")
        .bind(uuid(id.uuid()))
        .bind(time(session.expires));
    update.execute(&mut *connection).await.during("recording the use of a session")?;
    if let Some(replaced) = replaced {
        delete(connection, replaced).await?;
    }
    Ok(session)
}

async fn locked(connection: &mut Connection, id: SessionId) -> Result<Session> {
    let found = sqlx::query(for_update!("SELECT * FROM session WHERE id = $1")).bind(uuid(id.uuid()));
    let found = found.fetch_optional(connection).await.during("reading a session")?;
    found.as_ref().map(session).ok_or_else(|| id.not_found())?
}

pub(super) async fn delete(connection: &mut Connection, id: SessionId) -> Result<()> {
    let delete = sqlx::query("DELETE FROM session WHERE id = $1").bind(uuid(id.uuid()));
    delete.execute(connection).await.map(drop).during("ending a session")
}

pub(super) async fn delete_of(connection: &mut Connection, user: UserId) -> Result<()> {
    let delete = sqlx::query("DELETE FROM session WHERE owner = $1").bind(uuid(user.uuid()));
    delete.execute(connection).await.map(drop).during("ending the sessions of a user")
}

pub(super) async fn purge(connection: &mut Connection, now: Timestamp) -> Result<u64> {
    let delete = sqlx::query("DELETE FROM session WHERE expires <= $1").bind(time(now));
    Ok(delete.execute(connection).await.during("purging sessions")?.rows_affected())
}

fn session(row: &Row) -> Result<Session> {
    Ok(Session {
        id: row.id("id")?,
        user: row.id("owner")?,
        access: row.digest("access")?,
        refresh: row.digest("refresh")?,
        lifetime: row.duration("lifetime")?,
        expires: row.time("expires")?,
        replaces: row.optional_id("replaces")?,
        created: row.time("created")?,
    })
}
