//! A running service: from settings to the last answer.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum_server::Handle;
use oz::{RandomIds, SystemClock};
use oz_core::analysis::port::MediaExaminer;
use oz_http::auth::{OneTimePassword, bootstrap_administrator};
use oz_http::work::{Workers, fill_index};
use oz_http::{ApiError, Engine, SecretError, ServiceInfo, ServiceSecrets, ServiceState};

use crate::examiner::{InProcessExaminer, MeasuredExaminer, ProcessExaminer, WorkerLimits};
use crate::listener::Listener;
use crate::{ExaminerKind, Role, ServiceSettings, Stores, operator, secrets};
use oz::{Config, Error, Oz, Result};

/// A service that listens; [`Service::run`] answers.
#[derive(Debug)]
pub struct Service {
    routes: Router,
    listener: Listener,
    workers: Option<Workers>,
    stores: Option<Arc<Stores>>,
    administrator: Option<OneTimePassword>,
    grace: Duration,
}

impl Service {
    /// Opens storage, loads models, fills the index, makes the first administrator, starts the workers and binds the address.
    ///
    /// # Errors
    /// `config.invalid`, `file.unreadable`, `storage.backend`, and what loading models fails with.
    pub async fn start(config: &Config, settings: &ServiceSettings) -> Result<Self> {
        let listener = Listener::bind(settings.listen, settings.tls.as_ref()).await?;
        let engine = engine(config, settings).await?;
        let stores = if settings.stateless { None } else { Some(Arc::new(Stores::open(settings).await?)) };
        let state = state(engine, settings, stores.as_deref())?;
        let mut administrator = None;
        if let Some(stores) = &stores {
            administrator = bootstrap_administrator(&state).await.map_err(failed)?;
            fill_index(&stores.ports).await?;
        }
        let works = stores.is_some() && settings.role != Role::Api;
        let workers = works.then(|| Workers::start(&state));
        let answers = settings.role != Role::Worker;
        let routes = if answers { oz_http::router(state.clone()) } else { Router::new() };
        let routes = routes.merge(operator::routes(&state, stores.clone(), operator::collect_metrics()?));
        let grace = settings.api.work.shutdown_grace.get();
        Ok(Self { routes, listener, workers, stores, administrator, grace })
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> String {
        self.listener.url()
    }

    /// The administrator that this start made, with the password that is told once.
    #[must_use]
    pub fn administrator(&self) -> Option<&OneTimePassword> {
        self.administrator.as_ref()
    }

    /// Answers until `shutdown` is ready, then finishes what is under way.
    ///
    /// # Errors
    /// When the listener fails for good.
    pub async fn run(self, shutdown: impl Future<Output = ()> + Send + 'static) -> Result<()> {
        let handle: Handle<SocketAddr> = Handle::new();
        let (ending, grace) = (handle.clone(), self.grace);
        let ended = tokio::spawn(async move {
            shutdown.await;
            ending.graceful_shutdown(Some(grace));
        });
        let served = self.listener.serve(self.routes, handle).await;
        ended.abort();
        if let Some(workers) = self.workers {
            workers.stop(self.grace).await;
        }
        if let Some(stores) = self.stores {
            stores.close().await;
        }
        served.map_err(|error| Error::Core(oz_core::Error::backend("listening", false, error)))
    }
}

fn state(engine: Engine, settings: &ServiceSettings, stores: Option<&Stores>) -> Result<ServiceState> {
    let api = settings.api.clone();
    let state = match stores {
        Some(stores) => ServiceState::persistent(stores.ports.clone(), engine, api, secrets::of(settings)?),
        None => {
            let secrets = ServiceSecrets::generate().map_err(|error| unusable(&error))?;
            ServiceState::stateless(engine, api, secrets, Arc::new(SystemClock), Arc::new(RandomIds))
        }
    };
    state.map_err(|error| unusable(&error))
}

fn failed(error: ApiError) -> Error {
    Error::Core(oz_core::Error::backend("making the first administrator", false, error.message))
}

fn unusable(error: &SecretError) -> Error {
    Error::Config { detail: format!("service: {error}") }
}

fn no_comparison() -> Error {
    Error::Config { detail: "extractors: the service compares faces and needs one".into() }
}

/// The examiner, and what has to be known of its models. Examiners in processes of their own load the models there; here
/// they are loaded for a moment, to learn what scores mean.
async fn engine(config: &Config, settings: &ServiceSettings) -> Result<Engine> {
    let (loaded, parallelism) = (config.clone(), settings.parallelism());
    let oz = tokio::task::spawn_blocking(move || Oz::builder().config(loaded).build())
        .await
        .expect("loading does not panic")?;
    let extractor = oz.pipeline().stages().extractor.clone();
    let calibration = extractor.map(|extractor| extractor.calibration().clone()).ok_or_else(no_comparison)?;
    let info = ServiceInfo {
        core: env!("CARGO_PKG_VERSION").into(),
        engines: vec![format!("{} {}", oz.engine().name, oz.engine().version)],
        models: oz.pipeline().models().iter().map(ToString::to_string).collect(),
    };
    let decoder = oz.decoder();
    let examiner: Arc<dyn MediaExaminer> = match settings.examiner {
        ExaminerKind::InProcess => Arc::new(InProcessExaminer::new(oz, parallelism)),
        ExaminerKind::Process => Arc::new(ProcessExaminer::new(
            config,
            parallelism,
            WorkerLimits { memory: settings.examiner_memory },
        )?),
    };
    Ok(Engine { examiner: Arc::new(MeasuredExaminer::new(examiner)), decoder, calibration, info })
}

/// Ready when the process is asked to end: SIGTERM or SIGINT, Ctrl-C elsewhere.
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
