//! Paths and who answers on them. One file per resource.

mod health;
mod version;

use axum::Router;
use axum::routing::{MethodRouter, get};

use crate::{ApiError, ServiceState};

pub use version::API_VERSION;

/// Every route of the service.
///
/// Paths are taken with and without a slash at the end, without redirecting: redirects break multipart uploads. Unknown
/// paths and methods are answered with an error body.
pub fn router(state: ServiceState) -> Router {
    let api = both(Router::new(), "/api/version", get(version::read));
    let all = both(api, "/healthz", get(health::read));
    all.fallback(async || ApiError::not_found())
        .method_not_allowed_fallback(async || ApiError::method_not_allowed())
        .with_state(state)
}

fn both(
    router: Router<ServiceState>,
    path: &str,
    methods: MethodRouter<ServiceState>,
) -> Router<ServiceState> {
    router.route(path, methods.clone()).route(&format!("{path}/"), methods)
}
