//! Changing a password.

use axum::extract::State;
use oz_core::account::UserId;

use super::reach::changeable;
use crate::auth::check_password;
use crate::dto::{PasswordBody, UserDto};
use crate::extract::{Caller, Id, Json, Peer};
use crate::{ApiError, ServiceState};

/// Change a password
///
/// Ends all sessions of the user. Callers who change their own password also send the current one, as
/// `old_password`; repeated failures are answered with 429.
#[utoipa::path(post, path = "/api/users/{user_id}/change-password", operation_id = "change_password",
    tag = "users", responses((status = OK, body = UserDto, description = "The user after the change")))]
pub(super) async fn change(
    State(state): State<ServiceState>,
    caller: Caller,
    Peer(address): Peer,
    Id(id): Id<UserId>,
    Json(body): Json<PasswordBody>,
) -> Result<axum::Json<UserDto>, ApiError> {
    let (user, _) = changeable(&state, &caller, id).await?;

    if id == caller.user.id {
        let old = body.old_password.ok_or_else(|| ApiError::missing_field("old_password"))?;
        let wait = |wait| ApiError::too_many("Too many wrong passwords", wait);
        state.sign_in().attempt(&user.email, address, state.clock().elapsed()).map_err(wait)?;
        if !state.passwords().verify(old, Some(&user.password)).await? {
            return Err(ApiError::forbidden("The old password is wrong"));
        }
        state.sign_in().succeeded(&user.email, address);
    }

    check_password(&body.new_password, &user.email, &state.config().passwords)?;
    let password = state.passwords().hash(body.new_password).await?;

    let _guard = state.account_changes().await;
    let (mut user, _) = changeable(&state, &caller, id).await?;
    user.password = password;
    user.updated = state.now();
    state.store()?.accounts.update_user(&user).await?;
    state.record(caller.actor(), "user.password_changed", format!("{id:?}"), &[]).await?;
    Ok(axum::Json(user.into()))
}
