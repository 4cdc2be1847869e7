//! What the service signs with.

use std::fmt;

use p384::SecretKey;
use p384::pkcs8::{EncodePrivateKey as _, LineEnding};

use crate::auth::random_bytes;

/// Why a secret, or a setting about secrets, cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// The key of capture tokens is no P-384 key in PKCS #8 PEM.
    #[error("the key for capture tokens is not a private key of the curve P-384 in PKCS #8 PEM")]
    CaptureKey,
    /// The settings for hashing passwords are out of range.
    #[error("passwords cannot be hashed with these settings: {0}")]
    Passwords(String),
    /// The machine gives no random bytes.
    #[error("the machine gives no random bytes")]
    Randomness,
}

/// What the service signs with. `Debug` shows nothing of it.
#[derive(Clone)]
pub struct ServiceSecrets {
    /// Signs the URLs of media.
    pub media_urls: [u8; 32],
    /// Signs messages to endpoints.
    pub webhooks: [u8; 32],
    /// Signs tokens for captures: a private key of the curve P-384, PKCS #8 in PEM.
    pub capture_key_pem: String,
}

impl ServiceSecrets {
    /// Fresh secrets.
    ///
    /// # Errors
    /// When the machine gives no random bytes.
    pub fn generate() -> Result<Self, SecretError> {
        // Random bytes are a key unless they lie beyond the order of the curve, which has a chance of 2^-194.
        let key = SecretKey::from_slice(&random_bytes::<48>()?).map_err(|_| SecretError::Randomness)?;
        let pem = key.to_pkcs8_pem(LineEnding::LF).map_err(|_| SecretError::CaptureKey)?;
        Ok(Self { media_urls: random_bytes()?, webhooks: random_bytes()?, capture_key_pem: pem.to_string() })
    }
}

impl fmt::Debug for ServiceSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServiceSecrets(..)")
    }
}
