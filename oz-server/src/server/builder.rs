//! Assembly of a service from built-in parts and parts of the application.

use std::sync::Arc;

use axum::Router;
use oz::{Config, Error, Oz, RandomIds, Result, SystemClock};
use oz_core::analysis::port::MediaExaminer;
use oz_core::collection::port::VectorIndex;
use oz_core::folder::judgement::port::AnalysisJudge;
use oz_core::license::port::LicenseProvider;
use oz_core::storage::port::{BlobStore, KeyProvider};
use oz_core::system::port::{Clock, IdGenerator};
use oz_http::auth::bootstrap_administrator;
use oz_http::auth::port::Authenticator;
use oz_http::utoipa_axum::router::UtoipaMethodRouter;
use oz_http::work::{Workers, fill_index};
use oz_http::{AnalysisEngine, Api, ApiError, ServiceSecrets, ServiceState, StateError};

use super::engine::{self, EngineParts};
use super::{Background, BoundServer, Server};
use crate::examiner::{WorkerProgram, is_worker};
use crate::listener::Listener;
use crate::stores::StoreParts;
use crate::{Repositories, Role, ServiceSettings, Stores, operator, secrets};

/// Builder of a [`Server`] from a configuration and, optionally, parts of the application. Parts that are not
/// set are the built-in ones.
///
/// A part of the application replaces the built-in one before anything is opened: the default is neither
/// created nor migrated.
///
/// ```no_run
/// use std::sync::Arc;
///
/// use oz_core::storage::port::KeyProvider;
/// use oz_server::{Server, ServiceSettings};
///
/// # async fn example(key_management: Arc<dyn KeyProvider>) -> oz::Result<()> {
/// let config = oz::Config::from_toml("engine = 'candle'\n[service]\nlisten = '127.0.0.1:9000'")?;
/// let server = Server::builder().config(config).key_provider(key_management).build().await?;
/// if let Some(administrator) = server.administrator() {
///     println!("sign in as {} with {}", administrator.email, administrator.password);
/// }
/// server.run(std::future::pending()).await
/// # }
/// ```
#[derive(Debug, Default)]
pub struct ServerBuilder {
    config: Config,
    settings: Option<ServiceSettings>,
    stores: StoreParts,
    engine: EngineParts,
    secrets: Option<ServiceSecrets>,
    http: HttpParts,
}

/// Routes and authenticator of the application.
#[derive(Default)]
struct HttpParts {
    routes: Vec<UtoipaMethodRouter<ServiceState>>,
    pages: Router<ServiceState>,
    authenticator: Option<Arc<dyn Authenticator>>,
}

impl std::fmt::Debug for HttpParts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "HttpParts({} routes, {:?})", self.routes.len(), self.authenticator)
    }
}

impl ServerBuilder {
    /// Sets the configuration of the library. Its section `[service]` is used unless
    /// [`settings`](Self::settings) is called.
    #[must_use]
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// Sets the configuration of the service.
    #[must_use]
    pub fn settings(mut self, settings: ServiceSettings) -> Self {
        self.settings = Some(settings);
        self
    }

    /// Analyses media with a handle of the application, in this process, instead of loading the configured
    /// models.
    #[must_use]
    pub fn oz(mut self, oz: Oz) -> Self {
        self.engine.oz = Some(oz);
        self
    }

    /// Replaces the examiner of media. The calibration of scores still comes from the [`Oz`] handle or the
    /// configuration.
    #[must_use]
    pub fn examiner(mut self, examiner: Arc<dyn MediaExaminer>) -> Self {
        self.engine.examiner = Some(examiner);
        self
    }

    /// Examines media in worker processes, which are killed when they exceed their time or memory. Without a
    /// worker program media are examined in this process.
    #[must_use]
    pub fn worker(mut self, program: WorkerProgram) -> Self {
        self.engine.worker = Some(program);
        self
    }

    /// Adds a kind of analysis, with the judge that decides it, or replaces the judge of a built-in kind.
    /// Clients start analyses of a custom kind with its name in capitals as their `type`.
    #[must_use]
    pub fn analysis(mut self, judge: Arc<dyn AnalysisJudge>) -> Self {
        self.engine.judges = self.engine.judges.with(judge);
        self
    }

    /// Replaces the provider of data keys, for example by a key management service.
    #[must_use]
    pub fn key_provider(mut self, keys: Arc<dyn KeyProvider>) -> Self {
        self.stores.keys = Some(keys);
        self
    }

    /// Stores media in a blob store of the application. They are encrypted before they reach it, unless
    /// `service.encryption` is off.
    #[must_use]
    pub fn blob_store(mut self, blobs: Arc<dyn BlobStore>) -> Self {
        self.stores.blobs = Some(blobs);
        self
    }

    /// Stores records in repositories of the application. They receive templates unencrypted and are
    /// responsible for encryption at rest, for example with [`oz_storage::layer::Sealer`].
    #[must_use]
    pub fn repositories(mut self, repositories: Repositories) -> Self {
        self.stores.repositories = Some(repositories);
        self
    }

    /// Replaces the index for the search of templates.
    #[must_use]
    pub fn vector_index(mut self, index: Arc<dyn VectorIndex>) -> Self {
        self.stores.index = Some(index);
        self
    }

    /// Replaces the licence provider.
    #[must_use]
    pub fn license(mut self, license: Arc<dyn LicenseProvider>) -> Self {
        self.stores.license = Some(license);
        self
    }

