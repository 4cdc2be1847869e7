//! Changing and deleting users.

use axum::extract::State;
use axum::http::StatusCode;
use oz_core::account::{Action, Resource, Role, User, UserId};
use oz_core::metadata::Metadata;
use serde_json::{Map, Value};

use super::create::{email, names};
use super::reach::{Reach, changeable, visible};
use crate::dto::{UserBody, UserDto, role_of};
use crate::extract::{Caller, Id, Json};
use crate::{ApiError, ServiceState};

/// Update a user
///
/// Fields absent from the body stay as they are. Users may change the name and attributes of their own
/// account, but not its role, rights, status or e-mail address.
#[utoipa::path(patch, path = "/api/users/{user_id}", operation_id = "update_user", tag = "users",
    responses((status = OK, body = UserDto, description = "The user after the change")))]
pub(super) async fn update(
    State(state): State<ServiceState>,
    caller: Caller,
    Id(id): Id<UserId>,
    Json(body): Json<UserBody>,
) -> Result<axum::Json<UserDto>, ApiError> {
    let _guard = state.account_changes().await;
    let (mut user, reach) = changeable(&state, &caller, id).await?;

    if reach == Reach::Itself && body.changes_standing() {
        return Err(Caller::refusal());
    }
    if body.password.is_some() {
        return Err(ApiError::invalid_value("password", "must be changed with `change-password`"));
    }
    if body.company_id.is_some_and(|company| Some(company) != user.company) {
        return Err(ApiError::invalid_value("company_id", "cannot be changed"));
    }

    let before = user.clone();
    apply(&mut user, body)?;
    user.updated = state.now();
    user.check()?;
    if !(user.active && user.role == Role::Administrator) {
        ensure_not_last_administrator(&state, &before).await?;
    }

    state.store()?.accounts.update_user(&user).await?;
    let changes = standing_changes(&before, &user);
    state.record(caller.actor(), "user.updated", format!("{id:?}"), &changes).await?;
    Ok(axum::Json(user.into()))
}

fn apply(user: &mut User, body: UserBody) -> Result<(), ApiError> {
    user.name = names(&body, user.name.clone())?;
    user.rights = body.rights(user.rights);
    user.active = body.is_active.unwrap_or(user.active);
    if let Some(text) = &body.email {
        user.email = email(text);
    }

    if body.user_type.is_some() || body.is_admin.is_some() || body.is_service.is_some() {
        let is_service = body.is_service.unwrap_or(user.service);
        let is_admin = body.is_admin.unwrap_or(user.role == Role::ClientAdministrator);
        let kind = body.user_type.as_deref().unwrap_or(match user.role {
            Role::Administrator => "ADMIN",
            Role::Operator => "OPERATOR",
            Role::ClientOperator => "CLIENT OPERATOR",
            Role::Client | Role::ClientService | Role::ClientAdministrator => "CLIENT",
        });
        user.role = role_of(kind, is_admin, is_service)?;
        user.service = user.role == Role::ClientService || is_service;
    }

    if let Some(metadata) = body.meta_data {
        user.metadata = user.metadata.merged(Metadata::new(metadata)?)?;
    }
    Ok(())
}

/// Changes of role, status, service flag and e-mail address, for the audit trail.
fn standing_changes(before: &User, after: &User) -> Vec<(&'static str, String)> {
    let mut changes = Vec::new();
    if before.role != after.role {
        changes.push(("role", after.role.to_string()));
    }
    if before.active != after.active {
        changes.push(("active", after.active.to_string()));
    }
    if before.service != after.service {
        changes.push(("service", after.service.to_string()));
    }
    if before.email != after.email {
        changes.push(("email", "changed".into()));
    }
    changes
}

/// Fails if `user` is the last administrator who can sign in.
async fn ensure_not_last_administrator(state: &ServiceState, user: &User) -> Result<(), ApiError> {
    let is_active_administrator = user.active && user.role == Role::Administrator;
    if is_active_administrator && state.store()?.accounts.active_users(Role::Administrator).await? <= 1 {
        return Err(ApiError::conflict("The last active administrator cannot be removed"));
    }
    Ok(())
}

/// Delete a user
///
/// Folders and other records of the user remain. The last active administrator cannot be deleted (409).
#[utoipa::path(delete, path = "/api/users/{user_id}", operation_id = "delete_user", tag = "users",
    responses((status = NO_CONTENT, description = "User deleted")))]
pub(super) async fn delete(
    State(state): State<ServiceState>,
    caller: Caller,
    Id(id): Id<UserId>,
) -> Result<StatusCode, ApiError> {
    let scope = caller.scope(Action::Delete, Resource::User)?;
    let _guard = state.account_changes().await;

    let user = visible(&state, &caller, id).await?;
    if !user.is_in(&scope) {
        return Err(Caller::refusal());
    }
    ensure_not_last_administrator(&state, &user).await?;

    state.store()?.accounts.delete_user(id).await?;
    state.record(caller.actor(), "user.deleted", format!("{id:?}"), &[]).await?;
    Ok(StatusCode::NO_CONTENT)
}

type Attributes = axum::Json<Map<String, Value>>;

/// Replace the attributes of a user
#[utoipa::path(post, path = "/api/users/{user_id}/meta_data",
    operation_id = "replace_user_meta_data", tag = "users",
    request_body(content = Object, description = "New attributes, at most 64 KiB of JSON"),
    responses((status = OK, body = Object, description = "Custom attributes after the change")))]
pub(super) async fn replace_metadata(
    State(state): State<ServiceState>,
    caller: Caller,
    Id(id): Id<UserId>,
    Json(body): Json<Value>,
) -> Result<Attributes, ApiError> {
    let metadata = Metadata::new(body)?;
    change_metadata(&state, &caller, id, |_| Ok(metadata)).await
}

/// Merge attributes into those of a user
///
/// Each key replaces the existing value of that key; `null` removes the key.
#[utoipa::path(patch, path = "/api/users/{user_id}/meta_data",
    operation_id = "merge_user_meta_data", tag = "users",
    request_body(content = Object, description = "Attributes to add, replace or remove"),
    responses((status = OK, body = Object, description = "Custom attributes after the change")))]
pub(super) async fn merge_metadata(
    State(state): State<ServiceState>,
    caller: Caller,
    Id(id): Id<UserId>,
    Json(body): Json<Value>,
) -> Result<Attributes, ApiError> {
    let metadata = Metadata::new(body)?;
    change_metadata(&state, &caller, id, |old| old.merged(metadata)).await
}

/// Delete all attributes of a user
#[utoipa::path(delete, path = "/api/users/{user_id}/meta_data",
    operation_id = "clear_user_meta_data", tag = "users",
    responses((status = NO_CONTENT, description = "Attributes deleted")))]
pub(super) async fn clear_metadata(
    State(state): State<ServiceState>,
    caller: Caller,
    Id(id): Id<UserId>,
) -> Result<StatusCode, ApiError> {
    let _ = change_metadata(&state, &caller, id, |_| Ok(Metadata::default())).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn change_metadata(
    state: &ServiceState,
    caller: &Caller,
    id: UserId,
    change: impl FnOnce(&Metadata) -> oz_core::Result<Metadata>,
) -> Result<Attributes, ApiError> {
    let _guard = state.account_changes().await;
    let (mut user, _) = changeable(state, caller, id).await?;
    user.metadata = change(&user.metadata)?;
    user.updated = state.now();

    state.store()?.accounts.update_user(&user).await?;
    state.record(caller.actor(), "user.updated", format!("{id:?}"), &[]).await?;
    Ok(axum::Json(user.metadata.as_object().clone()))
}
