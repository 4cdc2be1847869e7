//! Opaque session tokens.

use std::fmt;
use std::fmt::Write as _;

use oz_core::account::TokenDigest;

use crate::state::StateError;

/// Token length in bytes; written as twice as many hexadecimal digits.
const BYTES: usize = 64;

/// Opaque token: 128 lowercase hexadecimal digits. `Debug` does not reveal it.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// Generates an unpredictable token.
    ///
    /// # Errors
    /// [`StateError::Randomness`] when the operating system provides no random bytes.
    pub fn generate() -> Result<Self, StateError> {
        let bytes: [u8; BYTES] = random_bytes()?;
        let mut text = String::with_capacity(2 * BYTES);
        for byte in bytes {
            write!(text, "{byte:02x}").expect("writing to a String cannot fail");
        }
        Ok(Self(text))
    }

    /// Wraps a token received from a client; surrounding white space is ignored.
    #[must_use]
    pub fn sent(text: &str) -> Self {
        Self(text.trim().into())
    }

    /// Digest under which the token is stored.
    #[must_use]
    pub fn digest(&self) -> TokenDigest {
        TokenDigest::of(self.0.as_bytes())
    }

    /// Token text, to be sent only to its owner.
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

/// Random bytes from the operating system.
///
/// # Errors
/// [`StateError::Randomness`] when none are available.
pub fn random_bytes<const N: usize>() -> Result<[u8; N], StateError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| StateError::Randomness)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_unique_and_have_128_hexadecimal_digits() {
        let (one, other) = (Token::generate().unwrap(), Token::generate().unwrap());
        assert_eq!(one.reveal().len(), 128);
        assert!(one.reveal().bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')));
        assert_ne!(one.digest(), other.digest());
        assert_eq!(Token::sent(&format!(" {} ", one.reveal())).digest(), one.digest());
    }

    #[test]
    fn debug_output_hides_the_token() {
        assert_eq!(format!("{:?}", Token::sent("secret")), "Token(..)");
    }
}
