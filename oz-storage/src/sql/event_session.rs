//! Telemetry.

use async_trait::async_trait;
use oz_core::Result;
use oz_core::account::Scope;
use oz_core::event::port::EventSessionRepository;
use oz_core::event::{EventSession, EventSessionFilter};
use oz_core::listing::Slice;
use oz_core::system::Timestamp;

use super::{Columns as _, During as _, Row, Selection, Store, end, json, text, time, uuid};

#[async_trait]
impl EventSessionRepository for Store {
    async fn add(&self, event: &EventSession) -> Result<()> {
        let insert = sqlx::query(
            "INSERT INTO event_session (id, session, company, owner, content, created, updated) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(uuid(event.id.uuid()))
        .bind(text(&event.session))
        .bind(event.company.map(|company| uuid(company.uuid())))
        .bind(uuid(event.owner.uuid()))
        .bind(json(&event.content)?)
        .bind(time(event.created))
        .bind(time(event.updated));
        let mut tx = self.begin().await?;
        let inserted = insert.execute(&mut *tx).await.map(drop);
        end(inserted.unless_taken("storing telemetry", || event.id.conflict()), tx).await
    }

    async fn list(
        &self,
        scope: &Scope,
        filter: &EventSessionFilter,
        slice: &Slice,
    ) -> Result<Vec<EventSession>> {
        let mut found = admitted("SELECT * FROM event_session", scope, filter);
        found.slice("", slice);
        found.records(&mut *self.read().await?, "listing telemetry", event).await
    }

    async fn count(&self, scope: &Scope, filter: &EventSessionFilter) -> Result<u64> {
        let counted = admitted("SELECT COUNT(*) AS count FROM event_session", scope, filter);
        counted.count(&mut *self.read().await?, "counting telemetry").await
    }

    async fn purge(&self, before: Timestamp) -> Result<u64> {
        let mut tx = self.begin().await?;
        let delete = sqlx::query("DELETE FROM event_session WHERE created < $1").bind(time(before));
        let deleted = delete.execute(&mut *tx).await;
        let purged = deleted.map(|deleted| deleted.rows_affected()).during("purging telemetry");
        end(purged, tx).await
    }
}

fn admitted(select: &'static str, scope: &Scope, filter: &EventSessionFilter) -> Selection {
    let mut found = Selection::new(select);
    found
        .scope(scope, "company", Some("owner"))
        .choice("session", &filter.sessions, |session| text(session).into_owned())
        .range("created", &filter.created)
        .range("updated", &filter.updated);
    found
}

fn event(row: &Row) -> Result<EventSession> {
    Ok(EventSession {
        id: row.id("id")?,
        session: row.text("session")?,
        company: row.optional_id("company")?,
        owner: row.id("owner")?,
        content: row.json("content")?,
        created: row.time("created")?,
        updated: row.time("updated")?,
    })
}
