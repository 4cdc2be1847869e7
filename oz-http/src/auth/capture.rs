//! Capture tokens: short-lived JWTs (ES384), each valid for one upload.

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

use crate::state::StateError;

/// Header of every token. Tokens with any other header are rejected, so a client cannot choose the algorithm.
const HEADER: &str = r#"{"alg":"ES384","typ":"JWT"}"#;

/// Audience claim (`aud`).
const AUDIENCE: &str = "oz-capture";

/// Claims of a capture token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaptureClaims {
    /// Audience; always `oz-capture`.
    pub aud: String,
    /// Token ID.
    pub jti: Uuid,
    /// User who requested the token; `None` on a stateless service.
    pub sub: Option<UserId>,
    /// Issue time, Unix seconds.
    pub iat: i64,
    /// Expiry time, Unix seconds; the token is invalid from this second on.
    pub exp: i64,
}

/// Reason why a token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaptureRefusal {
    /// Malformed, forged or signed by another service.
    Invalid,
    /// Past its expiry time.
    Expired,
    /// Already redeemed.
    Used,
}

/// Issues and redeems capture tokens. This process remembers redeemed tokens until they expire.
pub struct CaptureTokens {
    key: SigningKey,
    lifetime: Duration,
    used: Mutex<HashMap<Uuid, i64>>,
}

impl CaptureTokens {
    /// Signs with a P-384 private key in PKCS #8 PEM; tokens expire `lifetime` after their issue.
    ///
    /// # Errors
    /// [`StateError::CaptureKey`] when the key cannot be parsed.
    pub fn new(key_pem: &str, lifetime: Duration) -> Result<Self, StateError> {
        let key = SecretKey::from_pkcs8_pem(key_pem).map_err(|_| StateError::CaptureKey)?;
        Ok(Self { key: SigningKey::from(key), lifetime, used: Mutex::default() })
    }

    /// Issues a token with the given ID to `user`.
    #[must_use]
    pub fn issue(&self, id: Uuid, user: Option<UserId>, now: Timestamp) -> String {
        let (iat, exp) = (seconds(now), seconds(now.after(self.lifetime)));
        let claims = CaptureClaims { aud: AUDIENCE.into(), jti: id, sub: user, iat, exp };
        let claims = serde_json::to_vec(&claims).expect("claims always serialize to JSON");

        let signed = format!("{}.{}", BASE64.encode(HEADER), BASE64.encode(claims));
        let signature: Signature = self.key.sign(signed.as_bytes());
        format!("{signed}.{}", BASE64.encode(signature.to_bytes()))
    }

    /// Verifies a token and marks it as used.
    ///
    /// # Errors
    /// The reason of the refusal.
    pub fn redeem(&self, token: &str, now: Timestamp) -> Result<CaptureClaims, CaptureRefusal> {
        let claims = self.verified_claims(token).ok_or(CaptureRefusal::Invalid)?;
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

    /// Claims of a token that this service signed.
    fn verified_claims(&self, token: &str) -> Option<CaptureClaims> {
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
    fn token_is_redeemed_once_and_before_it_expires() {
        let tokens = tokens();
        let user = UserId::from(Uuid::from_u128(7));
        let token = tokens.issue(Uuid::from_u128(1), Some(user), at(1_000));
        assert_eq!(tokens.redeem(&token, at(1_299)).unwrap().sub, Some(user));
        assert_eq!(tokens.redeem(&token, at(1_299)), Err(CaptureRefusal::Used));

        let late = tokens.issue(Uuid::from_u128(2), None, at(1_000));
        assert_eq!(tokens.redeem(&late, at(1_300)), Err(CaptureRefusal::Expired));
        assert_eq!(
            tokens.redeem(&token, at(1_299)),
            Err(CaptureRefusal::Used),
            "used tokens are remembered until they expire"
        );
    }

    #[test]
    fn altered_or_foreign_token_is_refused() {
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
    fn key_that_is_not_p384_is_refused() {
        assert_eq!(CaptureTokens::new("text", Duration::ZERO).unwrap_err(), StateError::CaptureKey);
    }
}
