//! Authorisation for collections.

use oz_core::account::{Action, Resource, Role, Scope};
use oz_core::collection::{Collection, CollectionId};

use crate::extract::Caller;
use crate::{ApiError, ServiceState};

/// Scope in which the caller may perform `action` on collections and their persons.
///
/// With `collections.service_may_change`, service accounts may also create and delete within their company.
pub(super) fn scope(state: &ServiceState, caller: &Caller, action: Action) -> Result<Scope, ApiError> {
    let extended = state.config().collections.service_may_change
        && caller.user.role == Role::ClientService
        && matches!(action, Action::Create | Action::Delete);
    match (extended, caller.user.company) {
        (true, Some(company)) => Ok(Scope::Company(company)),
        _ => caller.scope(action, Resource::Collection),
    }
}

/// Returns a collection if the caller may perform `action` on it or its persons.
///
/// # Errors
/// Code 9 if the caller may not, code 10 if the collection does not exist within the caller's scope.
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
