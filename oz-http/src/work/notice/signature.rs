//! Signatures after Standard Webhooks 1.0: `v1,` and the Base64 of HMAC-SHA-256 over id, time and body.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use oz_core::system::CompanyId;
use sha2::Sha256;

use crate::ServiceSecrets;

/// Begins what the secret of a company is derived from.
const DOMAIN: &[u8] = b"oz.webhook.1";

/// The secret by which a company checks signatures, in the form that libraries for Standard Webhooks take. Companies share
/// none, so that one cannot speak to another in our name.
#[must_use]
pub fn webhook_secret(secrets: &ServiceSecrets, company: CompanyId) -> String {
    format!("whsec_{}", STANDARD.encode(key(secrets, company)))
}

/// The value of `webhook-signature`.
pub(super) fn sign(
    secrets: &ServiceSecrets,
    company: CompanyId,
    id: &str,
    timestamp: i64,
    body: &[u8],
) -> String {
    let head = format!("{id}.{timestamp}.");
    format!("v1,{}", STANDARD.encode(mac(&key(secrets, company), &[head.as_bytes(), body])))
}

fn key(secrets: &ServiceSecrets, company: CompanyId) -> [u8; 32] {
    mac(&secrets.webhooks, &[DOMAIN, &company.uuid().as_u128().to_be_bytes()])
}

fn mac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_that_of_the_published_example() {
        // The example of the specification of Standard Webhooks 1.0, section "Verifying signatures".
        let key = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let body = br#"{"test": 2432232314}"#;
        let head = b"msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.";
        let signature = STANDARD.encode(mac(&key, &[head, body]));
        assert_eq!(signature, "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn companies_share_no_secret() {
        let secrets = ServiceSecrets::generate().unwrap();
        let of = |number| webhook_secret(&secrets, oz_core::system::Uuid::from_u128(number).into());
        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
        assert_eq!(STANDARD.decode(of(1).strip_prefix("whsec_").unwrap()).unwrap().len(), 32);
    }
}
