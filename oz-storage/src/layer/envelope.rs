//! Format of an encrypted blob: a header followed by chunks. `docs/storage.md` describes it byte by byte.
//!
//! Every blob has its own key, stored in the header and encrypted with the data key of the owner, so chunk
//! numbers are unique nonces. The nonce of a chunk consists of its number and whether it is the last one:
//! moved chunks and a blob truncated between chunks are detected (STREAM construction of Hoang, Reyhanitabar,
//! Rogaway and Vizár 2015, doi:10.1007/978-3-662-47989-6_24). Owner, ID and key version are authenticated
//! with every chunk.

use oz_core::storage::{BlobKey, DataKey, KeyVersion};
use zeroize::Zeroizing;

use super::damage::Damage;
use crate::cipher::{Cipher, NONCE, TAG};
use crate::system::random;

/// First bytes of every encrypted blob; the last byte is the format version.
const MAGIC: [u8; 8] = *b"oz.blob\x01";
/// Prefix of every encryption context. Separates headers from everything else encrypted with the data key.
const DOMAIN: &[u8] = b"oz.blob.1";
/// Length of the header in bytes: magic, key version, nonce, and the blob's key with its tag.
pub(super) const HEADER: usize = 8 + 4 + NONCE + 32 + TAG;
/// Content bytes of every chunk except the last.
pub(super) const CHUNK: usize = 64 << 10;
/// Stored bytes of every chunk except the last.
pub(super) const SEALED: usize = CHUNK + TAG;

/// Cipher and context of a blob's chunks.
#[derive(Debug)]
pub(super) struct Envelope {
    cipher: Cipher,
    context: Vec<u8>,
}

impl Envelope {
    /// Creates an envelope with a random key, and its header.
    pub(super) fn create(data_key: &DataKey, blob: BlobKey) -> (Self, Vec<u8>) {
        let (secret, nonce) = (Zeroizing::new(random::<32>()), random());

        let mut header = Vec::with_capacity(HEADER);
        header.extend_from_slice(&MAGIC);
        header.extend_from_slice(&data_key.version().0.to_be_bytes());
        header.extend_from_slice(&nonce);
        let start = header.len();
        header.extend_from_slice(&*secret);

        let context = context(blob, data_key.version());
        Cipher::new(data_key.secret()).seal(&nonce, &context, &mut header, start);
        (Self { cipher: Cipher::new(&secret), context }, header)
    }

    /// Encrypts `buffer[start..]` in place as chunk `number`.
    pub(super) fn seal(&self, number: u64, is_last: bool, buffer: &mut Vec<u8>, start: usize) {
        self.cipher.seal(&nonce(number, is_last), &self.context, buffer, start);
    }

    /// Decrypts at most `count` chunks of `stored`, which begins with chunk `first`. `stored` either reaches
    /// the end of the blob or extends beyond the requested chunks, which shows whether the last of them is
    /// the blob's last.
    pub(super) fn open(&self, first: u64, count: u64, stored: &mut [u8]) -> Result<Vec<u8>, Damage> {
        let wanted = usize::try_from(count.saturating_mul(SEALED as u64)).unwrap_or(usize::MAX);
        let goes_on = stored.len() > wanted;
        let wanted = wanted.min(stored.len());
        let stored = &mut stored[..wanted];

        let chunks = stored.len().div_ceil(SEALED);
        let mut content = Vec::with_capacity(stored.len());
        for (index, chunk) in stored.chunks_mut(SEALED).enumerate() {
            let is_last = index + 1 == chunks && !goes_on;
            let nonce = nonce(first.saturating_add(index as u64), is_last);
            let opened = self.cipher.open(&nonce, &self.context, chunk);
            content.extend_from_slice(opened.map_err(|_| Damage::Forged)?);
        }
        Ok(content)
    }
}

/// Parsed header, not yet authenticated.
pub(super) struct Header {
    /// Version of the data key that encrypts the blob's key.
    pub(super) version: KeyVersion,
    nonce: [u8; NONCE],
    secret: [u8; 32 + TAG],
}

