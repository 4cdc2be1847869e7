//! Standard Webhooks 1.0 signatures: `v1,` and the Base64 of an HMAC-SHA-256 over ID, timestamp and body.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use oz_core::system::CompanyId;
use sha2::Sha256;

use crate::ServiceSecrets;

/// Domain separator for deriving the secret of a company.
const DOMAIN: &[u8] = b"oz.webhook.1";

/// Secret with which a company verifies signatures, in the format of Standard Webhooks libraries (`whsec_`
/// and Base64). Each company has its own secret, so that none can forge notices to another.
#[must_use]
pub fn webhook_secret(secrets: &ServiceSecrets, company: CompanyId) -> String {
    format!("whsec_{}", STANDARD.encode(key(secrets, company)))
}

/// Value of the header `webhook-signature`.
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
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC accepts keys of any length");
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signature_matches_the_published_example() {
        // Standard Webhooks 1.0, section "Verifying signatures".
        let key = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let body = br#"{"test": 2432232314}"#;
        let head = b"msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.";
        let signature = STANDARD.encode(mac(&key, &[head, body]));
        assert_eq!(signature, "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn each_company_has_its_own_secret() {
        let secrets = ServiceSecrets::generate().unwrap();
        let of = |number| webhook_secret(&secrets, oz_core::system::Uuid::from_u128(number).into());
        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
        assert_eq!(STANDARD.decode(of(1).strip_prefix("whsec_").unwrap()).unwrap().len(), 32);
    }
}
