//! Issuing capture tokens.

use axum::extract::State;
use oz_core::account::{Action, Resource};

use crate::dto::SessionToken;
use crate::extract::OptionalCaller;
use crate::{ApiError, ServiceState};

/// Issue a capture token
///
/// The token authorises one upload of a capture container and expires after 5 minutes by default. A service
/// without storage issues it without sign-in.
#[utoipa::path(get, path = "/api/authorize/session_token", operation_id = "session_token", tag = "authorize",
    responses((status = OK, body = SessionToken, description = "The token")))]
pub(super) async fn issue(
    State(state): State<ServiceState>,
    OptionalCaller(caller): OptionalCaller,
) -> Result<axum::Json<SessionToken>, ApiError> {
    if let Some(caller) = &caller {
        caller.scope(Action::Create, Resource::CaptureToken)?;
    }
    let user = caller.map(|caller| caller.user.id);
    let session_token = state.capture_tokens().issue(state.next_id(), user, state.now());
    Ok(axum::Json(SessionToken { session_token }))
}
