//! `/api/version`: what is running here.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::Routes;
use crate::ServiceState;

/// The version of the Oz API that the service speaks.
pub const API_VERSION: &str = "6.0.1";

pub(super) fn routes() -> Routes {
    Routes::new().with(routes!(read))
}

#[derive(Serialize, ToSchema)]
struct Version {
    /// Version of the library.
    core: String,
    /// Version of the API.
    api: &'static str,
    /// Names of the inference engines.
    engines: Vec<String>,
    /// Ids of the models.
    models: Vec<String>,
}

/// What is running here.
#[utoipa::path(get, path = "/api/version", operation_id = "version", tag = "service", security(()),
    responses((status = OK, body = Version)))]
async fn read(State(state): State<ServiceState>) -> Json<Version> {
    let info = state.info().clone();
    Json(Version { core: info.core, api: API_VERSION, engines: info.engines, models: info.models })
}
