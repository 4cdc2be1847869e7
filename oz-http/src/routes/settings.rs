//! `/api/config` and `/api/ab-testings-configs`: what clients want to know of the installation.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::Routes;
use crate::ServiceState;
use crate::extract::OptionalCaller;

pub(super) fn routes() -> Routes {
    Routes::new().with(routes!(config)).with(routes!(experiments))
}

#[derive(Serialize, ToSchema)]
struct Config {
    /// Name of the time zone of the installation.
    timezone: String,
}

/// Settings of the installation that matter to clients.
#[utoipa::path(get, path = "/api/config", operation_id = "config", tag = "service",
    responses((status = OK, body = Config)))]
async fn config(State(state): State<ServiceState>, _: OptionalCaller) -> Json<Config> {
    Json(Config { timezone: state.config().time_zone.clone() })
}

/// Settings for mobile clients, as the operator wrote them.
#[utoipa::path(get, path = "/api/ab-testings-configs", operation_id = "ab_testings_configs", tag = "service",
    responses((status = OK, body = Value)))]
async fn experiments(State(state): State<ServiceState>, _: OptionalCaller) -> Json<Value> {
    Json(state.config().ab_testing.clone())
}
