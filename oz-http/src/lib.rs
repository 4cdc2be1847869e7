//! HTTP service of `oz`, compatible with the Oz API.
//!
//! Contains the [`router`], the wire types, the mapping of errors to HTTP responses, and background work.
//! Wire names and HTTP status codes occur in this crate only. Adapters (storage, media decoders, models) are
//! passed in as a [`ServiceState`].
//!
//! ```no_run
//! # async fn example(state: oz_http::ServiceState) -> std::io::Result<()> {
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
//! oz_http::serve(listener, state, std::future::pending()).await
//! # }
//! ```
//!
//! Most applications use `oz-server`, which assembles the state from storage, models and workers. To add
//! routes, see [`Api`]; to replace access tokens by another sign-in, see [`auth::port::Authenticator`].
//!
//! | module | contents |
//! |---|---|
//! | `routes` | request handlers, one module per resource, each registered with its OpenAPI description |
//! | `extract` | extractors: caller, IDs, JSON, list queries |
//! | `filter` | parsing of list filters |
//! | `dto` | wire types |
//! | `cases` | use cases shared by handlers |
//! | `upload` | streaming of request bodies into staged blobs |
//! | `links` | signed URLs of files |
//! | `report` | HTML reports of folders |
//! | `work` | workers, webhooks, retention |
//! | `auth` | passwords, tokens, the first administrator |
//! | `config` | settings with their defaults |
//! | `observe` | request IDs, metrics, logging |

mod api;
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
mod public_address;
mod report;
mod routes;
mod security;
mod state;
pub mod upload;
pub mod work;

/// Descriptions of routes: `#[utoipa::path]` and `utoipa_axum::routes!`.
pub use {utoipa, utoipa_axum};

pub use api::Api;
pub use config::ServiceConfig;
pub use error::{ApiError, ErrorBody, ErrorDetails, ErrorNumber};
pub use observe::RequestId;
pub use routes::API_VERSION;
pub use state::{AnalysisEngine, Ports, ServiceInfo, ServiceSecrets, ServiceState, Signals, StateError};

use std::future::Future;
use std::net::SocketAddr;

use axum::Router;
use tokio::net::TcpListener;

/// Builds the router with the built-in routes; [`Api`] adds routes of an application.
pub fn router(state: ServiceState) -> Router {
    Api::new(state).into_router()
}

/// OpenAPI document of the built-in routes, as served at `/api/openapi.json` by a service with storage.
#[must_use]
pub fn openapi_document() -> utoipa::openapi::OpenApi {
    openapi::document(&routes::common().and(routes::persistent()), "")
}

/// Serves requests until `shutdown` completes, then waits for those in progress.
///
/// # Errors
/// A fatal error of the listener.
pub async fn serve(
    listener: TcpListener,
    state: ServiceState,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let app = router(state).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app).with_graceful_shutdown(shutdown).await
}
