//! Signing in and out.

use axum::extract::State;
use axum::http::StatusCode;
use oz_core::Error;
use oz_core::account::User;

use crate::auth::open_session;
use crate::dto::{Credentials, SessionDto, SignInBody};
use crate::extract::{Caller, Json, Peer};
use crate::{ApiError, ServiceState};

/// Sign in
///
/// Answered with 429 after too many failed attempts for the account or from the address.
#[utoipa::path(post, path = "/api/authorize/auth", operation_id = "sign_in", tag = "authorize", security(()),
    responses((status = OK, body = SessionDto, description = "The new session")))]
pub(super) async fn sign_in(
    State(state): State<ServiceState>,
    Peer(address): Peer,
    Json(body): Json<SignInBody>,
) -> Result<axum::Json<SessionDto>, ApiError> {
    let Credentials { email, password } = body.credentials;
    let email = email.trim().to_lowercase();
    let wait = |wait| ApiError::too_many("Too many failed sign-ins", wait);
    state.sign_in().attempt(&email, address, state.clock().elapsed()).map_err(wait)?;

    let found = find_user(&state, &email).await?;
    let is_valid = state.passwords().verify(password, found.as_ref().map(|user| &user.password)).await?;
    let id = found.as_ref().map(|user| user.id);
    let Some(user) = found.filter(|user| is_valid && user.active) else {
        tracing::info!(%address, "sign-in refused");
        if let Some(id) = id {
            state.record("anonymous", "session.refused", format!("{id:?}"), &[]).await?;
        }
        return Err(ApiError::auth_invalid("Invalid credentials"));
    };

    state.sign_in().succeeded(&email, address);
    let opened = open_session(&state, &user, None).await?;
    let session = ("session", opened.session.id.to_string());
    state.record(format!("{:?}", user.id), "session.opened", format!("{:?}", user.id), &[session]).await?;
    Ok(axum::Json(SessionDto::new(&opened, user)))
}

async fn find_user(state: &ServiceState, email: &str) -> Result<Option<User>, ApiError> {
    match state.store()?.accounts.user_by_email(email).await {
        Ok(user) => Ok(Some(user)),
        Err(Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Sign out
///
/// Ends the session of the access token.
#[utoipa::path(post, path = "/api/authorize/logout", operation_id = "sign_out", tag = "authorize",
    responses((status = NO_CONTENT, description = "Session ended")))]
pub(super) async fn sign_out(
    State(state): State<ServiceState>,
    caller: Caller,
) -> Result<StatusCode, ApiError> {
    // A caller who was identified without a session has nothing to end here.
    let Some(session) = &caller.session else { return Ok(StatusCode::NO_CONTENT) };

    state.store()?.accounts.end_session(session.id).await?;
    let session = ("session", session.id.to_string());
    state.record(caller.actor(), "session.ended", caller.actor(), &[session]).await?;
    Ok(StatusCode::NO_CONTENT)
}
