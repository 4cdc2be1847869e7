//! `/version`: what is running here.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::ServiceState;

/// What is running here.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LiteVersion {
    /// Version of the library.
    core: String,
    /// What runs the models, name and version.
    tfss: String,
    /// The models.
    models: Vec<LiteModel>,
}

/// One model.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LiteModel {
    /// Its name.
    name: String,
    /// Version of the library that it comes with.
    version: String,
}

/// Names and versions of what is running.
#[utoipa::path(get, path = "/version", operation_id = "lite_version", tag = "lite",
    responses((status = OK, body = LiteVersion)))]
pub(super) async fn read(State(state): State<ServiceState>) -> Json<LiteVersion> {
    let info = state.info();
    let model = |name: &String| LiteModel { name: name.clone(), version: info.core.clone() };
    let models = info.models.iter().map(model).collect();
    Json(LiteVersion { core: info.core.clone(), tfss: info.engines.join(", "), models })
}
