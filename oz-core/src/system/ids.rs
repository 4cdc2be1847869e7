//! Names that no two things share.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Error;

/// A 128-bit name in the text form of RFC 9562: `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`, lowercase.
///
/// Nothing is read out of the bits; whoever makes one (see [`super::port::IdGenerator`]) sets version and variant.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Uuid(u128);

impl Uuid {
    /// From its 128 bits, the first character in the highest ones.
    #[must_use]
    pub const fn from_u128(bits: u128) -> Self {
        Self(bits)
    }

    /// The 128 bits.
    #[must_use]
    pub const fn as_u128(self) -> u128 {
        self.0
    }

    /// Version 4 (random) and the RFC variant stamped onto 128 random bits.
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

    /// Reads 32 hexadecimal digits of either case, with the four hyphens of the text form or without any.
    fn from_str(text: &str) -> Result<Self, Error> {
        let hyphenated = text.len() == 36 && [8, 13, 18, 23].iter().all(|&at| text.as_bytes()[at] == b'-');
        let digits = if hyphenated { text.replace('-', "") } else { text.to_owned() };
        let valid = digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let bits = valid.then(|| u128::from_str_radix(&digits, 16).ok()).flatten();
        bits.map(Self).ok_or(Error::InvalidValue {
            name: "id",
            detail: "it is not 32 hexadecimal digits in the form of a UUID".into(),
        })
    }
}

/// Declares the name of one kind of thing, so that names of different kinds cannot be mixed up.
macro_rules! typed_id {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name($crate::system::Uuid);

        impl $name {
            /// What it names, for messages.
            pub const KIND: &'static str = $kind;

            /// The name itself.
            #[must_use]
            pub const fn uuid(self) -> $crate::system::Uuid {
                self.0
            }

            /// The error of reading what is not stored, `storage.not_found`.
            #[must_use]
            pub fn not_found(self) -> $crate::Error {
                $crate::Error::NotFound { what: self.describe() }
            }

            /// The error of a change that meets another one, `storage.conflict`.
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
    /// Names a company, the owner of everything that is stored.
    CompanyId,
    "company"
);

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "0c3b9d6f-1122-4344-8566-778899aabbcc";

    #[test]
    fn text_form_survives_a_round_trip() {
        let id: Uuid = TEXT.parse().unwrap();
        assert_eq!(id.to_string(), TEXT);
        assert_eq!(TEXT.to_uppercase().parse::<Uuid>().unwrap(), id);
        assert_eq!(TEXT.replace('-', "").parse::<Uuid>().unwrap(), id);
    }

    #[test]
    fn anything_but_a_uuid_is_refused() {
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
        assert!("ü".repeat(18).parse::<Uuid>().is_err(), "36 bytes that are no digits");
    }

    #[test]
    fn random_bits_become_a_version_4_name() {
        for bits in [0, u128::MAX] {
            let text = Uuid::from_random_bits(bits).to_string();
            assert_eq!(&text[14..15], "4", "{text}");
            assert!(matches!(&text[19..20], "8" | "b"), "{text}");
        }
    }

    #[test]
    fn a_typed_id_says_what_it_names() {
        let company: CompanyId = TEXT.parse().unwrap();
        assert_eq!(format!("{company:?}"), format!("company {TEXT}"));
        assert_eq!(company.not_found().code(), "storage.not_found");
    }
}
