//! `/api/version`: versions of the software.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::Routes;
use crate::ServiceState;

/// Version of the Oz API implemented by the service.
pub const API_VERSION: &str = "6.0.1";

pub(super) fn routes() -> Routes {
    Routes::new().with(routes!(read))
}

/// Versions of the software.
#[derive(Serialize, ToSchema)]
struct Version {
    /// Version of the library.
    core: String,
    /// Version of the Oz API, e.g. `6.0.1`.
    api: &'static str,
    /// Names and versions of the inference engines.
    engines: Vec<String>,
    /// IDs of the loaded models.
    models: Vec<String>,
}

/// Get the versions of library, API, engines and models
#[utoipa::path(get, path = "/api/version", operation_id = "version", tag = "service", security(()),
    responses((status = OK, body = Version, description = "Versions")))]
async fn read(State(state): State<ServiceState>) -> Json<Version> {
    let info = state.info().clone();
    Json(Version { core: info.core, api: API_VERSION, engines: info.engines, models: info.models })
}
