//! Hashes of passwords: made and checked away from the threads that serve, a few at a time.

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

/// Longest password in bytes; hashing takes longer with longer ones.
const MAX_BYTES: usize = 256;

/// Length of a salt in bytes, as RFC 9106 recommends.
const SALT: usize = 16;

/// Makes and checks hashes. Argon2id takes memory and time on purpose, so their number is bounded.
#[derive(Clone)]
pub struct Passwords {
    hasher: Argon2<'static>,
    places: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    max_waiting: usize,
    /// The hash of a password that nobody has, so that unknown accounts take as long as known ones.
    nobody: PasswordHash,
}

impl Passwords {
    /// With these settings.
    ///
    /// # Errors
    /// What is wrong with the settings.
    pub fn new(config: &PasswordConfig) -> Result<Self, String> {
        let params =
            Params::new(config.memory_kib, config.passes, 1, None).map_err(|error| error.to_string())?;
        let hasher = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let nobodys: [u8; 32] = random_bytes().map_err(|error| error.to_string())?;
        let nobody = hash(&hasher, &nobodys)?;
        Ok(Self {
            hasher,
            places: Arc::new(Semaphore::new(config.parallel.max(1))),
            waiting: Arc::default(),
            max_waiting: config.max_waiting,
            nobody,
        })
    }

    /// The salted hash of a password.
    ///
    /// # Errors
    /// With `Retry-After` when too many wait.
    pub async fn hash(&self, password: String) -> Result<PasswordHash, ApiError> {
        let hasher = self.hasher.clone();
        self.run(move || hash(&hasher, password.as_bytes())).await?.map_err(ApiError::internal)
    }

    /// Whether a password fits a hash; without a hash it fits none, and takes as long.
    ///
    /// # Errors
    /// With `Retry-After` when too many wait.
    pub async fn verify(&self, password: String, known: Option<&PasswordHash>) -> Result<bool, ApiError> {
        if password.len() > MAX_BYTES {
            return Ok(false);
        }
        let (hasher, is_known) = (self.hasher.clone(), known.is_some());
        let hash = known.unwrap_or(&self.nobody).clone();
        let fits = move || {
            let parsed = Parsed::new(&hash.0);
            parsed.is_ok_and(|parsed| hasher.verify_password(password.as_bytes(), &parsed).is_ok())
        };
        Ok(self.run(fits).await? && is_known)
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, ApiError> {
        let place = self.place().await?;
        let task = tokio::task::spawn_blocking(move || {
            // Held to the end of the work, even if nobody waits for it any more.
            let _place = place;
            work()
        });
        task.await.map_err(ApiError::internal)
    }

    async fn place(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        let waiting = Waiting::join(&self.waiting);
        if waiting.ahead >= self.max_waiting {
            return Err(ApiError::overloaded("Too many sign-ins at once", Duration::from_secs(1)));
        }
        self.places.clone().acquire_owned().await.map_err(ApiError::internal)
    }
}

/// One that waits for its place, also if the request is given up.
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

/// Whether a password may be chosen: long enough, without the address in it, and not of a few characters only.
///
/// # Errors
/// Code 4, with the reason.
pub fn check_password(password: &str, email: &str, config: &PasswordConfig) -> Result<(), ApiError> {
    let refuse = |why: String| Err(ApiError::invalid_value("password", why));
    let lower = password.to_lowercase();
    let local = email.split('@').next().unwrap_or_default();
    if password.chars().count() < config.min_length {
        return refuse(format!("it has fewer than {} characters", config.min_length));
    }
    if password.len() > MAX_BYTES {
        return refuse(format!("it has more than {MAX_BYTES} bytes"));
    }
    if lower == email || (local.len() >= 4 && lower.contains(local)) {
        return refuse("it contains the e-mail address".into());
    }
    let mut distinct: Vec<char> = lower.chars().collect();
    distinct.sort_unstable();
    distinct.dedup();
    if distinct.len() < 4 {
        return refuse("it has fewer than 4 different characters".into());
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
    async fn a_password_fits_its_own_hash_only() {
        let passwords = Passwords::new(&quick()).unwrap();
        let hash = passwords.hash("correct horse".into()).await.unwrap();
        assert!(hash.0.starts_with("$argon2id$v=19$m=8,t=1,p=1$"));
        assert!(passwords.verify("correct horse".into(), Some(&hash)).await.unwrap());
        assert!(!passwords.verify("Correct horse".into(), Some(&hash)).await.unwrap());
        assert!(!passwords.verify("correct horse".into(), None).await.unwrap());
        assert_ne!(passwords.hash("correct horse".into()).await.unwrap(), hash, "salted");
    }

    #[tokio::test]
    async fn whoever_comes_when_too_many_wait_is_sent_away() {
        let passwords = Passwords::new(&PasswordConfig { max_waiting: 0, ..quick() }).unwrap();
        let error = passwords.hash("correct horse".into()).await.unwrap_err();
        assert_eq!((error.status.as_u16(), error.retry_after), (503, Some(Duration::from_secs(1))));
    }

    #[test]
    fn passwords_that_are_easily_guessed_are_refused() {
        let check = |password: &str| check_password(password, "ada.byron@acme.example", &quick()).is_ok();
        assert!(check("S3cret!and-long") && check("correct horse battery"));
        let long = "x1y2".repeat(100);
        for password in ["", "S3cret!", "ada.byron@acme.example", "xAda.Byron1815", "aaaaaaaaaaaaaaa", &long]
        {
            assert!(!check(password), "{password}");
        }
    }
}
