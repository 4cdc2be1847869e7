//! Authorisation for user accounts.

use oz_core::account::{Action, Extent, Resource, Scope, User, UserId};

use crate::extract::Caller;
use crate::{ApiError, ServiceState};

/// Extent to which a caller may change a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Everything.
    Whole,
    /// Name, password and attributes of the caller's own account.
    Itself,
}

/// Returns a user that the caller may change, and to what extent.
///
/// # Errors
/// Code 10 if the user is not visible to the caller, code 9 if it is visible only.
pub(super) async fn changeable(
    state: &ServiceState,
    caller: &Caller,
    id: UserId,
) -> Result<(User, Reach), ApiError> {
    let extent = caller.extent(Action::Update, Resource::User);
    if extent == Extent::Nothing {
        return Err(Caller::refusal());
    }
    let user = visible(state, caller, id).await?;
    match Scope::of(extent, &caller.user) {
        // Compared by ID: `Scope::of` gives users without a company no scope of their own.
        _ if extent == Extent::Own && id == caller.user.id => Ok((user, Reach::Itself)),
        scope if extent != Extent::Own && user.is_in(&scope) => Ok((user, Reach::Whole)),
        _ => Err(Caller::refusal()),
    }
}

/// Returns a user visible to the caller.
///
/// # Errors
/// Code 9 if the caller may not read users, code 10 if the user is not visible.
pub(super) async fn visible(state: &ServiceState, caller: &Caller, id: UserId) -> Result<User, ApiError> {
    let scope = caller.scope(Action::Read, Resource::User)?;
    Ok(state.store()?.accounts.user(&scope, id).await?)
}
