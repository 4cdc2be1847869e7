//! `/api/version`: what is running here.

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use crate::ServiceState;

/// The version of the Oz API that the service speaks.
pub const API_VERSION: &str = "6.0.1";

#[derive(Serialize)]
pub(super) struct Version {
    core: String,
    api: &'static str,
    engines: Vec<String>,
    models: Vec<String>,
}

pub(super) async fn read(State(state): State<ServiceState>) -> Json<Version> {
    let info = state.info().clone();
    Json(Version { core: info.core, api: API_VERSION, engines: info.engines, models: info.models })
}
