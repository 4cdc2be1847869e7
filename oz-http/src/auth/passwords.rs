//! Password hashing (Argon2id) on blocking threads, with bounded concurrency.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash as Parsed;
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};
use oz_core::account::PasswordHash;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::random_bytes;
use crate::ApiError;
use crate::config::PasswordConfig;

/// Longest accepted password in bytes. Bounds the hashing time.
const MAX_BYTES: usize = 256;

/// Salt length in bytes, as recommended by RFC 9106.
const SALT: usize = 16;

/// Computes and verifies password hashes. Argon2id is expensive in memory and time by design, so the number
/// of concurrent computations is bounded.
#[derive(Clone)]
pub struct Passwords {
    hasher: Argon2<'static>,
    places: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    max_waiting: usize,
    /// Hash of a random password, verified for unknown accounts: response times then do not reveal whether an
    /// account exists.
    decoy: PasswordHash,
}

impl Passwords {
    /// Creates a hasher with the cost and concurrency of `config`.
    ///
    /// # Errors
    /// A description of the invalid parameter.
    pub fn new(config: &PasswordConfig) -> Result<Self, String> {
        let params =
            Params::new(config.memory_kib, config.passes, 1, None).map_err(|error| error.to_string())?;
        let hasher = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let random: [u8; 32] = random_bytes().map_err(|error| error.to_string())?;
        let decoy = hash(&hasher, &random)?;

        Ok(Self {
            hasher,
            places: Arc::new(Semaphore::new(config.parallel.max(1))),
            waiting: Arc::default(),
            max_waiting: config.max_waiting,
            decoy,
        })
    }

    /// Computes the salted hash of a password.
    ///
    /// # Errors
    /// 503 with `Retry-After` when too many computations are waiting.
    pub async fn hash(&self, password: String) -> Result<PasswordHash, ApiError> {
        let hasher = self.hasher.clone();
        self.run(move || hash(&hasher, password.as_bytes())).await?.map_err(ApiError::internal)
    }

    /// Whether a password matches a hash. Without a hash the result is `false`, after the same computation.
    ///
    /// # Errors
    /// 503 with `Retry-After` when too many computations are waiting.
    pub async fn verify(&self, password: String, known: Option<&PasswordHash>) -> Result<bool, ApiError> {
        if password.len() > MAX_BYTES {
            return Ok(false);
        }

        let (hasher, is_known) = (self.hasher.clone(), known.is_some());
        let hash = known.unwrap_or(&self.decoy).clone();
        let verify = move || {
            let parsed = Parsed::new(&hash.0);
            parsed.is_ok_and(|parsed| hasher.verify_password(password.as_bytes(), &parsed).is_ok())
        };
        Ok(self.run(verify).await? && is_known)
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, ApiError> {
        let place = self.place().await?;
        let task = tokio::task::spawn_blocking(move || {
            // Held until the computation ends, even if the request is dropped meanwhile.
            let _place = place;
            work()
        });
        task.await.map_err(ApiError::internal)
    }

    async fn place(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        let waiting = Waiting::join(&self.waiting);
        if waiting.ahead >= self.max_waiting {
            return Err(ApiError::overloaded("too many concurrent sign-ins", Duration::from_secs(1)));
        }
        self.places.clone().acquire_owned().await.map_err(ApiError::internal)
    }
}

/// Counts a waiting computation for as long as it lives, also if the request is dropped.
struct Waiting<'a> {
    counter: &'a AtomicUsize,
    ahead: usize,
}

impl<'a> Waiting<'a> {
    fn join(counter: &'a AtomicUsize) -> Self {
        Self { counter, ahead: counter.fetch_add(1, Ordering::Relaxed) }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.counter.fetch_sub(1, Ordering::Relaxed);
    }
}

fn hash(hasher: &Argon2<'_>, password: &[u8]) -> Result<PasswordHash, String> {
    let salt: [u8; SALT] = random_bytes().map_err(|error| error.to_string())?;
    let hashed: Parsed =
        hasher.hash_password_with_salt(password, &salt).map_err(|error| error.to_string())?;
    Ok(PasswordHash(hashed.to_string()))
}

impl fmt::Debug for Passwords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Passwords").field("places", &self.places.available_permits()).finish_non_exhaustive()
    }
}

/// Checks a new password: minimum length, at least four distinct characters, and no e-mail address inside.
///
/// # Errors
/// Code 4, with the violated rule.
pub fn check_password(password: &str, email: &str, config: &PasswordConfig) -> Result<(), ApiError> {
    let refuse = |why: String| Err(ApiError::invalid_value("password", why));

    if password.chars().count() < config.min_length {
        return refuse(format!("must have at least {} characters", config.min_length));
    }
    if password.len() > MAX_BYTES {
        return refuse(format!("must have at most {MAX_BYTES} bytes"));
    }

    let lower = password.to_lowercase();
    let local = email.split('@').next().unwrap_or_default();
    if lower == email || (local.len() >= 4 && lower.contains(local)) {
        return refuse("must not contain the e-mail address".into());
    }

    let mut distinct: Vec<char> = lower.chars().collect();
    distinct.sort_unstable();
    distinct.dedup();
    if distinct.len() < 4 {
        return refuse("must have at least 4 different characters".into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quick() -> PasswordConfig {
        PasswordConfig { memory_kib: 8, passes: 1, ..PasswordConfig::default() }
    }

    #[tokio::test]
    async fn password_matches_only_its_own_hash() {
        let passwords = Passwords::new(&quick()).unwrap();
        let hash = passwords.hash("correct horse".into()).await.unwrap();
        assert!(hash.0.starts_with("$argon2id$v=19$m=8,t=1,p=1$"));
        assert!(passwords.verify("correct horse".into(), Some(&hash)).await.unwrap());
        assert!(!passwords.verify("Correct horse".into(), Some(&hash)).await.unwrap());
        assert!(!passwords.verify("correct horse".into(), None).await.unwrap());
        assert_ne!(passwords.hash("correct horse".into()).await.unwrap(), hash, "salted");
    }

    #[tokio::test]
    async fn hashing_is_refused_while_too_many_wait() {
        let passwords = Passwords::new(&PasswordConfig { max_waiting: 0, ..quick() }).unwrap();
        let error = passwords.hash("correct horse".into()).await.unwrap_err();
        assert_eq!((error.status.as_u16(), error.retry_after), (503, Some(Duration::from_secs(1))));
    }

    #[test]
    fn weak_passwords_are_refused() {
        let check = |password: &str| check_password(password, "ada.byron@acme.example", &quick()).is_ok();
        assert!(check("S3cret!and-long") && check("correct horse battery"));
        let long = "x1y2".repeat(100);
        for password in ["", "S3cret!", "ada.byron@acme.example", "xAda.Byron1815", "aaaaaaaaaaaaaaa", &long]
        {
            assert!(!check(password), "{password}");
        }
    }
}
