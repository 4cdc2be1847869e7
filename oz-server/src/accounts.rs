//! Local management of accounts.

use std::collections::BTreeMap;

use oz_core::storage::AuditEvent;
use oz_http::auth::{Passwords, random_password};
use oz_http::config::PasswordConfig;
use oz_http::{ApiError, Ports};

use oz::{Error, Result};

/// Replaces the password of a user by a random one, ends the user's sessions and returns the password, which
/// is not stored in plain form. The reset is recorded in the audit trail.
///
/// # Errors
/// `storage.not_found` for an unknown email address; `config.invalid`, `storage.backend`.
pub async fn reset_password(ports: &Ports, config: &PasswordConfig, email: &str) -> Result<String> {
    let mut user = ports.accounts.user_by_email(&email.to_lowercase()).await?;

    let password = random_password().map_err(no_password)?;
    let passwords = Passwords::new(config).map_err(|detail| Error::Config { detail })?;
    user.password = passwords.hash(password.clone()).await.map_err(no_password)?;
    user.updated = ports.clock.now();
    ports.accounts.update_user(&user).await?;

    let event = AuditEvent {
        at: ports.clock.now(),
        actor: "operator".into(),
        action: "user.password_reset".into(),
        object: user.id.to_string(),
        details: BTreeMap::new(),
    };
    ports.audit.append(event).await?;
    Ok(password)
}

fn no_password(error: ApiError) -> Error {
    Error::Core(oz_core::Error::backend("generating a password", false, error.message))
}
