//! Opaque tokens.

use std::fmt;
use std::fmt::Write as _;

use oz_core::account::TokenDigest;

use crate::state::SecretError;

/// Bytes of a token; written as twice as many hexadecimal digits.
const BYTES: usize = 64;

/// A token as the client gets it: 128 lowercase hexadecimal digits. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// A fresh token that nobody can foresee.
    ///
    /// # Errors
    /// When the machine gives no random bytes.
    pub fn generate() -> Result<Self, SecretError> {
        let bytes: [u8; BYTES] = random_bytes()?;
        let mut text = String::with_capacity(2 * BYTES);
        for byte in bytes {
            write!(text, "{byte:02x}").expect("writing into a text does not fail");
        }
        Ok(Self(text))
    }

    /// A token that a client sent.
    #[must_use]
    pub fn sent(text: &str) -> Self {
        Self(text.trim().into())
    }

    /// What is stored of it.
    #[must_use]
    pub fn digest(&self) -> TokenDigest {
        TokenDigest::of(self.0.as_bytes())
    }

    /// The text, for its owner and nobody else.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

/// Random bytes of the machine.
///
/// # Errors
/// When the machine gives none.
pub fn random_bytes<const N: usize>() -> Result<[u8; N], SecretError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| SecretError::Randomness)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_128_lowercase_digits_and_unlike_every_other() {
        let (one, other) = (Token::generate().unwrap(), Token::generate().unwrap());
        assert_eq!(one.reveal().len(), 128);
        assert!(one.reveal().bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')));
        assert_ne!(one.digest(), other.digest());
        assert_eq!(Token::sent(&format!(" {} ", one.reveal())).digest(), one.digest());
    }

    #[test]
    fn debug_shows_no_secret() {
        assert_eq!(format!("{:?}", Token::sent("secret")), "Token(..)");
    }
}
