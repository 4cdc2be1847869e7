//! Port of the identification of callers.

use std::fmt::Debug;

use async_trait::async_trait;
use axum::http::HeaderMap;

use crate::extract::Caller;
use crate::{ApiError, ServiceState};

/// Identifies the caller of a request by its headers.
///
/// The permissions of a caller follow from the role and company of [`Caller::user`]; records that it creates
/// carry the ID of that user. The built-in adapter, [`SessionTokens`](super::SessionTokens), looks up the
/// access token of the Oz API.
#[async_trait]
pub trait Authenticator: Debug + Send + Sync {
    /// The caller.
    ///
    /// # Errors
    /// [`ApiError::auth_not_provided`] without credentials, [`ApiError::auth_invalid`] for wrong and
    /// [`ApiError::auth_expired`] for expired ones, any other error when they cannot be checked.
    async fn authenticate(&self, headers: &HeaderMap, state: &ServiceState) -> Result<Caller, ApiError>;
}
