//! `/v1/face`: liveness and comparison without accounts, storage and state (API Lite).
//!
//! It takes no token: whoever runs it protects it at the edge of the network. Its errors have a form and codes of their own.

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
    let mut routes = Routes::new()
        .with(routes!(version::read))
        .with(of_patterns(routes!(pattern::health)))
        .with(of_patterns(routes!(pattern::extract)))
        .with(of_patterns(routes!(pattern::compare)))
        .with(of_patterns(routes!(pattern::verify)))
        .with(of_patterns(routes!(pattern::extract_and_compare)))
        .with(of_liveness(routes!(liveness::health)))
        .with(of_liveness(routes!(liveness::detect)));
    let elsewhere = async || LiteError::new(Family::Pattern, Number::BadRequest, "there is no such method");
    routes.router = routes.router.route("/v1/face/{*elsewhere}", any(elsewhere));
    routes
}

/// A wrong method is answered with 400 and a code, not with 405.
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
    LiteError::new(family, Number::WrongMethod, "the method does not take this HTTP method")
}
