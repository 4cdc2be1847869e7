//! Service with a bound socket.

use std::net::SocketAddr;

use axum_server::Handle;
use oz::{Error, Result};
use oz_http::auth::OneTimePassword;

use super::Server;
use crate::listener::Listener;

/// Service whose address is bound. [`BoundServer::run`] serves requests.
#[derive(Debug)]
pub struct BoundServer {
    server: Server,
    listener: Listener,
}

impl BoundServer {
    pub(super) fn new(server: Server, listener: Listener) -> Self {
        Self { server, listener }
    }

    /// URL of the service, with the port selected by the system if the settings request port 0.
    #[must_use]
    pub fn url(&self) -> String {
        self.listener.url()
    }

    /// First administrator, if this start created one. Its password is shown only here.
    #[must_use]
    pub fn administrator(&self) -> Option<&OneTimePassword> {
        self.server.administrator()
    }

    /// Serves until `shutdown` completes, then finishes requests and jobs in progress.
    ///
    /// # Errors
    /// `storage.backend` when the listener fails.
    pub async fn run(self, shutdown: impl Future<Output = ()> + Send + 'static) -> Result<()> {
        let (routes, background) = self.server.into_parts();
        let handle: Handle<SocketAddr> = Handle::new();
        let (ending, grace) = (handle.clone(), background.grace);
        let ended = tokio::spawn(async move {
            shutdown.await;
            ending.graceful_shutdown(Some(grace));
        });

        let served = self.listener.serve(routes, handle).await;

        ended.abort();
        background.stop().await;
        served.map_err(|error| Error::Core(oz_core::Error::backend("listening", false, error)))
    }
}

/// Completes when the process is requested to end: SIGTERM or SIGINT on Unix, Ctrl-C elsewhere.
pub async fn shutdown_signal() {
    let interrupted = async { tokio::signal::ctrl_c().await.unwrap_or(()) };
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let Ok(mut terminated) = signal(SignalKind::terminate()) else { return interrupted.await };
        tokio::select! {
            () = interrupted => {}
            _ = terminated.recv() => {}
        }
    }
    #[cfg(not(unix))]
    interrupted.await;
}
