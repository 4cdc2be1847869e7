//! The HTTP service of `oz`: it speaks the Oz API at the edge and the domain's language inside.
//!
//! What is here: the [`router`], the wire types and the mapping of errors to status codes and error bodies. Wire names
//! and status codes exist in this crate only.
//!
//! What is not here, on purpose: adapters. The assembly makes them and hands them over in a [`ServiceState`].
//!
//! ```
//! use oz_http::{ServiceInfo, ServiceState, router};
//!
//! let info = ServiceInfo { core: "0.1.0".into(), engines: vec!["candle".into()], models: vec![] };
//! let app: axum::Router = router(ServiceState::new(info));
//! ```

mod error;
mod routes;
mod state;

pub use error::{ApiError, ErrorNumber};
pub use routes::{API_VERSION, router};
pub use state::{ServiceInfo, ServiceState};

use std::future::Future;

use tokio::net::TcpListener;

/// Serves until `shutdown` is ready, then finishes the requests that are under way.
///
/// # Errors
/// When the listener fails for good.
pub async fn serve(
    listener: TcpListener,
    state: ServiceState,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    axum::serve(listener, router(state)).with_graceful_shutdown(shutdown).await
}
