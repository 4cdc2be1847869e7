//! `/api/config` and `/api/ab-testings-configs`: client-side settings of the installation.

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

/// Settings of the installation.
#[derive(Serialize, ToSchema)]
struct Config {
    /// Name of the installation's time zone, e.g. `Europe/Berlin`.
    timezone: String,
}

/// Get the settings of the installation
#[utoipa::path(get, path = "/api/config", operation_id = "config", tag = "service",
    responses((status = OK, body = Config, description = "Settings")))]
async fn config(State(state): State<ServiceState>, _: OptionalCaller) -> Json<Config> {
    Json(Config { timezone: state.config().time_zone.clone() })
}

/// Get the settings for mobile clients
///
/// Returns the JSON value configured as `ab_testing`, an empty array by default.
#[utoipa::path(get, path = "/api/ab-testings-configs", operation_id = "ab_testings_configs", tag = "service",
    responses((status = OK, body = Value, description = "Settings, as configured")))]
async fn experiments(State(state): State<ServiceState>, _: OptionalCaller) -> Json<Value> {
    Json(state.config().ab_testing.clone())
}
