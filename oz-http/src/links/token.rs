//! The signed part of a URL.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use oz_core::folder::MediaRole;
use oz_core::system::{Timestamp, Uuid};
use sha2::Sha256;

use super::LinkedFile;

/// Stands before everything that is signed, so that no other signature of the service can be one of these.
const DOMAIN: &[u8] = b"oz.media-url.1";
const SIGNATURE: usize = 32;

/// Why a URL is not served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LinkFault {
    /// It was never given out.
    Forged,
    /// It was given out too long ago.
    Expired,
}

/// The token of a file: kind, ids, end and signature, as base64 for URLs.
pub(super) fn seal(file: LinkedFile, expires: Timestamp, secret: &[u8; 32]) -> String {
    let mut bytes = encode(file);
    bytes.extend_from_slice(&expires.as_micros().to_be_bytes());
    let signature = mac(secret, &bytes).finalize().into_bytes();
    bytes.extend_from_slice(&signature);
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// The file of a token, if it was made with this secret and is still good.
///
/// # Errors
/// Why not; whether a token has expired is told only to who holds a true one.
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
    let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(secret).expect("a key of any length is taken");
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
    fn a_token_opens_what_it_was_made_for_until_its_end() {
        let end = Timestamp::from_secs(1_000);
        for file in files() {
            let token = seal(file, end, &SECRET);
            assert_eq!(open(&token, &SECRET, Timestamp::from_secs(999)), Ok(file));
            assert_eq!(open(&token, &SECRET, end), Err(LinkFault::Expired));
        }
    }

    #[test]
    fn no_bit_of_a_token_can_be_changed() {
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
