//! Signed tokens in URLs.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use oz_core::folder::MediaRole;
use oz_core::system::{Timestamp, Uuid};
use sha2::Sha256;

use super::LinkedFile;

/// Domain separation: prefix of all signed data, so that no other signature of the service is valid here.
const DOMAIN: &[u8] = b"oz.media-url.1";
const SIGNATURE: usize = 32;

/// Reason why a token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LinkFault {
    /// Malformed, or not signed by this service.
    Forged,
    /// Expired.
    Expired,
}

/// Creates the token of a file: kind, IDs, expiry time and HMAC-SHA-256, in URL-safe Base64.
pub(super) fn seal(file: LinkedFile, expires: Timestamp, secret: &[u8; 32]) -> String {
    let mut bytes = encode(file);
    bytes.extend_from_slice(&expires.as_micros().to_be_bytes());
    let signature = mac(secret, &bytes).finalize().into_bytes();
    bytes.extend_from_slice(&signature);
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// Verifies a token and returns its file.
///
/// # Errors
/// The signature is checked before the expiry time, so that only genuine tokens are reported as expired.
pub(crate) fn open(token: &str, secret: &[u8; 32], now: Timestamp) -> Result<LinkedFile, LinkFault> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).map_err(|_| LinkFault::Forged)?;
    let at = bytes.len().checked_sub(SIGNATURE).ok_or(LinkFault::Forged)?;
    let (signed, signature) = bytes.split_at(at);
    mac(secret, signed).verify_slice(signature).map_err(|_| LinkFault::Forged)?;

    let (content, end) = signed.split_last_chunk::<8>().ok_or(LinkFault::Forged)?;
    let file = decode(content).ok_or(LinkFault::Forged)?;
    if now >= Timestamp::from_micros(i64::from_be_bytes(*end)) { Err(LinkFault::Expired) } else { Ok(file) }
}

fn mac(secret: &[u8; 32], bytes: &[u8]) -> Hmac<Sha256> {
    let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(secret).expect("HMAC accepts keys of any length");
    mac.chain_update(DOMAIN).chain_update(bytes)
}

const ROLES: [MediaRole; 3] = [MediaRole::Original, MediaRole::Thumbnail, MediaRole::Preview];
const BEST_SHOT: u8 = 3;
const REFERENCE: u8 = 4;

fn encode(file: LinkedFile) -> Vec<u8> {
    let (kind, ids): (u8, Vec<Uuid>) = match file {
        LinkedFile::Media(id, MediaRole::Original) => (0, vec![id.uuid()]),
        LinkedFile::Media(id, MediaRole::Thumbnail) => (1, vec![id.uuid()]),
        LinkedFile::Media(id, MediaRole::Preview) => (2, vec![id.uuid()]),
        LinkedFile::BestShot(analysis, media) => (BEST_SHOT, vec![analysis.uuid(), media.uuid()]),
        LinkedFile::Reference(collection, subject, reference) => {
            (REFERENCE, vec![collection.uuid(), subject.uuid(), reference.uuid()])
        }
    };
    let ids = ids.iter().flat_map(|id| id.as_u128().to_be_bytes());
    std::iter::once(kind).chain(ids).collect()
}

fn decode(bytes: &[u8]) -> Option<LinkedFile> {
    let (kind, ids) = bytes.split_first()?;
    let (ids, rest) = ids.as_chunks::<16>();
    let ids: Vec<Uuid> = ids.iter().map(|id| Uuid::from_u128(u128::from_be_bytes(*id))).collect();
    match (*kind, &ids[..], rest) {
        (role @ 0..=2, &[id], []) => Some(LinkedFile::Media(id.into(), ROLES[usize::from(role)])),
        (BEST_SHOT, &[analysis, media], []) => Some(LinkedFile::BestShot(analysis.into(), media.into())),
        (REFERENCE, &[collection, subject, reference], []) => {
            Some(LinkedFile::Reference(collection.into(), subject.into(), reference.into()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: [u8; 32] = [7; 32];

    fn id<T: From<Uuid>>(bits: u128) -> T {
        Uuid::from_u128(bits).into()
    }

    fn files() -> Vec<LinkedFile> {
        let of_media = ROLES.map(|role| LinkedFile::Media(id(u128::MAX - 5), role));
        let others = [LinkedFile::BestShot(id(1), id(2)), LinkedFile::Reference(id(3), id(4), id(5))];
        of_media.into_iter().chain(others).collect()
    }

    #[test]
    fn token_is_valid_until_it_expires() {
        let end = Timestamp::from_secs(1_000);
        for file in files() {
            let token = seal(file, end, &SECRET);
            assert_eq!(open(&token, &SECRET, Timestamp::from_secs(999)), Ok(file));
            assert_eq!(open(&token, &SECRET, end), Err(LinkFault::Expired));
        }
    }

    #[test]
    fn changing_any_bit_invalidates_a_token() {
        let now = Timestamp::EPOCH;
        for file in files() {
            let token = seal(file, Timestamp::from_secs(1_000), &SECRET);
            let bytes = BASE64_URL_SAFE_NO_PAD.decode(&token).unwrap();
            for bit in 0..bytes.len() * 8 {
                let mut changed = bytes.clone();
                changed[bit / 8] ^= 1 << (bit % 8);
                let changed = BASE64_URL_SAFE_NO_PAD.encode(changed);
                assert_eq!(open(&changed, &SECRET, now), Err(LinkFault::Forged), "bit {bit}");
            }
            assert_eq!(open(&token, &[8; 32], now), Err(LinkFault::Forged));
            assert_eq!(open(&token[..token.len() - 4], &SECRET, now), Err(LinkFault::Forged));
        }
        for token in ["", "?", "AAAA"] {
            assert_eq!(open(token, &SECRET, now), Err(LinkFault::Forged));
        }
    }
}
