//! Signing keys of the service.

use std::fmt;

use p384::SecretKey;
use p384::pkcs8::{EncodePrivateKey as _, LineEnding};

use crate::auth::random_bytes;

/// Unusable secret or setting about secrets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// The capture token key is not a P-384 private key in PKCS #8 PEM.
    #[error("the capture token key must be a P-384 private key in PKCS #8 PEM")]
    CaptureKey,
    /// The parameters of the password hash are out of range.
    #[error("invalid password hashing parameters: {0}")]
    Passwords(String),
    /// The operating system provides no random bytes.
    #[error("the operating system provides no random bytes")]
    Randomness,
}

/// Signing keys of the service. `Debug` does not reveal them.
#[derive(Clone)]
pub struct ServiceSecrets {
    /// HMAC key for media URLs.
    pub media_urls: [u8; 32],
    /// Master key from which the webhook secret of each company is derived.
    pub webhooks: [u8; 32],
    /// Private key of capture tokens: P-384, PKCS #8 PEM.
    pub capture_key_pem: String,
}

impl ServiceSecrets {
    /// Generates random secrets.
    ///
    /// # Errors
    /// [`SecretError::Randomness`] when the operating system provides no random bytes.
    pub fn generate() -> Result<Self, SecretError> {
        // Random bytes are a valid key unless they exceed the order of the curve, with probability 2^-194.
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
