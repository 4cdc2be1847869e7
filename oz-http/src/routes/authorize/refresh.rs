//! Renewing sessions.

use axum::extract::State;
use oz_core::Error;

use crate::auth::{Token, open_session};
use crate::dto::{RefreshBody, SessionDto};
use crate::extract::{Caller, Json};
use crate::{ApiError, ServiceState};

/// Renew the session
///
/// Issues a new pair of tokens. The old pair stays valid until the new one is first used.
#[utoipa::path(post, path = "/api/authorize/refresh", operation_id = "refresh", tag = "authorize",
    responses((status = OK, body = SessionDto, description = "The new session")))]
pub(super) async fn refresh(
    State(state): State<ServiceState>,
    caller: Caller,
    Json(body): Json<RefreshBody>,
) -> Result<axum::Json<SessionDto>, ApiError> {
    let found = state.store()?.accounts.session_by_refresh(&Token::sent(&body.expire_token).digest()).await;
    let session = found.map_err(|error| match error {
        Error::NotFound { .. } => ApiError::auth_invalid("Session not found"),
        error => error.into(),
    })?;

    if session.user != caller.user.id {
        return Err(ApiError::forbidden("You have not access to refresh"));
    }
    if !session.is_active(state.now()) {
        return Err(ApiError::auth_expired());
    }

    let opened = open_session(&state, &caller.user, Some(session.id)).await?;
    Ok(axum::Json(SessionDto::new(&opened, caller.user)))
}
