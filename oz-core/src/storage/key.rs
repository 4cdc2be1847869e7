//! Keys that data is encrypted with.

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::Zeroize as _;

/// The number of an owner's key, from 1, growing with every rotation and never given twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyVersion(pub u32);

impl fmt::Display for KeyVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A secret of 256 bits with its number. `Debug` shows the number only; the secret is wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct DataKey {
    version: KeyVersion,
    secret: [u8; 32],
}

impl DataKey {
    /// Wraps a secret.
    #[must_use]
    pub fn new(version: KeyVersion, secret: [u8; 32]) -> Self {
        Self { version, secret }
    }

    /// The number to store beside what is encrypted.
    #[must_use]
    pub fn version(&self) -> KeyVersion {
        self.version
    }

    /// The secret, for a cipher and for nobody else.
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
    fn debug_shows_no_secret() {
        let key = DataKey::new(KeyVersion(3), [0xab; 32]);
        assert_eq!(format!("{key:?}"), "DataKey(version 3)");
    }
}
