//! Signing in and out.

use axum::extract::State;
use axum::http::StatusCode;
use oz_core::Error;
use oz_core::account::User;

use crate::auth::open_session;
use crate::dto::{Credentials, SessionDto, SignInBody};
use crate::extract::{Caller, Json, Peer};
use crate::{ApiError, ServiceState};

/// Begins a session.
#[utoipa::path(post, path = "/api/authorize/auth", operation_id = "sign_in", tag = "authorize", security(()),
    responses((status = OK, body = SessionDto)))]
pub(super) async fn sign_in(
    State(state): State<ServiceState>,
    Peer(address): Peer,
    Json(body): Json<SignInBody>,
) -> Result<axum::Json<SessionDto>, ApiError> {
    let Credentials { email, password } = body.credentials;
    let email = email.trim().to_lowercase();
    let wait = |wait| ApiError::too_many("Too many failed sign-ins", wait);
    state.sign_in().attempt(&email, address, state.clock().elapsed()).map_err(wait)?;
    let known = known(&state, &email).await?;
    let fits = state.passwords().verify(password, known.as_ref().map(|user| &user.password)).await?;
    let id = known.as_ref().map(|user| user.id);
    let Some(user) = known.filter(|user| fits && user.active) else {
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

async fn known(state: &ServiceState, email: &str) -> Result<Option<User>, ApiError> {
    match state.store()?.accounts.user_by_email(email).await {
        Ok(user) => Ok(Some(user)),
        Err(Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Ends the session of the caller.
#[utoipa::path(post, path = "/api/authorize/logout", operation_id = "sign_out", tag = "authorize",
    responses((status = NO_CONTENT)))]
pub(super) async fn sign_out(
    State(state): State<ServiceState>,
    caller: Caller,
) -> Result<StatusCode, ApiError> {
    state.store()?.accounts.end_session(caller.session.id).await?;
    let session = ("session", caller.session.id.to_string());
    state.record(caller.actor(), "session.ended", caller.actor(), &[session]).await?;
    Ok(StatusCode::NO_CONTENT)
}
