//! AES-256-GCM-SIV (RFC 8452), the only cipher of the crate. It resists accidental nonce reuse.

use std::fmt;

use aes_gcm_siv::{AeadInOut as _, Aes256GcmSiv, KeyInit as _, Nonce, Tag};

/// Length of a nonce in bytes.
pub(crate) const NONCE: usize = 12;
/// Length of an authentication tag in bytes.
pub(crate) const TAG: usize = 16;

/// Authentication failure: the bytes were not sealed with this key, nonce and context.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Forged;

/// Expanded key. `Debug` does not show it; it is wiped when dropped.
pub(crate) struct Cipher(Aes256GcmSiv);

impl Cipher {
    pub(crate) fn new(secret: &[u8; 32]) -> Self {
        Self(Aes256GcmSiv::new(secret.into()))
    }

    /// Encrypts `text[start..]` in place and appends the tag.
    pub(crate) fn seal(&self, nonce: &[u8; NONCE], context: &[u8], text: &mut Vec<u8>, start: usize) {
        let sealed =
            self.0.encrypt_inout_detached(&Nonce::from(*nonce), context, text[start..].as_mut().into());
        text.extend_from_slice(&sealed.expect("the plaintext is shorter than 64 GiB"));
    }

    /// Decrypts in place and returns the plaintext without the tag.
    pub(crate) fn open<'a>(
        &self,
        nonce: &[u8; NONCE],
        context: &[u8],
        sealed: &'a mut [u8],
    ) -> Result<&'a mut [u8], Forged> {
        let length = sealed.len().checked_sub(TAG).ok_or(Forged)?;
        let (text, tag) = sealed.split_at_mut(length);
        let tag = Tag::try_from(&*tag).map_err(|_| Forged)?;
        let opened = self.0.decrypt_inout_detached(&Nonce::from(*nonce), context, (&mut *text).into(), &tag);
        opened.map_err(|_| Forged)?;
        Ok(text)
    }
}

impl fmt::Debug for Cipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cipher")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes<const N: usize>(hex: &str) -> [u8; N] {
        std::array::from_fn(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap())
    }

    #[test]
    fn rfc_8452_test_vector_matches() {
        // RFC 8452, appendix C.2, the case with plaintext 02...00 (8 bytes) and additional data 01.
        let mut secret = [0; 32];
        secret[0] = 1;
        let mut nonce = [0; 12];
        nonce[0] = 3;
        let cipher = Cipher::new(&secret);
        let mut text = bytes::<8>("0200000000000000").to_vec();
        cipher.seal(&nonce, &[1], &mut text, 0);
        assert_eq!(text, bytes::<24>("1de22967237a813291213f267e3b452f02d01ae33e4ec854"));
        assert_eq!(cipher.open(&nonce, &[1], &mut text.clone()).unwrap(), bytes::<8>("0200000000000000"));
        assert_eq!(cipher.open(&nonce, &[2], &mut text).unwrap_err(), Forged);
    }

    #[test]
    fn input_shorter_than_a_tag_is_forged() {
        let cipher = Cipher::new(&[7; 32]);
        assert_eq!(cipher.open(&[0; NONCE], b"", &mut [0; TAG - 1]).unwrap_err(), Forged);
    }
}
