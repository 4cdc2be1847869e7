//! Tokens for one capture: short-lived, signed (JWT, ES384), good for one upload.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use oz_core::account::UserId;
use oz_core::system::{Timestamp, Uuid};
use p384::SecretKey;
use p384::ecdsa::signature::{Signer as _, Verifier as _};
use p384::ecdsa::{Signature, SigningKey, VerifyingKey};
use p384::pkcs8::DecodePrivateKey as _;
use serde::{Deserialize, Serialize};

use crate::state::SecretError;

/// The only header that is written, and the only one that is taken: nobody may choose the algorithm.
const HEADER: &str = r#"{"alg":"ES384","typ":"JWT"}"#;

/// Whom the tokens are for.
const AUDIENCE: &str = "oz-capture";

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaptureClaims {
    /// What the token is for.
    pub aud: String,
    /// Name of the token.
    pub jti: Uuid,
    /// Who asked for it; nobody where nobody signs in.
    pub sub: Option<UserId>,
    /// When it was made, UNIX seconds.
    pub iat: i64,
    /// First second at which it holds no more.
    pub exp: i64,
}

/// Why a token is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaptureRefusal {
    /// It is none of ours, or was changed.
    Invalid,
    /// It came too late.
    Expired,
    /// It was used before.
    Used,
}

/// Makes and takes tokens. Used ones are kept in mind by this process until they expire.
pub struct CaptureTokens {
    key: SigningKey,
    lifetime: Duration,
    used: Mutex<HashMap<Uuid, i64>>,
}

impl CaptureTokens {
    /// With a private key of the curve P-384, PKCS #8 in PEM.
    ///
    /// # Errors
    /// When it is none.
    pub fn new(key_pem: &str, lifetime: Duration) -> Result<Self, SecretError> {
        let key = SecretKey::from_pkcs8_pem(key_pem).map_err(|_| SecretError::CaptureKey)?;
        Ok(Self { key: SigningKey::from(key), lifetime, used: Mutex::default() })
    }

    /// A token.
    #[must_use]
    pub fn issue(&self, id: Uuid, user: Option<UserId>, now: Timestamp) -> String {
        let (iat, exp) = (seconds(now), seconds(now.after(self.lifetime)));
        let claims = CaptureClaims { aud: AUDIENCE.into(), jti: id, sub: user, iat, exp };
        let claims = serde_json::to_vec(&claims).expect("claims are plain data");
        let signed = format!("{}.{}", BASE64.encode(HEADER), BASE64.encode(claims));
        let signature: Signature = self.key.sign(signed.as_bytes());
        format!("{signed}.{}", BASE64.encode(signature.to_bytes()))
    }

    /// Takes a token, once.
    ///
    /// # Errors
    /// Why it is not taken.
    pub fn redeem(&self, token: &str, now: Timestamp) -> Result<CaptureClaims, CaptureRefusal> {
        let claims = self.claims(token).ok_or(CaptureRefusal::Invalid)?;
        let now = seconds(now);
        if now >= claims.exp {
            return Err(CaptureRefusal::Expired);
        }
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.retain(|_, exp| now < *exp);
        match used.insert(claims.jti, claims.exp) {
            Some(_) => Err(CaptureRefusal::Used),
            None => Ok(claims),
        }
    }

    /// What a token says, if it was signed by this service.
    fn claims(&self, token: &str) -> Option<CaptureClaims> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        if BASE64.decode(header).ok()? != HEADER.as_bytes() {
            return None;
        }
        let signature = Signature::from_slice(&BASE64.decode(signature).ok()?).ok()?;
        VerifyingKey::from(&self.key).verify(signed.as_bytes(), &signature).ok()?;
        let claims: CaptureClaims = serde_json::from_slice(&BASE64.decode(claims).ok()?).ok()?;
        (claims.aud == AUDIENCE).then_some(claims)
    }
}

fn seconds(time: Timestamp) -> i64 {
    time.as_micros().div_euclid(1_000_000)
}

impl fmt::Debug for CaptureTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CaptureTokens").field("lifetime", &self.lifetime).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ServiceSecrets;

    fn tokens() -> CaptureTokens {
        let pem = ServiceSecrets::generate().unwrap().capture_key_pem;
        CaptureTokens::new(&pem, Duration::from_secs(300)).unwrap()
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_secs(seconds)
    }

    #[test]
    fn a_token_is_taken_once_and_in_time() {
        let tokens = tokens();
        let user = UserId::from(Uuid::from_u128(7));
        let token = tokens.issue(Uuid::from_u128(1), Some(user), at(1_000));
        assert_eq!(tokens.redeem(&token, at(1_299)).unwrap().sub, Some(user));
        assert_eq!(tokens.redeem(&token, at(1_299)), Err(CaptureRefusal::Used));
        let late = tokens.issue(Uuid::from_u128(2), None, at(1_000));
        assert_eq!(tokens.redeem(&late, at(1_300)), Err(CaptureRefusal::Expired));
        assert_eq!(tokens.redeem(&token, at(1_299)), Err(CaptureRefusal::Used), "still kept in mind");
    }

    #[test]
    fn a_changed_or_foreign_token_is_refused() {
        let (ours, theirs) = (tokens(), tokens());
        let token = ours.issue(Uuid::from_u128(1), None, at(1_000));
        let part = |index: usize| token.split('.').nth(index).unwrap().to_owned();
        let unsigned = format!("{}.{}.", BASE64.encode(r#"{"alg":"none","typ":"JWT"}"#), part(1));
        let other_claims = format!("{}.{}.{}", part(0), BASE64.encode("{}"), part(2));
        for wrong in ["", "a.b.c", &token[..token.len() - 4], &unsigned, &other_claims] {
            assert_eq!(ours.redeem(wrong, at(1_000)), Err(CaptureRefusal::Invalid), "{wrong}");
        }
        assert_eq!(theirs.redeem(&token, at(1_000)), Err(CaptureRefusal::Invalid));
        assert!(ours.redeem(&token, at(1_000)).is_ok());
    }

    #[test]
    fn a_key_of_another_kind_is_refused() {
        assert_eq!(CaptureTokens::new("text", Duration::ZERO).unwrap_err(), SecretError::CaptureKey);
    }
}
