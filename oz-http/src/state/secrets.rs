//! Signing keys of the service.

use std::fmt;

use p384::SecretKey;
use p384::pkcs8::{EncodePrivateKey as _, LineEnding};

use super::StateError;
use crate::auth::random_bytes;

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
    /// [`StateError::Randomness`] when the operating system provides no random bytes.
    pub fn generate() -> Result<Self, StateError> {
        // Random bytes are a valid key unless they exceed the order of the curve, with probability 2^-194.
        let key = SecretKey::from_slice(&random_bytes::<48>()?).map_err(|_| StateError::Randomness)?;
        let pem = key.to_pkcs8_pem(LineEnding::LF).map_err(|_| StateError::CaptureKey)?;
        Ok(Self { media_urls: random_bytes()?, webhooks: random_bytes()?, capture_key_pem: pem.to_string() })
    }
}

impl fmt::Debug for ServiceSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServiceSecrets(..)")
    }
}
