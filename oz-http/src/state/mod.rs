//! Shared state of the request handlers and workers.

mod error;
mod parts;
mod secrets;
mod signals;

pub use error::StateError;
pub use parts::{AnalysisEngine, Ports, ServiceInfo};
pub use secrets::ServiceSecrets;
pub use signals::Signals;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use oz_core::folder::CustomKind;
use oz_core::folder::judgement::Judges;
use oz_core::storage::AuditEvent;
use oz_core::system::Timestamp;
use oz_core::system::port::{Clock, IdGenerator};

use crate::ApiError;
use crate::auth::port::Authenticator;
use crate::auth::{CaptureTokens, Passwords, SessionTokens, SignInGuard};
use crate::cases::InstantGate;
use crate::config::ServiceConfig;
use crate::upload::OrderKind;

/// Shared state of the service; cheap to clone.
#[derive(Clone)]
pub struct ServiceState(Arc<Inner>);

struct Inner {
    ports: Option<Ports>,
    engine: AnalysisEngine,
    config: ServiceConfig,
    secrets: ServiceSecrets,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdGenerator>,
    signals: Signals,
    passwords: Passwords,
    sign_in: SignInGuard,
    capture_tokens: CaptureTokens,
    account_changes: tokio::sync::Mutex<()>,
    instant: InstantGate,
    authenticator: Arc<dyn Authenticator>,
}

impl ServiceState {
    /// State of a service with storage.
    ///
    /// # Errors
    /// An unusable secret or password setting.
    pub fn persistent(
        ports: Ports,
        engine: AnalysisEngine,
        config: ServiceConfig,
        secrets: ServiceSecrets,
    ) -> Result<Self, StateError> {
        let (clock, ids) = (ports.clock.clone(), ports.ids.clone());
        Self::new(Some(ports), engine, config, secrets, clock, ids)
    }

    /// State of a stateless service: it has no ports to storage at all.
    ///
    /// # Errors
    /// An unusable secret or password setting.
    pub fn stateless(
        engine: AnalysisEngine,
        config: ServiceConfig,
        secrets: ServiceSecrets,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGenerator>,
    ) -> Result<Self, StateError> {
        Self::new(None, engine, config, secrets, clock, ids)
    }

    fn new(
        ports: Option<Ports>,
        engine: AnalysisEngine,
        config: ServiceConfig,
        secrets: ServiceSecrets,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGenerator>,
    ) -> Result<Self, StateError> {
        ensure_distinct_kinds(&engine.judges)?;
        let passwords = Passwords::new(&config.passwords).map_err(StateError::Passwords)?;
        let capture_tokens =
            CaptureTokens::new(&secrets.capture_key_pem, config.sessions.capture_token_ttl.get())?;

        Ok(Self(Arc::new(Inner {
            ports,
            instant: InstantGate::new(engine.examiner.parallelism()),
            engine,
            sign_in: SignInGuard::new(config.sign_in.clone()),
            passwords,
            capture_tokens,
            config,
            secrets,
            clock,
            ids,
            signals: Signals::default(),
            account_changes: tokio::sync::Mutex::default(),
            authenticator: Arc::new(SessionTokens),
        })))
    }

    /// Identifies callers with an authenticator of the application.
    ///
    /// # Panics
    /// When the state has been cloned: handlers that identify callers differently must not exist side by
    /// side.
    #[must_use]
    pub fn with_authenticator(mut self, authenticator: Arc<dyn Authenticator>) -> Self {
        let inner = Arc::get_mut(&mut self.0).expect("the state is not shared yet");
        inner.authenticator = authenticator;
        self
    }

    /// Authenticator of callers.
    #[must_use]
    pub fn authenticator(&self) -> &Arc<dyn Authenticator> {
        &self.0.authenticator
    }

    /// Ports to storage.
    ///
    /// # Errors
    /// Code 10 on a stateless service.
    pub fn store(&self) -> Result<&Ports, ApiError> {
        self.0.ports.as_ref().ok_or_else(ApiError::not_found)
    }

    /// Whether the service has no storage.
    #[must_use]
    pub fn is_stateless(&self) -> bool {
        self.0.ports.is_none()
    }

    /// Examiner, decoder and calibration.
    #[must_use]
    pub fn engine(&self) -> &AnalysisEngine {
        &self.0.engine
    }

    /// Versions and models of the running service.
    #[must_use]
    pub fn info(&self) -> &ServiceInfo {
        &self.0.engine.info
    }

    /// Service configuration.
    #[must_use]
    pub fn config(&self) -> &ServiceConfig {
        &self.0.config
    }

    /// Signing keys.
    #[must_use]
    pub fn secrets(&self) -> &ServiceSecrets {
        &self.0.secrets
    }

    /// Clock of the service.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.0.clock
    }

    /// Current time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// Generator of IDs.
    #[must_use]
    pub fn ids(&self) -> &Arc<dyn IdGenerator> {
        &self.0.ids
    }

    /// Generates an ID.
    #[must_use]
    pub fn next_id<T: From<oz_core::system::Uuid>>(&self) -> T {
        self.0.ids.next_id().into()
    }

    /// In-process wake-ups of workers and waiting requests.
    #[must_use]
    pub fn signals(&self) -> &Signals {
        &self.0.signals
    }

    /// Password hasher.
    #[must_use]
    pub fn passwords(&self) -> &Passwords {
        &self.0.passwords
    }

    /// Rate limit on sign-in attempts.
    #[must_use]
    pub fn sign_in(&self) -> &SignInGuard {
        &self.0.sign_in
    }

    /// Issuer and verifier of capture tokens.
    #[must_use]
    pub fn capture_tokens(&self) -> &CaptureTokens {
        &self.0.capture_tokens
    }

    /// Lock to hold from reading an account to writing it. Prevents lost updates, and that two concurrent
    /// requests remove the last two administrators. Effective within one process only.
    pub(crate) async fn account_changes(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.0.account_changes.lock().await
    }

    /// Admission control of instant requests.
    #[must_use]
    pub(crate) fn instant(&self) -> &InstantGate {
        &self.0.instant
    }

    /// Appends an event to the audit log. Call it before sending the response that acknowledges the event.
    ///
    /// # Errors
    /// Errors of the audit log; code 10 on a stateless service.
    pub async fn record(
        &self,
        actor: impl fmt::Display,
        action: &str,
        object: impl fmt::Display,
        details: &[(&str, String)],
    ) -> Result<(), ApiError> {
        let details: BTreeMap<_, _> =
            details.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
        let (actor, object) = (actor.to_string(), object.to_string());
        let event = AuditEvent { at: self.now(), actor, action: action.into(), object, details };

        self.store()?.audit.append(event).await?;
        Ok(())
    }
}

/// Ensures that no custom kind of analysis has the wire name of a type of the Oz API, which would take
/// precedence.
fn ensure_distinct_kinds(judges: &Judges) -> Result<(), StateError> {
    let reserved = |kind: &CustomKind| OrderKind::is_reserved(kind.name());
    let taken = judges.custom_kinds().into_iter().find(reserved);
    taken.map_or(Ok(()), |kind| Err(StateError::ReservedKind(kind.name().into())))
}

impl fmt::Debug for ServiceState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceState").field("info", self.info()).finish_non_exhaustive()
    }
}
