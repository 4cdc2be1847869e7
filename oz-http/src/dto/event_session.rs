//! Telemetry on the wire.

use oz_core::event::EventSession;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::Seconds;

/// What a client told of a capture.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventSessionDto {
    event_session_id: String,
    /// The client's own name for the capture.
    session_id: String,
    company_id: Option<String>,
    user_id: String,
    /// As the client said it.
    content: Value,
    time_created: Seconds,
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
