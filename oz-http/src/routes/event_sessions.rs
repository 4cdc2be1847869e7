//! `/api/event_sessions`: telemetry of clients. It proves nothing.

use axum::extract::State;
use axum::http::StatusCode;
use oz_core::account::{Action, Resource};
use oz_core::event::{EventSession, EventSessionFilter};
use oz_core::listing::Choice;
use serde_json::Value;
use utoipa_axum::routes;

use super::Routes;
use crate::dto::{EventSessionDto, List, ListParams, plain_text};
use crate::extract::{Caller, Json, ListQuery};
use crate::{ApiError, ServiceState};

/// Names under which clients send their name of the capture.
const NAMES: [&str; 2] = ["session_id", "event_session_id"];

pub(super) fn routes() -> Routes {
    Routes::new().with(routes!(list, create))
}

/// Takes telemetry: any JSON object.
#[utoipa::path(post, path = "/api/event_sessions", operation_id = "create_event_session", tag = "telemetry",
    request_body = Object, responses((status = CREATED, body = EventSessionDto)))]
async fn create(
    State(state): State<ServiceState>,
    caller: Caller,
    Json(content): Json<Value>,
) -> Result<(StatusCode, axum::Json<EventSessionDto>), ApiError> {
    caller.scope(Action::Create, Resource::EventSession)?;
    let object =
        content.as_object().ok_or_else(|| ApiError::invalid_type("The body is not a JSON object"))?;
    let id = state.next_id();
    let named = NAMES.iter().find_map(|name| object.get(*name));
    let session = match named {
        None | Some(Value::Null) => format!("{}", state.ids().next_id()),
        Some(Value::String(text)) => plain_text("session_id", text, 200)?,
        Some(_) => return Err(ApiError::invalid_type("session_id is not a text")),
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

/// Telemetry that the caller sees.
#[utoipa::path(get, path = "/api/event_sessions", operation_id = "event_sessions", tag = "telemetry",
    params(ListParams,
        ("session_id" = Option<String>, Query, description = "Names of captures, parted by commas"),
        ("session_id.exclude" = Option<String>, Query, description = "Names of captures, parted by commas"),
        ("time_created.min" = Option<f64>, Query), ("time_created.max" = Option<f64>, Query),
        ("time_updated.min" = Option<f64>, Query), ("time_updated.max" = Option<f64>, Query)),
    responses((status = OK, body = Vec<EventSessionDto>)))]
async fn list(
    State(state): State<ServiceState>,
    caller: Caller,
    query: ListQuery,
) -> Result<List<EventSessionDto>, ApiError> {
    let scope = caller.scope(Action::Read, Resource::EventSession)?;
    let sessions: Choice<String> = query.choice("session_id")?;
    let filter = EventSessionFilter {
        sessions,
        created: query.times("time_created")?,
        updated: query.times("time_updated")?,
    };
    let events = &state.store()?.events;
    let total = query.total(events.count(&scope, &filter)).await?;
    let items = events.list(&scope, &filter, &query.slice()?).await?;
    Ok(List::new(items.into_iter().map(Into::into)).of(total))
}
