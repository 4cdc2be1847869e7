//! Creating users.

use axum::extract::State;
use axum::http::StatusCode;
use oz_core::account::{Action, AnalysisRights, PersonName, Resource, Role, Scope, User};
use oz_core::metadata::Metadata;
use oz_core::system::CompanyId;

use crate::auth::check_password;
use crate::dto::{UserBody, UserDto, plain_text, role_of};
use crate::extract::{Caller, Json};
use crate::{ApiError, ServiceState};

/// Create a user
#[utoipa::path(post, path = "/api/users", operation_id = "create_user", tag = "users",
    responses((status = CREATED, body = UserDto, description = "The new user")))]
pub(super) async fn create(
    State(state): State<ServiceState>,
    caller: Caller,
    Json(body): Json<UserBody>,
) -> Result<(StatusCode, axum::Json<UserDto>), ApiError> {
    let scope = caller.scope(Action::Create, Resource::User)?;
    let email = email(body.email.as_deref().ok_or_else(|| ApiError::missing_field("email"))?);
    let password = body.password.clone().ok_or_else(|| ApiError::missing_field("password"))?;
    let kind = body.user_type.as_deref().ok_or_else(|| ApiError::missing_field("user_type"))?;
    let role = role_of(kind, body.is_admin.unwrap_or(false), body.is_service.unwrap_or(false))?;
    let company = company(&caller, scope, role, body.company_id)?;
    check_password(&password, &email, &state.config().passwords)?;

    let (id, now) = (state.next_id(), state.now());
    let user = User {
        id,
        company,
        password: state.passwords().hash(password).await?,
        role,
        service: role == Role::ClientService || body.is_service.unwrap_or(false),
        name: names(&body, PersonName::default())?,
        rights: body.rights(AnalysisRights::default()),
        active: body.is_active.unwrap_or(true),
        metadata: Metadata::new(body.meta_data.unwrap_or_default())?,
        email,
        created: now,
        updated: now,
    };
    user.check()?;

    state.store()?.accounts.create_user(&user).await?;
    let role = ("role", role.to_string());
    state.record(caller.actor(), "user.created", format!("{id:?}"), &[role]).await?;
    Ok((StatusCode::CREATED, axum::Json(user.into())))
}

/// Company of the new user; `None` for roles without one, which only callers with full scope may create.
fn company(
    caller: &Caller,
    scope: Scope,
    role: Role,
    named: Option<CompanyId>,
) -> Result<Option<CompanyId>, ApiError> {
    match (role.has_company(), scope) {
        (true, _) => caller.company(named).map(Some),
        (false, Scope::Everything) if named.is_none() => Ok(None),
        (false, Scope::Everything) => {
            Err(ApiError::invalid_value("company_id", "must be absent for this user type"))
        }
        (false, _) => Err(Caller::refusal()),
    }
}

pub(super) fn email(text: &str) -> String {
    text.trim().to_lowercase()
}

/// Names from the body, with `old` for those it does not set; an empty string removes a name.
pub(super) fn names(body: &UserBody, old: PersonName) -> Result<PersonName, ApiError> {
    let name = |field: &str, new: &Option<String>, old: Option<String>| match new {
        None => Ok(old),
        Some(text) => plain_text(field, text, 200).map(|text| (!text.is_empty()).then_some(text)),
    };
    Ok(PersonName {
        first: name("first_name", &body.first_name, old.first)?,
        last: name("last_name", &body.last_name, old.last)?,
        middle: name("middle_name", &body.middle_name, old.middle)?,
    })
}
