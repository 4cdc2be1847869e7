//! Reading users.

use axum::extract::State;
use oz_core::account::{Action, Resource, UserFilter, UserId};
use oz_core::listing::Choice;
use serde_json::{Map, Value};

use super::reach::visible;
use crate::dto::{List, ListParams, UserDto, roles_named};
use crate::extract::{Caller, Id, ListQuery};
use crate::{ApiError, ServiceState};

/// List users
///
/// Returns the users visible to the caller. Each comma-separated filter is negated by its counterpart with
/// the suffix `.exclude`.
#[utoipa::path(get, path = "/api/users", operation_id = "users", tag = "users",
    params(ListParams,
        ("search_text" = Option<String>, Query, description = "Part of the e-mail address or name"),
        ("user_id" = Option<String>, Query, description = "User IDs (UUIDs), comma-separated"),
        ("company_id" = Option<String>, Query, description = "Company IDs (UUIDs), comma-separated"),
        ("user_type" = Option<String>, Query,
            description = "User types, comma-separated: `ADMIN`, `OPERATOR`, `CLIENT`, `CLIENT OPERATOR`")),
    responses((status = OK, body = Vec<UserDto>, description = "Matching users")))]
pub(super) async fn list(
    State(state): State<ServiceState>,
    caller: Caller,
    query: ListQuery,
) -> Result<List<UserDto>, ApiError> {
    let scope = caller.scope(Action::Read, Resource::User)?;
    let kinds = query.choice_by(&["user_type"], roles_named)?;
    let filter = UserFilter {
        ids: query.choice("user_id")?,
        companies: query.choice("company_id")?,
        roles: Choice { include: kinds.include.concat(), exclude: kinds.exclude.concat() },
        text: query.text("search_text").or_else(|| query.text("email")).map(Into::into),
    };

    let accounts = &state.store()?.accounts;
    let total = query.total(accounts.count_users(&scope, &filter)).await?;
    let users = accounts.users(&scope, &filter, &query.slice()?).await?;
    Ok(List::new(users.into_iter().map(Into::into), total))
}

/// Get a user
#[utoipa::path(get, path = "/api/users/{user_id}", operation_id = "user", tag = "users",
    responses((status = OK, body = UserDto, description = "The user")))]
pub(super) async fn read(
    State(state): State<ServiceState>,
    caller: Caller,
    Id(id): Id<UserId>,
) -> Result<axum::Json<UserDto>, ApiError> {
    Ok(axum::Json(visible(&state, &caller, id).await?.into()))
}

/// Get the attributes of a user
#[utoipa::path(get, path = "/api/users/{user_id}/meta_data", operation_id = "user_meta_data", tag = "users",
    responses((status = OK, body = Object, description = "Custom attributes")))]
pub(super) async fn metadata(
    State(state): State<ServiceState>,
    caller: Caller,
    Id(id): Id<UserId>,
) -> Result<axum::Json<Map<String, Value>>, ApiError> {
    Ok(axum::Json(visible(&state, &caller, id).await?.metadata.as_object().clone()))
}
