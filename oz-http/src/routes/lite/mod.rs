//! `/v1/face`: stateless liveness detection and comparison, without accounts and storage (API Lite).
//!
//! Requests are not authenticated: restrict access at the network edge. Errors have their own format and
//! codes.

mod body;
mod error;
mod examine;
mod liveness;
mod pattern;
mod version;

use axum::routing::any;
use utoipa_axum::router::UtoipaMethodRouter;
use utoipa_axum::routes;

use super::Routes;
use crate::ServiceState;
use error::{Family, LiteError, Number};

pub(super) fn routes() -> Routes {
    let routes = Routes::new()
        .with(routes!(version::read))
        .with(of_patterns(routes!(pattern::health)))
        .with(of_patterns(routes!(pattern::extract)))
        .with(of_patterns(routes!(pattern::compare)))
        .with(of_patterns(routes!(pattern::verify)))
        .with(of_patterns(routes!(pattern::extract_and_compare)))
        .with(of_liveness(routes!(liveness::health)))
        .with(of_liveness(routes!(liveness::detect)));

    let unknown = async || LiteError::new(Family::Pattern, Number::BadRequest, "unknown method");
    routes.undescribed("/v1/face/{*unknown}", any(unknown))
}

/// Answers a wrong HTTP method with 400 and a code, as API Lite defines, instead of 405.
fn of_patterns(
    (schemas, paths, methods): UtoipaMethodRouter<ServiceState>,
) -> UtoipaMethodRouter<ServiceState> {
    (schemas, paths, methods.fallback(async || wrong_method(Family::Pattern)))
}

fn of_liveness(
    (schemas, paths, methods): UtoipaMethodRouter<ServiceState>,
) -> UtoipaMethodRouter<ServiceState> {
    (schemas, paths, methods.fallback(async || wrong_method(Family::Liveness)))
}

fn wrong_method(family: Family) -> LiteError {
    LiteError::new(family, Number::WrongMethod, "HTTP method not allowed")
}
