//! Which users a caller may change: of those it sees.

use oz_core::account::{Action, Extent, Resource, Scope, User, UserId};

use crate::extract::Caller;
use crate::{ApiError, ServiceState};

/// How much of a user the caller may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Everything.
    Whole,
    /// Its own name, password and attributes.
    Itself,
}

/// A user that the caller may change, and how much of it.
///
/// # Errors
/// Code 10 for a user that the caller does not see, code 9 for one that it only sees.
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
        // Users without a company reach themselves as well.
        _ if extent == Extent::Own && id == caller.user.id => Ok((user, Reach::Itself)),
        scope if extent != Extent::Own && user.is_in(&scope) => Ok((user, Reach::Whole)),
        _ => Err(Caller::refusal()),
    }
}

/// A user that the caller sees.
///
/// # Errors
/// Code 10.
pub(super) async fn visible(state: &ServiceState, caller: &Caller, id: UserId) -> Result<User, ApiError> {
    let scope = caller.scope(Action::Read, Resource::User)?;
    Ok(state.store()?.accounts.user(&scope, id).await?)
}
