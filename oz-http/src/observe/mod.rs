//! Observability of requests: request IDs, metrics and log events.

mod measure;
mod request_id;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};

use crate::ServiceState;

pub use request_id::RequestId;

/// Adds request IDs, metrics and log events to every route.
pub(crate) fn observed(router: Router<ServiceState>, state: ServiceState) -> Router<ServiceState> {
    router.layer(from_fn(measure::measured)).layer(from_fn_with_state(state, request_id::identified))
}
