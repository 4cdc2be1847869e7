//! Unique IDs.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Error;

/// A UUID, displayed in the lowercase text form of RFC 9562: `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`.
///
/// The bits are not interpreted. Setting version and variant is the task of the [`super::port::IdGenerator`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Uuid(u128);

impl Uuid {
    /// Creates a UUID from its 128 bits; the first character is in the most significant bits.
    #[must_use]
    pub const fn from_u128(bits: u128) -> Self {
        Self(bits)
    }

    /// The 128 bits.
    #[must_use]
    pub const fn as_u128(self) -> u128 {
        self.0
    }

    /// Creates a version 4 (random) UUID of the RFC 9562 variant from 128 random bits.
    #[must_use]
    pub const fn from_random_bits(bits: u128) -> Self {
        let versioned = bits & !(0xf << 76) | (4 << 76);
        Self(versioned & !(0b11 << 62) | (0b10 << 62))
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = self.0;
        let (a, b, c) = (bits >> 96, bits >> 80 & 0xffff, bits >> 64 & 0xffff);
        let (d, e) = (bits >> 48 & 0xffff, bits & 0xffff_ffff_ffff);
        write!(f, "{a:08x}-{b:04x}-{c:04x}-{d:04x}-{e:012x}")
    }
}

impl fmt::Debug for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl From<Uuid> for String {
    fn from(id: Uuid) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for Uuid {
    type Error = Error;
    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl FromStr for Uuid {
    type Err = Error;

    /// Parses 32 hexadecimal digits of either case, with the four hyphens of the text form or without any.
    fn from_str(text: &str) -> Result<Self, Error> {
        let hyphenated = text.len() == 36 && [8, 13, 18, 23].iter().all(|&at| text.as_bytes()[at] == b'-');
        let digits = if hyphenated { text.replace('-', "") } else { text.to_owned() };
        let valid = digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let bits = valid.then(|| u128::from_str_radix(&digits, 16).ok()).flatten();
        bits.map(Self).ok_or(Error::InvalidValue { name: "id", detail: "must be a UUID".into() })
    }
}

/// Declares an ID type for one kind of record, so that IDs of different kinds cannot be confused.
macro_rules! typed_id {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name($crate::system::Uuid);

        impl $name {
            /// Kind of record, for messages.
            pub const KIND: &'static str = $kind;

            /// The underlying UUID.
            #[must_use]
            pub const fn uuid(self) -> $crate::system::Uuid {
                self.0
            }

            /// Error for an absent record, `storage.not_found`.
            #[must_use]
            pub fn not_found(self) -> $crate::Error {
                $crate::Error::NotFound { what: self.describe() }
            }

            /// Error for a conflicting change, `storage.conflict`.
            #[must_use]
            pub fn conflict(self) -> $crate::Error {
                $crate::Error::Conflict { what: self.describe() }
            }

            fn describe(self) -> String {
                format!("{} {}", Self::KIND, self.0)
            }
        }

        impl From<$crate::system::Uuid> for $name {
            fn from(id: $crate::system::Uuid) -> Self {
                Self(id)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::Error;
            fn from_str(text: &str) -> $crate::Result<Self> {
                text.parse().map(Self)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}", self.0)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{} {}", Self::KIND, self.0)
            }
        }
    };
}
pub(crate) use typed_id;

typed_id!(
    /// ID of a company, the owner of stored records.
    CompanyId,
    "company"
);

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "0c3b9d6f-1122-4344-8566-778899aabbcc";

    #[test]
    fn text_form_round_trips() {
        let id: Uuid = TEXT.parse().unwrap();
        assert_eq!(id.to_string(), TEXT);
        assert_eq!(TEXT.to_uppercase().parse::<Uuid>().unwrap(), id);
        assert_eq!(TEXT.replace('-', "").parse::<Uuid>().unwrap(), id);
    }

    #[test]
    fn text_other_than_a_uuid_is_refused() {
        let shifted = TEXT.replacen("f-1", "-f1", 1);
        let texts = [
            "",
            "0c3b",
            "+c3b9d6f112243448566778899aabbcc",
            "0c3b9d6f-1122-4344-8566-778899aabbcg",
            &shifted,
        ];
        for text in texts {
            assert_eq!(text.parse::<Uuid>().unwrap_err().code(), "input.invalid_value", "{text}");
        }
        assert!("ü".repeat(18).parse::<Uuid>().is_err(), "36 bytes that are not digits");
    }

    #[test]
    fn random_bits_yield_a_version_4_uuid() {
        for bits in [0, u128::MAX] {
            let text = Uuid::from_random_bits(bits).to_string();
            assert_eq!(&text[14..15], "4", "{text}");
            assert!(matches!(&text[19..20], "8" | "b"), "{text}");
        }
    }

    #[test]
    fn typed_id_shows_its_kind() {
        let company: CompanyId = TEXT.parse().unwrap();
        assert_eq!(format!("{company:?}"), format!("company {TEXT}"));
        assert_eq!(company.not_found().code(), "storage.not_found");
    }
}
