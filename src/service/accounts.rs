//! Accounts, from the machine itself.

use std::collections::BTreeMap;

use oz_core::storage::AuditEvent;
use oz_core::system::port::IdGenerator;
use oz_http::Ports;
use oz_http::auth::Passwords;
use oz_http::config::PasswordConfig;

use crate::{Error, Result};

/// Gives a user a new password and ends the user's sessions. The password is told once, here.
///
/// # Errors
/// `storage.not_found` when nobody signs in with this address; `storage.backend`.
pub async fn reset_password(
    ports: &Ports,
    config: &PasswordConfig,
    ids: &dyn IdGenerator,
    email: &str,
) -> Result<String> {
    let mut user = ports.accounts.user_by_email(&email.to_lowercase()).await?;
    let password = one_time_password(ids);
    let passwords = Passwords::new(config).map_err(|detail| Error::Config { detail })?;
    user.password = passwords
        .hash(password.clone())
        .await
        .map_err(|error| Error::Core(oz_core::Error::backend("hashing a password", false, error.message)))?;
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

/// 122 random bits in letters that are not mixed up when they are read aloud.
fn one_time_password(ids: &dyn IdGenerator) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";
    let bits = ids.next_id().as_u128();
    let letter = |place: u32| char::from(LETTERS[(bits >> (5 * place) & 31) as usize]);
    let letters: Vec<char> = (0..25).map(letter).collect();
    letters.chunks(5).map(|part| part.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}