    /// Replaces the system clock.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.stores.clock = Some(clock);
        self
    }

    /// Replaces the generator of IDs. IDs must be unpredictable, since some of them act as secrets.
    #[must_use]
    pub fn ids(mut self, ids: Arc<dyn IdGenerator>) -> Self {
        self.stores.ids = Some(ids);
        self
    }

    /// Signs tokens and media URLs with these keys instead of those of `service.secrets`.
    #[must_use]
    pub fn secrets(mut self, secrets: ServiceSecrets) -> Self {
        self.secrets = Some(secrets);
        self
    }

    /// Adds the described handlers of one path, as returned by `utoipa_axum::routes!`. They take precedence
    /// over built-in handlers of the same path and method, and appear in the OpenAPI document.
    #[must_use]
    pub fn route(mut self, route: UtoipaMethodRouter<ServiceState>) -> Self {
        self.http.routes.push(route);
        self
    }

    /// Adds routes that the OpenAPI document leaves out, such as pages.
    ///
    /// # Panics
    /// In [`build`](Self::build), when a path and method is already in use.
    #[must_use]
    pub fn merge(mut self, pages: Router<ServiceState>) -> Self {
        self.http.pages = self.http.pages.merge(pages);
        self
    }

    /// Identifies callers by an authenticator of the application instead of access tokens.
    #[must_use]
    pub fn authenticator(mut self, authenticator: Arc<dyn Authenticator>) -> Self {
        self.http.authenticator = Some(authenticator);
        self
    }

    /// Opens storage, loads models, fills the search index, creates the first administrator and starts the
    /// workers.
    ///
    /// # Errors
    /// `config.invalid`, `file.unreadable`, `storage.backend`, and the codes of loading models.
    pub async fn build(mut self) -> Result<Server> {
        ensure_not_a_worker()?;
        let settings = match self.settings {
            Some(settings) => settings,
            None => ServiceSettings::from_config(&self.config)?,
        };
        settings.ensure_valid()?;

        let (clock, ids) = (self.stores.clock.clone(), self.stores.ids.clone());
        let engine = engine::assemble(&self.config, &settings, self.engine).await?;
        let (stores, state) = if settings.stateless {
            (None, stateless(engine, &settings, self.secrets, clock, ids)?)
        } else {
            let stores = Stores::assemble(&settings, self.stores).await?;
            let secrets = self.secrets.map_or_else(|| secrets::of(&settings), Ok)?;
            let state =
                ServiceState::persistent(stores.ports().clone(), engine, settings.api.clone(), secrets);
            (Some(Arc::new(stores)), state.map_err(|error| unusable(&error))?)
        };
        let state = match self.http.authenticator.take() {
            Some(authenticator) => state.with_authenticator(authenticator),
            None => state,
        };

        let mut administrator = None;
        if let Some(stores) = &stores {
            administrator = bootstrap_administrator(&state).await.map_err(failed)?;
            fill_index(stores.ports()).await?;
        }

        let works = stores.is_some() && settings.role != Role::Api;
        let workers = works.then(|| Workers::start(&state));
        let routes = routes(&state, &settings, stores.clone(), self.http);
        let grace = settings.api.work.shutdown_grace.get();
        let background = Background { workers, stores, grace };
        Ok(Server { state, routes, settings, background, administrator })
    }

    /// Binds the address of the settings, then [builds](Self::build), so that an address in use is detected
    /// before storage is created.
    ///
    /// # Errors
    /// As [`build`](Self::build); `config.invalid` when the address cannot be bound.
    pub async fn bind(mut self) -> Result<BoundServer> {
        let settings = match self.settings.take() {
            Some(settings) => settings,
            None => ServiceSettings::from_config(&self.config)?,
        };
        let listener = Listener::bind(settings.listen, settings.tls.as_ref()).await?;
        let server = self.settings(settings).build().await?;
        Ok(BoundServer::new(server, listener))
    }
}

/// Routes for the role of this process. Operator routes are always included.
fn routes(
    state: &ServiceState,
    settings: &ServiceSettings,
    stores: Option<Arc<Stores>>,
    http: HttpParts,
) -> Router {
    let api = || {
        let api = Api::new(state.clone()).merge(http.pages);
        http.routes.into_iter().fold(api, Api::route).into_router()
    };
    let routes = if settings.role == Role::Worker { Router::new() } else { api() };
    routes.merge(operator::routes(state, stores))
}

fn stateless(
    engine: AnalysisEngine,
    settings: &ServiceSettings,
    secrets: Option<ServiceSecrets>,
    clock: Option<Arc<dyn Clock>>,
    ids: Option<Arc<dyn IdGenerator>>,
) -> Result<ServiceState> {
    let secrets = secrets.map_or_else(ServiceSecrets::generate, Ok).map_err(|error| unusable(&error))?;
    let clock = clock.unwrap_or_else(|| Arc::new(SystemClock));
    let ids = ids.unwrap_or_else(|| Arc::new(RandomIds));

    ServiceState::stateless(engine, settings.api.clone(), secrets, clock, ids)
        .map_err(|error| unusable(&error))
}

/// Refuses to start a service in a worker process: it would start workers in turn, without end.
fn ensure_not_a_worker() -> Result<()> {
    if is_worker() {
        let detail =
            "this process is an examiner worker: call oz_server::run_worker_if_asked() first in `main`";
        return Err(Error::Config { detail: detail.into() });
    }
    Ok(())
}

fn failed(error: ApiError) -> Error {
    Error::Core(oz_core::Error::backend("creating the first administrator", false, error.message))
}

fn unusable(error: &StateError) -> Error {
    Error::Config { detail: format!("service: {error}") }
}
