//! `/healthz`: whether the process answers.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::Routes;

pub(super) fn routes() -> Routes {
    Routes::new().with(routes!(read))
}

#[derive(Serialize, ToSchema)]
struct Health {
    status: &'static str,
}

/// Whether the process answers.
#[utoipa::path(get, path = "/healthz", operation_id = "health", tag = "service", security(()),
    responses((status = OK, body = Health)))]
async fn read() -> Json<Health> {
    Json(Health { status: "ok" })
}
