//! Routes for operators: `/readyz` and `/metrics`.

use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use oz_core::folder::JobKind;
use oz_http::ServiceState;

use crate::Stores;

/// Upper bounds of the histogram buckets, in seconds.
const BUCKETS: [f64; 14] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// Recorder of the process. A process can install one recorder only; its metrics can be read through the
/// handle.
static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// Installs the Prometheus recorder. `None` if the application has installed a recorder, which then receives
/// the metrics of the service; `/metrics` is not served in that case.
fn recorder() -> Option<PrometheusHandle> {
    let install = || {
        let builder =
            PrometheusBuilder::new().set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &BUCKETS);
        builder.and_then(PrometheusBuilder::install_recorder).ok()
    };
    RECORDER.get_or_init(install).clone()
}

/// Routes for operators: `/readyz` and, unless the application records metrics itself, `/metrics`.
pub(crate) fn routes(state: &ServiceState, stores: Option<Arc<Stores>>) -> Router {
    let router = Router::new().route("/readyz", get(async move || ready(stores.as_deref()).await));
    let Some(metrics) = recorder() else { return router };

    for engine in &state.info().engines {
        metrics::gauge!("oz_engine", "engine" => engine.clone()).set(1.0);
    }
    let state = state.clone();
    router.route(
        "/metrics",
        get(async move || {
            measure_queue(&state).await;
            metrics.run_upkeep();
            metrics.render()
        }),
    )
}

/// Checks the database only: models are loaded and the index is filled before the service listens.
async fn ready(stores: Option<&Stores>) -> (StatusCode, &'static str) {
    match stores {
        Some(stores) if stores.ping().await.is_err() => {
            (StatusCode::SERVICE_UNAVAILABLE, "database unavailable\n")
        }
        _ => (StatusCode::OK, "ready\n"),
    }
}

async fn measure_queue(state: &ServiceState) {
    let Ok(ports) = state.store() else { return };
    for kind in JobKind::ALL.map(JobKind::name) {
        if let Ok(count) = ports.jobs.ready(kind, state.now()).await {
            metrics::gauge!("oz_queue_ready", "kind" => kind).set(count as f64);
        }
    }
    if let Ok(staged) = ports.erasures.staged().await {
        metrics::gauge!("oz_blobs_to_erase").set(staged as f64);
    }
}
