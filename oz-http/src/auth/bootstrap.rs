//! Creation of the first administrator. Its password is random: oz ships without default credentials.

use std::fmt;

use oz_core::Error;
use oz_core::account::{AnalysisRights, PasswordHash, PersonName, Role, User, UserId};
use oz_core::metadata::Metadata;
use oz_core::system::Timestamp;

use super::random_bytes;
use crate::{ApiError, ServiceState};

/// Alphabet without look-alike characters. Its size divides 256, so `byte % 32` is uniform.
const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789-";

/// Credentials of a new account, to be shown once.
pub struct OneTimePassword {
    /// E-mail address to sign in with.
    pub email: String,
    /// Password in plain text; only its hash is stored.
    pub password: String,
}

impl fmt::Debug for OneTimePassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OneTimePassword").field("email", &self.email).finish_non_exhaustive()
    }
}

/// Creates an administrator with a random password, unless an active one exists.
///
/// # Errors
/// Storage errors; code 10 for a stateless service.
pub async fn bootstrap_administrator(state: &ServiceState) -> Result<Option<OneTimePassword>, ApiError> {
    let accounts = &state.store()?.accounts;
    if accounts.active_users(Role::Administrator).await? > 0 {
        return Ok(None);
    }

    let password = random_password()?;
    let hash = state.passwords().hash(password.clone()).await?;
    let id: UserId = state.next_id();
    let email = unused_address(state).await?;

    accounts.create_user(&administrator(id, email.clone(), hash, state.now())).await?;
    state.record("service", "user.bootstrapped", format!("{id:?}"), &[]).await?;

    Ok(Some(OneTimePassword { email, password }))
}

fn administrator(id: UserId, email: String, password: PasswordHash, now: Timestamp) -> User {
    User {
        id,
        company: None,
        email,
        password,
        role: Role::Administrator,
        service: false,
        name: PersonName::default(),
        rights: AnalysisRights::default(),
        active: true,
        metadata: Metadata::default(),
        created: now,
        updated: now,
    }
}

/// `admin@localhost`, with a unique suffix if an inactive administrator already uses that address.
async fn unused_address(state: &ServiceState) -> Result<String, ApiError> {
    let address = |suffix: &str| format!("admin{suffix}@localhost");
    match state.store()?.accounts.user_by_email(&address("")).await {
        Err(Error::NotFound { .. }) => Ok(address("")),
        Err(error) => Err(error.into()),
        Ok(_) => Ok(address(&format!("-{}", state.ids().next_id()))),
    }
}

/// Generates a password of 24 characters (120 bits of entropy).
///
/// # Errors
/// Fails when the operating system provides no random bytes.
pub fn random_password() -> Result<String, ApiError> {
    let bytes: [u8; 24] = random_bytes().map_err(ApiError::internal)?;
    Ok(bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect())
}
