//! Which collections a caller may do what to.

use oz_core::account::{Action, Resource, Role, Scope};
use oz_core::collection::{Collection, CollectionId};

use crate::extract::Caller;
use crate::{ApiError, ServiceState};

/// What the caller may do this to. An installation can let programs change what collections hold.
pub(super) fn scope(state: &ServiceState, caller: &Caller, action: Action) -> Result<Scope, ApiError> {
    let extended = state.config().collections.service_may_change
        && caller.user.role == Role::ClientService
        && matches!(action, Action::Create | Action::Delete);
    match (extended, caller.user.company) {
        (true, Some(company)) => Ok(Scope::Company(company)),
        _ => caller.scope(action, Resource::Collection),
    }
}

/// A collection that the caller may do this to, or to what is in it.
///
/// # Errors
/// Code 9 when that is nothing; code 10.
pub(crate) async fn reachable(
    state: &ServiceState,
    caller: &Caller,
    action: Action,
    id: CollectionId,
) -> Result<Collection, ApiError> {
    let scope = scope(state, caller, action)?;
    let collection = state.store()?.collections.repository.collection(id).await?;
    if scope.holds_company(collection.company) { Ok(collection) } else { Err(ApiError::not_found()) }
}
