//! Wire form of client telemetry.

use oz_core::event::EventSession;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::Seconds;

/// Client telemetry of one capture session.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventSessionDto {
    /// ID of the record (UUID).
    event_session_id: String,
    /// Client-defined name of the capture session.
    session_id: String,
    /// ID of the company of the reporting user (UUID); null for users without a company.
    company_id: Option<String>,
    /// ID of the reporting user (UUID).
    user_id: String,
    /// Telemetry as sent by the client.
    content: Value,
    /// Creation time.
    time_created: Seconds,
    /// Time of the last change.
    time_updated: Seconds,
}

impl From<EventSession> for EventSessionDto {
    fn from(event: EventSession) -> Self {
        Self {
            event_session_id: event.id.to_string(),
            session_id: event.session,
            company_id: event.company.map(|company| company.to_string()),
            user_id: event.owner.to_string(),
            content: event.content,
            time_created: event.created.into(),
            time_updated: event.updated.into(),
        }
    }
}
