//! The authenticated caller of a request.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use oz_core::account::{Action, Extent, Resource, Scope, Session, User, extent};
use oz_core::system::CompanyId;

use crate::{ApiError, ServiceState};

/// The authenticated caller, as the [`Authenticator`](crate::auth::port::Authenticator) of the service
/// identifies it.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The user.
    pub user: User,
    /// Session of the access token; `None` where an authenticator of the application identifies callers
    /// otherwise.
    pub session: Option<Session>,
}

impl Caller {
    /// Scope in which the caller may perform `action` on `resource`.
    ///
    /// # Errors
    /// Code 9 if the scope is empty.
    pub fn scope(&self, action: Action, resource: Resource) -> Result<Scope, ApiError> {
        match Scope::of(self.extent(action, resource), &self.user) {
            Scope::Nothing => Err(Self::refusal()),
            scope => Ok(scope),
        }
    }

    /// Extent to which the caller's role permits `action` on `resource`.
    #[must_use]
    pub fn extent(&self, action: Action, resource: Resource) -> Extent {
        extent(self.user.role, action, resource)
    }

    /// Company in which the caller creates a record: its own, or the `named` one for callers without a
    /// company.
    ///
    /// # Errors
    /// Code 3 if a caller without a company names none, code 10 if a caller names a company other than its
    /// own.
    pub fn company(&self, named: Option<CompanyId>) -> Result<CompanyId, ApiError> {
        match (self.user.company, named) {
            (Some(own), Some(named)) if own != named => Err(ApiError::not_found()),
            (Some(own), _) => Ok(own),
            (None, Some(named)) => Ok(named),
            (None, None) => Err(ApiError::missing_field("company_id")),
        }
    }

    /// Name of the caller in the audit trail.
    #[must_use]
    pub fn actor(&self) -> String {
        format!("{:?}", self.user.id)
    }

    /// Error for an operation that the caller is not permitted to perform.
    #[must_use]
    pub fn refusal() -> ApiError {
        ApiError::forbidden("You have not access to do this")
    }
}

impl FromRequestParts<ServiceState> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &ServiceState) -> Result<Self, ApiError> {
        state.authenticator().authenticate(&parts.headers, state).await
    }
}

/// The signed-in user, or `None` on a stateless service, which has no accounts.
#[derive(Debug, Clone)]
pub struct OptionalCaller(pub Option<Caller>);

impl FromRequestParts<ServiceState> for OptionalCaller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &ServiceState) -> Result<Self, ApiError> {
        if state.is_stateless() {
            return Ok(Self(None));
        }
        Caller::from_request_parts(parts, state).await.map(Some).map(Self)
    }
}
