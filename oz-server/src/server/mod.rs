//! Service with open storage, loaded models and running workers.

mod bound;
mod builder;
mod engine;

use std::sync::Arc;

use axum::Router;
use oz::Result;
use oz_http::auth::OneTimePassword;
use oz_http::work::Workers;
use oz_http::{Ports, ServiceState};

use crate::{ServiceSettings, Stores};

pub use bound::{BoundServer, shutdown_signal};
pub use builder::ServerBuilder;

/// Service with running workers. It answers requests once its router is served.
///
/// ```no_run
/// # async fn example() -> oz::Result<()> {
/// use oz_server::{Server, ServiceSettings};
///
/// let settings = ServiceSettings { data_dir: Some("data".into()), ..ServiceSettings::default() };
/// Server::builder().settings(settings).build().await?.run(std::future::pending()).await
/// # }
/// ```
#[derive(Debug)]
pub struct Server {
    state: ServiceState,
    routes: Router,
    settings: ServiceSettings,
    background: Background,
    administrator: Option<OneTimePassword>,
}

impl Server {
    /// Starts with the built-in parts and default settings.
    #[must_use]
    pub fn builder() -> ServerBuilder {
        ServerBuilder::default()
    }

    /// Shared state of handlers and workers, also available to routes of the application.
    #[must_use]
    pub fn state(&self) -> &ServiceState {
        &self.state
    }

    /// First administrator, if this start created one. Its password is shown only here.
    #[must_use]
    pub fn administrator(&self) -> Option<&OneTimePassword> {
        self.administrator.as_ref()
    }

    /// Ports to storage; `None` for a stateless service.
    #[must_use]
    pub fn ports(&self) -> Option<&Ports> {
        self.background.stores.as_deref().map(Stores::ports)
    }

    /// Routes for an axum application, and the workers and storage behind them.
    ///
    /// Client addresses (rate limits, audit) are available if the application is served with
    /// `into_make_service_with_connect_info::<SocketAddr>()`. Call [`Background::stop`] when the application
    /// ends.
    pub fn into_parts(self) -> (Router, Background) {
        (self.routes, self.background)
    }

    /// Routes for an axum application. Workers stop, without waiting for jobs in progress, when the last
    /// clone of the router is dropped; use [`Server::into_parts`] for an orderly shutdown.
    pub fn into_router(self) -> Router {
        let (routes, background) = self.into_parts();
        routes.layer(axum::Extension(Arc::new(background)))
    }

    /// Binds `service.listen`, serves until `shutdown` completes, then finishes requests and jobs in
    /// progress.
    ///
    /// # Errors
    /// `config.invalid` when the address cannot be bound; `storage.backend` when the listener fails.
    pub async fn run(self, shutdown: impl Future<Output = ()> + Send + 'static) -> Result<()> {
        let listener =
            crate::listener::Listener::bind(self.settings.listen, self.settings.tls.as_ref()).await?;
        BoundServer::new(self, listener).run(shutdown).await
    }
}

/// Workers and storage behind the routes of a service.
#[derive(Debug)]
pub struct Background {
    workers: Option<Workers>,
    stores: Option<Arc<Stores>>,
    grace: std::time::Duration,
}

impl Background {
    /// Finishes the jobs in progress or returns them to the queue, within `service.api.work.shutdown_grace`,
    /// and closes the storage.
    pub async fn stop(self) {
        if let Some(workers) = self.workers {
            workers.stop(self.grace).await;
        }
        if let Some(stores) = self.stores {
            stores.close().await;
        }
    }
}
