//! `/api/event_sessions`: client telemetry. Stored as reported; never used as evidence.

use axum::extract::State;
use axum::http::StatusCode;
use oz_core::account::{Action, Resource};
use oz_core::event::{EventSession, EventSessionFilter};
use serde_json::Value;
use utoipa_axum::routes;

use super::Routes;
use crate::dto::{EventSessionDto, List, ListParams, plain_text};
use crate::extract::{Caller, Json, ListQuery};
use crate::{ApiError, ServiceState};

/// Fields in which clients send their name for the capture session.
const SESSION_FIELDS: [&str; 2] = ["session_id", "event_session_id"];

pub(super) fn routes() -> Routes {
    Routes::new().with(routes!(list, create))
}

/// Store client telemetry
///
/// The body is any JSON object. Its field `session_id`, or else `event_session_id`, names the capture
/// session, at most 200 characters; a name is generated if both are absent.
#[utoipa::path(post, path = "/api/event_sessions", operation_id = "create_event_session", tag = "telemetry",
    request_body = Object,
    responses((status = CREATED, body = EventSessionDto, description = "The stored telemetry")))]
async fn create(
    State(state): State<ServiceState>,
    caller: Caller,
    Json(content): Json<Value>,
) -> Result<(StatusCode, axum::Json<EventSessionDto>), ApiError> {
    caller.scope(Action::Create, Resource::EventSession)?;
    let object =
        content.as_object().ok_or_else(|| ApiError::invalid_type("The body must be a JSON object"))?;

    let id = state.next_id();
    let session = match SESSION_FIELDS.iter().find_map(|name| object.get(*name)) {
        None | Some(Value::Null) => format!("{}", state.ids().next_id()),
        Some(Value::String(text)) => plain_text("session_id", text, 200)?,
        Some(_) => return Err(ApiError::invalid_type("session_id must be a string")),
    };

    let (now, owner) = (state.now(), caller.user.id);
    let event = EventSession {
        id,
        session,
        company: caller.user.company,
        owner,
        content,
        created: now,
        updated: now,
    };
    state.store()?.events.add(&event).await?;
    Ok((StatusCode::CREATED, axum::Json(event.into())))
}

/// List client telemetry
///
/// Returns the telemetry visible to the caller.
#[utoipa::path(get, path = "/api/event_sessions", operation_id = "event_sessions", tag = "telemetry",
    params(ListParams,
        ("session_id" = Option<String>, Query, description = "Capture session names, comma-separated"),
        ("session_id.exclude" = Option<String>, Query,
            description = "Capture session names to exclude, comma-separated"),
        ("time_created.min" = Option<f64>, Query,
            description = "Earliest creation time, inclusive, in UNIX seconds"),
        ("time_created.max" = Option<f64>, Query,
            description = "Latest creation time, inclusive, in UNIX seconds"),
        ("time_updated.min" = Option<f64>, Query,
            description = "Earliest time of the last change, inclusive, in UNIX seconds"),
        ("time_updated.max" = Option<f64>, Query,
            description = "Latest time of the last change, inclusive, in UNIX seconds")),
    responses((status = OK, body = Vec<EventSessionDto>, description = "Matching telemetry")))]
async fn list(
    State(state): State<ServiceState>,
    caller: Caller,
    query: ListQuery,
) -> Result<List<EventSessionDto>, ApiError> {
    let scope = caller.scope(Action::Read, Resource::EventSession)?;
    let filter = EventSessionFilter {
        sessions: query.choice("session_id")?,
        created: query.times("time_created")?,
        updated: query.times("time_updated")?,
    };

    let events = &state.store()?.events;
    let total = query.total(events.count(&scope, &filter)).await?;
    let items = events.list(&scope, &filter, &query.slice()?).await?;
    Ok(List::new(items.into_iter().map(Into::into), total))
}
