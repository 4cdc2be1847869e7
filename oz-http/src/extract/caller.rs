//! The authenticated caller of a request.

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use oz_core::Error;
use oz_core::account::{Action, Extent, Resource, Scope, Session, User, extent};
use oz_core::system::CompanyId;

use crate::auth::Token;
use crate::{ApiError, ServiceState};

/// Headers that carry the access token; the second is a common misspelling.
const HEADERS: [&str; 2] = ["x-forensic-access-token", "x-forensics-access-token"];

/// A signed-in user. Extracting it counts as a use of the session.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The user.
    pub user: User,
    /// Session of the access token.
    pub session: Session,
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

    async fn of(headers: &HeaderMap, state: &ServiceState) -> Result<Self, ApiError> {
        let token = token(headers).ok_or_else(ApiError::auth_not_provided)?;
        let accounts = &state.store()?.accounts;
        let unknown = |error| match error {
            Error::NotFound { .. } => ApiError::auth_invalid("Session not found"),
            error => error.into(),
        };

        let mut session = accounts.session(&token.digest()).await.map_err(unknown)?;
        let now = state.now();
        if !session.is_active(now) {
            return Err(ApiError::auth_expired());
        }
        let user = accounts.user(&Scope::Everything, session.user).await.map_err(unknown)?;
        if !user.active {
            return Err(ApiError::auth_invalid("Session not found"));
        }

        let slides = state.config().sessions.sliding && session.wants_touch(now);
        if slides || session.replaces.is_some() {
            session = accounts.touch_session(session.id, now).await.map_err(unknown)?;
        }
        Ok(Self { user, session })
    }
}

fn token(headers: &HeaderMap) -> Option<Token> {
    let text = HEADERS.iter().find_map(|name| headers.get(*name))?.to_str().ok()?;
    (!text.trim().is_empty()).then(|| Token::sent(text))
}

impl FromRequestParts<ServiceState> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &ServiceState) -> Result<Self, ApiError> {
        Self::of(&parts.headers, state).await
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
        Caller::of(&parts.headers, state).await.map(Some).map(Self)
    }
}
