//! Encryption of short values: templates and columns with personal data.

use std::sync::Arc;

use oz_core::Result;
use oz_core::storage::KeyVersion;
use oz_core::storage::port::KeyProvider;
use oz_core::system::CompanyId;

use super::damage::Damage;
use crate::cipher::{Cipher, NONCE, TAG};
use crate::system::random;

/// Format version, the first byte of every sealed value.
const FORMAT: u8 = 1;
/// Length of the header in bytes: format version, key version, nonce.
const HEADER: usize = 1 + 4 + NONCE;
/// Prefix of every encryption context. Separates sealed values from everything else encrypted with the data
/// key.
const DOMAIN: &[u8] = b"oz.seal.1";

/// Encrypts short values with the data key of their owner.
///
/// A value opens only for the owner and context it was sealed for. The context names its place, for example
/// table, row and column, and is not stored. Sealing adds [`Sealer::OVERHEAD`] bytes. `docs/storage.md`
/// describes the format.
#[derive(Debug, Clone)]
pub struct Sealer {
    keys: Arc<dyn KeyProvider>,
}

impl Sealer {
    /// Number of bytes that sealing adds to a value.
    pub const OVERHEAD: usize = HEADER + TAG;

    /// Creates a sealer with keys from `keys`.
    #[must_use]
    pub fn new(keys: Arc<dyn KeyProvider>) -> Self {
        Self { keys }
    }

    /// Encrypts a value with the owner's current key.
    ///
    /// # Errors
    /// `storage.backend` when the key provider fails.
    pub async fn seal(&self, owner: CompanyId, context: &[u8], plain: &[u8]) -> Result<Vec<u8>> {
        let key = self.keys.current(owner).await?;
        let nonce: [u8; NONCE] = random();

        let mut sealed = Vec::with_capacity(plain.len() + Self::OVERHEAD);
        sealed.push(FORMAT);
        sealed.extend_from_slice(&key.version().0.to_be_bytes());
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(plain);
        Cipher::new(key.secret()).seal(
            &nonce,
            &authenticated(owner, key.version(), context),
            &mut sealed,
            HEADER,
        );
        Ok(sealed)
    }

    /// Decrypts a value that was sealed for this owner and context.
    ///
    /// # Errors
    /// `storage.not_found` when the key was destroyed; `storage.backend` when the bytes were modified or
    /// truncated, or were sealed for another owner or context.
    pub async fn open(&self, owner: CompanyId, context: &[u8], sealed: &[u8]) -> Result<Vec<u8>> {
        let fail = |damage: Damage| damage.during("opening a sealed value");
        let (version, nonce, rest) = parse(sealed).map_err(fail)?;
        let key = self.keys.key(owner, version).await?;

        let mut text = rest.to_vec();
        let opened =
            Cipher::new(key.secret()).open(&nonce, &authenticated(owner, version, context), &mut text);
        let length = opened.map_err(|_| fail(Damage::Forged))?.len();
        text.truncate(length);
        Ok(text)
    }

    /// Version of the key that a value was sealed with. A value with an older version than the current key
    /// can be sealed again.
    ///
    /// # Errors
    /// `storage.backend` when the bytes are not a sealed value.
    pub fn version_of(sealed: &[u8]) -> Result<KeyVersion> {
        let parsed =
            parse(sealed).map_err(|damage| damage.during("reading the key version of a sealed value"));
        Ok(parsed?.0)
    }
}

fn parse(sealed: &[u8]) -> std::result::Result<(KeyVersion, [u8; NONCE], &[u8]), Damage> {
    let (format, rest) = sealed.split_first().ok_or(Damage::Truncated)?;
    if *format != FORMAT {
        return Err(Damage::Format);
    }
    let (version, rest) = rest.split_first_chunk().ok_or(Damage::Truncated)?;
    let (nonce, rest) = rest.split_first_chunk().ok_or(Damage::Truncated)?;
    if rest.len() < TAG {
        return Err(Damage::Truncated);
    }
    Ok((KeyVersion(u32::from_be_bytes(*version)), *nonce, rest))
}

/// Additional authenticated data of a value. The caller's context has a variable length and comes last.
fn authenticated(owner: CompanyId, version: KeyVersion, context: &[u8]) -> Vec<u8> {
    [DOMAIN, &owner.uuid().as_u128().to_be_bytes(), &version.0.to_be_bytes(), context].concat()
}
