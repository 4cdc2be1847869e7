//! The HTTP service of `oz`: it speaks the Oz API at the edge and the domain's language inside.
//!
//! What is here: the [`router`], the wire types and the mapping of errors to status codes and error bodies, and the work
//! between requests. Wire names and status codes exist in this crate only.
//!
//! What is not here, on purpose: adapters. The assembly makes them and hands them over in a [`ServiceState`].
//!
//! | module | what it holds |
//! |---|---|
//! | `routes` | who answers on which path, one file per resource; a route cannot be registered without its description |
//! | `extract` | what handlers take from a request: the caller, ids, JSON, filters |
//! | `dto` | what goes over the wire |
//! | `upload` | from bodies to staged blobs |
//! | `work` | workers, notices, sweeping |
//! | `auth` | passwords, tokens, the first administrator |

pub mod auth;
mod cases;
pub mod config;
mod dto;
mod error;
pub mod extract;
mod field;
pub mod filter;
mod links;
mod observe;
mod openapi;
mod report;
mod routes;
mod security;
mod state;
pub mod upload;
pub mod work;

pub use config::ServiceConfig;
pub use error::{ApiError, ErrorBody, ErrorDetails, ErrorNumber};
pub use observe::RequestId;
pub use routes::API_VERSION;
pub use state::{Engine, Ports, SecretError, ServiceInfo, ServiceSecrets, ServiceState, Signals};

use std::future::Future;
use std::net::SocketAddr;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use tokio::net::TcpListener;

/// Every route of the service. Unknown paths and methods are answered with an error body.
///
/// A service that stores nothing has only the routes that need no storage.
pub fn router(state: ServiceState) -> Router {
    let routes =
        if state.is_stateless() { routes::common() } else { routes::common().and(routes::persistent()) };
    let pages = openapi::pages(openapi::document(&routes));
    let limit = DefaultBodyLimit::max(state.config().uploads.max_json_bytes);
    let all = routes
        .router
        .merge(pages)
        .fallback(async || ApiError::not_found())
        .method_not_allowed_fallback(async || ApiError::method_not_allowed())
        .layer(limit);
    observe::observed(security::harden(all), state.clone()).with_state(state)
}

/// The description of the whole interface, as `/api/openapi.json` gives it.
#[must_use]
pub fn openapi_document() -> utoipa::openapi::OpenApi {
    openapi::document(&routes::common().and(routes::persistent()))
}

/// Serves until `shutdown` is ready, then finishes the requests that are under way.
///
/// # Errors
/// When the listener fails for good.
pub async fn serve(
    listener: TcpListener,
    state: ServiceState,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let app = router(state).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app).with_graceful_shutdown(shutdown).await
}
