//! Data encryption keys.

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::Zeroize as _;

/// Version of an owner's key. Starts at 1, increases with every rotation and is never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyVersion(pub u32);

impl fmt::Display for KeyVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A versioned 256-bit key. `Debug` shows only the version; the secret is zeroized on drop.
#[derive(Clone, PartialEq, Eq)]
pub struct DataKey {
    version: KeyVersion,
    secret: [u8; 32],
}

impl DataKey {
    /// Creates a key from its version and secret.
    #[must_use]
    pub fn new(version: KeyVersion, secret: [u8; 32]) -> Self {
        Self { version, secret }
    }

    /// Version to store alongside the ciphertext.
    #[must_use]
    pub fn version(&self) -> KeyVersion {
        self.version
    }

    /// The secret. Pass it to a cipher only.
    #[must_use]
    pub fn secret(&self) -> &[u8; 32] {
        &self.secret
    }
}

impl Drop for DataKey {
    fn drop(&mut self) {
        self.secret.zeroize();
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DataKey(version {})", self.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_omits_the_secret() {
        let key = DataKey::new(KeyVersion(3), [0xab; 32]);
        assert_eq!(format!("{key:?}"), "DataKey(version 3)");
    }
}
