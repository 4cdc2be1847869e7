//! `/version`: versions of the software.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::ServiceState;

/// Versions of the software.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LiteVersion {
    /// Version of the library.
    core: String,
    /// Names and versions of the inference engines, comma-separated.
    tfss: String,
    /// Loaded models.
    models: Vec<LiteModel>,
}

/// A model.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LiteModel {
    /// ID of the model.
    name: String,
    /// Version of the library it ships with.
    version: String,
}

/// Get the versions of library, engines and models
#[utoipa::path(get, path = "/version", operation_id = "lite_version", tag = "lite",
    responses((status = OK, body = LiteVersion, description = "Versions")))]
pub(super) async fn read(State(state): State<ServiceState>) -> Json<LiteVersion> {
    let info = state.info();
    let model = |name: &String| LiteModel { name: name.clone(), version: info.core.clone() };
    let models = info.models.iter().map(model).collect();
    Json(LiteVersion { core: info.core.clone(), tfss: info.engines.join(", "), models })
}
