//! What an operator sees of requests, and what every answer carries: a name.

mod measure;
mod request_id;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};

use crate::ServiceState;

pub use request_id::RequestId;

/// Puts names, measurements and log events round every route.
pub(crate) fn observed(router: Router<ServiceState>, state: ServiceState) -> Router<ServiceState> {
    router.layer(from_fn(measure::measured)).layer(from_fn_with_state(state, request_id::identified))
}
