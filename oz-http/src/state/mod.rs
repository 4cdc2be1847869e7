//! What handlers share.

mod parts;
mod secrets;
mod signals;

pub use parts::{Engine, Ports, ServiceInfo};
pub use secrets::{SecretError, ServiceSecrets};
pub use signals::Signals;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use oz_core::storage::AuditEvent;
use oz_core::system::Timestamp;
use oz_core::system::port::{Clock, IdGenerator};

use crate::ApiError;
use crate::auth::{CaptureTokens, Passwords, SignInGuard};
use crate::cases::InstantGate;
use crate::config::ServiceConfig;

/// What handlers share; cheap to clone.
#[derive(Clone)]
pub struct ServiceState(Arc<Inner>);

struct Inner {
    ports: Option<Ports>,
    engine: Engine,
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
}

impl ServiceState {
    /// A service that stores what it is given.
    ///
    /// # Errors
    /// When a secret cannot be used.
    pub fn persistent(
        ports: Ports,
        engine: Engine,
        config: ServiceConfig,
        secrets: ServiceSecrets,
    ) -> Result<Self, SecretError> {
        let (clock, ids) = (ports.clock.clone(), ports.ids.clone());
        Self::new(Some(ports), engine, config, secrets, clock, ids)
    }

    /// A service that stores nothing: it has nothing to store with.
    ///
    /// # Errors
    /// When a secret cannot be used.
    pub fn stateless(
        engine: Engine,
        config: ServiceConfig,
        secrets: ServiceSecrets,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGenerator>,
    ) -> Result<Self, SecretError> {
        Self::new(None, engine, config, secrets, clock, ids)
    }

    fn new(
        ports: Option<Ports>,
        engine: Engine,
        config: ServiceConfig,
        secrets: ServiceSecrets,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGenerator>,
    ) -> Result<Self, SecretError> {
        let passwords = Passwords::new(&config.passwords).map_err(SecretError::Passwords)?;
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
        })))
    }

    /// What stores. A service that stores nothing has none, and its routes that need one do not exist.
    ///
    /// # Errors
    /// Code 10.
    pub fn store(&self) -> Result<&Ports, ApiError> {
        self.0.ports.as_ref().ok_or_else(ApiError::not_found)
    }

    /// Whether the service stores nothing.
    #[must_use]
    pub fn is_stateless(&self) -> bool {
        self.0.ports.is_none()
    }

    /// What looks at media.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.0.engine
    }

    /// Facts about the running service.
    #[must_use]
    pub fn info(&self) -> &ServiceInfo {
        &self.0.engine.info
    }

    /// Settings.
    #[must_use]
    pub fn config(&self) -> &ServiceConfig {
        &self.0.config
    }

    /// What is signed with.
    #[must_use]
    pub fn secrets(&self) -> &ServiceSecrets {
        &self.0.secrets
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.0.clock
    }

    /// The time of day.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// Fresh names.
    #[must_use]
    pub fn ids(&self) -> &Arc<dyn IdGenerator> {
        &self.0.ids
    }

    /// A fresh name.
    #[must_use]
    pub fn next_id<T: From<oz_core::system::Uuid>>(&self) -> T {
        self.0.ids.next_id().into()
    }

    /// What wakes workers and waiting requests of this process.
    #[must_use]
    pub fn signals(&self) -> &Signals {
        &self.0.signals
    }

    /// What makes and checks the hashes of passwords.
    #[must_use]
    pub fn passwords(&self) -> &Passwords {
        &self.0.passwords
    }

    /// What slows down whoever guesses passwords.
    #[must_use]
    pub fn sign_in(&self) -> &SignInGuard {
        &self.0.sign_in
    }

    /// What makes and takes tokens for captures.
    #[must_use]
    pub fn capture_tokens(&self) -> &CaptureTokens {
        &self.0.capture_tokens
    }

    /// Held from reading an account to writing it, so that no change is undone by another one, and two at once do not take
    /// away the last two administrators. It holds within one process.
    pub(crate) async fn account_changes(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.0.account_changes.lock().await
    }

    /// What lets requests of the Instant mode in.
    #[must_use]
    pub(crate) fn instant(&self) -> &InstantGate {
        &self.0.instant
    }

    /// Writes an event into the audit trail. To be called before the answer that acknowledges it.
    ///
    /// # Errors
    /// Whatever the log fails with.
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

impl fmt::Debug for ServiceState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceState").field("info", self.info()).finish_non_exhaustive()
    }
}
