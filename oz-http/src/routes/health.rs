//! `/healthz`: liveness probe of the process.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::Routes;

pub(super) fn routes() -> Routes {
    Routes::new().with(routes!(read))
}

/// Health of the process.
#[derive(Serialize, ToSchema)]
struct Health {
    /// Always `ok`.
    status: &'static str,
}

/// Check that the process responds
///
/// Does not check storage or models.
#[utoipa::path(get, path = "/healthz", operation_id = "health", tag = "service", security(()),
    responses((status = OK, body = Health, description = "The process responds")))]
async fn read() -> Json<Health> {
    Json(Health { status: "ok" })
}