impl Header {
    pub(super) fn parse(stored: &[u8]) -> Result<Self, Damage> {
        if !stored.starts_with(&MAGIC[..stored.len().min(MAGIC.len())]) {
            return Err(Damage::Format);
        }

        let rest = stored.get(MAGIC.len()..).ok_or(Damage::Truncated)?;
        let (version, rest) = rest.split_first_chunk().ok_or(Damage::Truncated)?;
        let (nonce, rest) = rest.split_first_chunk().ok_or(Damage::Truncated)?;
        let secret = rest.first_chunk().ok_or(Damage::Truncated)?;
        Ok(Self { version: KeyVersion(u32::from_be_bytes(*version)), nonce: *nonce, secret: *secret })
    }

    /// Decrypts the envelope. Fails unless the header was created with this data key for this blob.
    pub(super) fn open(mut self, data_key: &DataKey, blob: BlobKey) -> Result<Envelope, Damage> {
        let context = context(blob, self.version);
        let opened = Cipher::new(data_key.secret()).open(&self.nonce, &context, &mut self.secret);
        let secret = opened.map(|secret| <[u8; 32]>::try_from(&*secret).map(Zeroizing::new));
        let secret = secret.map_err(|_| Damage::Forged)?.expect("a header holds 32 bytes and a tag");
        Ok(Envelope { cipher: Cipher::new(&secret), context })
    }
}

impl Drop for Header {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.secret);
    }
}

/// Offset of a chunk in the stored blob; `None` beyond the largest offset.
pub(super) fn offset_of(number: u64) -> Option<u64> {
    number.checked_mul(SEALED as u64)?.checked_add(HEADER as u64)
}

/// Number of chunks and of content bytes in a stored blob of this size.
pub(super) fn measure(stored: u64) -> Result<(u64, u64), Damage> {
    let body = stored.checked_sub(HEADER as u64).ok_or(Damage::Truncated)?;
    let chunks = body.div_ceil(SEALED as u64).max(1);
    // Only an empty blob has a chunk without content.
    let least = (chunks - 1) * SEALED as u64 + TAG as u64 + u64::from(chunks > 1);
    if body < least {
        return Err(Damage::Truncated);
    }
    Ok((chunks, body - chunks * TAG as u64))
}

fn context(blob: BlobKey, version: KeyVersion) -> Vec<u8> {
    let (owner, id) = (blob.owner.uuid().as_u128(), blob.id.as_u128());
    [DOMAIN, &owner.to_be_bytes(), &id.to_be_bytes(), &version.0.to_be_bytes()].concat()
}

fn nonce(number: u64, is_last: bool) -> [u8; NONCE] {
    let mut nonce = [0; NONCE];
    nonce[..8].copy_from_slice(&number.to_be_bytes());
    nonce[NONCE - 1] = u8::from(is_last);
    nonce
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_must_be_whole_chunks_and_a_last_one() {
        let (header, chunk, sealed, tag) = (HEADER as u64, CHUNK as u64, SEALED as u64, TAG as u64);
        let check = |stored, expected| assert_eq!(measure(stored), expected, "{stored}");
        check(header - 1, Err(Damage::Truncated));
        check(header, Err(Damage::Truncated));
        check(header + tag, Ok((1, 0)));
        check(header + tag + 1, Ok((1, 1)));
        check(header + sealed, Ok((1, chunk)));
        check(header + sealed + tag - 1, Err(Damage::Truncated));
        check(header + sealed + tag, Err(Damage::Truncated));
        check(header + sealed + tag + 1, Ok((2, chunk + 1)));
        check(header + 3 * sealed, Ok((3, 3 * chunk)));
    }

    #[test]
    fn chunk_beyond_the_largest_offset_has_no_offset() {
        assert_eq!(offset_of(0), Some(HEADER as u64));
        assert_eq!(offset_of(u64::MAX / CHUNK as u64), None);
    }
}
