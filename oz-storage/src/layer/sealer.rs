//! Short values, encrypted: templates, columns with personal data.

use std::sync::Arc;

use oz_core::Result;
use oz_core::storage::KeyVersion;
use oz_core::storage::port::KeyProvider;
use oz_core::system::CompanyId;

use super::damage::Damage;
use crate::cipher::{Cipher, NONCE, TAG};
use crate::system::random;

/// First byte of every sealed value.
const FORMAT: u8 = 1;
/// Format, key version, nonce.
const HEADER: usize = 1 + 4 + NONCE;
/// Begins every context, so that nothing else that was encrypted with the key can stand for a sealed value.
const DOMAIN: &[u8] = b"oz.seal.1";

/// Encrypts short values with the key of their owner.
///
/// A value opens only for the owner and the context that it was sealed for; the context names its place, e.g. table, row
/// and column, and is not stored. Sealed, a value is [`Sealer::OVERHEAD`] bytes longer; `docs/storage.md` has the format.
#[derive(Debug, Clone)]
pub struct Sealer {
    keys: Arc<dyn KeyProvider>,
}

impl Sealer {
    /// Bytes by which a value grows.
    pub const OVERHEAD: usize = HEADER + TAG;

    /// Encrypts with keys from here.
    #[must_use]
    pub fn new(keys: Arc<dyn KeyProvider>) -> Self {
        Self { keys }
    }

    /// Encrypts with the owner's current key.
    ///
    /// # Errors
    /// `storage.backend` when there is no key to be had.
    pub async fn seal(&self, owner: CompanyId, context: &[u8], plain: &[u8]) -> Result<Vec<u8>> {
        let key = self.keys.current(owner).await?;
        let nonce: [u8; NONCE] = random();
        let mut sealed = Vec::with_capacity(plain.len() + Self::OVERHEAD);
        sealed.push(FORMAT);
        sealed.extend_from_slice(&key.version().0.to_be_bytes());
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(plain);
        Cipher::new(key.secret()).seal(&nonce, &bound(owner, key.version(), context), &mut sealed, HEADER);
        Ok(sealed)
    }

    /// Gives back what was sealed for this owner and context.
    ///
    /// # Errors
    /// `storage.not_found` when the key was destroyed; `storage.backend` when the bytes were changed or cut, or were sealed
    /// for another owner or context.
    pub async fn open(&self, owner: CompanyId, context: &[u8], sealed: &[u8]) -> Result<Vec<u8>> {
        let fail = |damage: Damage| damage.during("opening a sealed value");
        let (version, nonce, rest) = parse(sealed).map_err(fail)?;
        let key = self.keys.key(owner, version).await?;
        let mut text = rest.to_vec();
        let opened = Cipher::new(key.secret()).open(&nonce, &bound(owner, version, context), &mut text);
        let length = opened.map_err(|_| fail(Damage::Forged))?.len();
        text.truncate(length);
        Ok(text)
    }

    /// The key that a value was sealed with: what is older than the current one can be sealed anew.
    ///
    /// # Errors
    /// `storage.backend` when the bytes are no sealed value.
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

/// What a value is bound to. The context, of any length, stands last.
fn bound(owner: CompanyId, version: KeyVersion, context: &[u8]) -> Vec<u8> {
    [DOMAIN, &owner.uuid().as_u128().to_be_bytes(), &version.0.to_be_bytes(), context].concat()
}
