//! Kinds of analyses: the built-in ones, and those of an application.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// Kind of analysis. Each kind has a [judge](super::judgement::port::AnalysisJudge).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum AnalysisKind {
    /// Presentation attack detection, with best shot and quality.
    Liveness,
    /// One-to-one comparison of all pairs of media.
    Matching,
    /// One-to-many search in a collection.
    Search,
    /// Kind that an application adds.
    Custom(CustomKind),
}

impl AnalysisKind {
    /// Kinds with a built-in judge.
    pub const BUILT_IN: &'static [Self] = &[Self::Liveness, Self::Matching, Self::Search];

    /// Stable name used in storage.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Liveness => "liveness",
            Self::Matching => "matching",
            Self::Search => "search",
            Self::Custom(kind) => kind.name(),
        }
    }

    /// Looks up a kind by its stable name. Every other valid name is a [`Custom`](Self::Custom) kind.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let built_in = Self::BUILT_IN.iter().copied().find(|known| known.name() == name);
        built_in.or_else(|| CustomKind::new(name).ok().map(Self::Custom))
    }
}

impl From<AnalysisKind> for String {
    fn from(kind: AnalysisKind) -> Self {
        kind.name().to_owned()
    }
}

impl TryFrom<String> for AnalysisKind {
    type Error = Error;

    fn try_from(name: String) -> Result<Self> {
        Self::named(&name).ok_or_else(invalid)
    }
}

/// Name of a kind of analysis that an application adds, e.g. `age_estimation`: 1 to 32 characters `a-z`,
/// `0-9` and `_`, starting with a letter.
///
/// ```
/// use oz_core::folder::CustomKind;
///
/// assert_eq!(CustomKind::new("age_estimation").unwrap().name(), "age_estimation");
/// assert!(CustomKind::new("Age").is_err());
/// assert!(CustomKind::new("liveness").is_err(), "taken by a built-in kind");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CustomKind {
    /// The name, padded with zeros; inline, so that a kind can be copied.
    bytes: [u8; Self::MAX],
}

impl CustomKind {
    const MAX: usize = 32;

    /// Checks a name.
    ///
    /// # Errors
    /// `input.invalid_value` for an invalid name and for that of a built-in kind.
    pub fn new(name: &str) -> Result<Self> {
        let is_valid = (1..=Self::MAX).contains(&name.len())
            && name.starts_with(|first: char| first.is_ascii_lowercase())
            && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
        let is_taken = AnalysisKind::BUILT_IN.iter().any(|kind| kind.name() == name);
        if !is_valid || is_taken {
            return Err(invalid());
        }

        let mut bytes = [0; Self::MAX];
        bytes[..name.len()].copy_from_slice(name.as_bytes());
        Ok(Self { bytes })
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        let length = self.bytes.iter().position(|byte| *byte == 0).unwrap_or(Self::MAX);
        std::str::from_utf8(&self.bytes[..length]).expect("the name is ASCII")
    }
}

impl fmt::Debug for CustomKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CustomKind({})", self.name())
    }
}

fn invalid() -> Error {
    Error::InvalidValue {
        name: "analysis kind",
        detail:
            "must have 1 to 32 characters a-z, 0-9 and _, start with a letter, and not be a built-in kind"
                .into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        let own = AnalysisKind::Custom(CustomKind::new("age_estimation").unwrap());
        for kind in AnalysisKind::BUILT_IN.iter().chain([&own]) {
            assert_eq!(AnalysisKind::named(kind.name()), Some(*kind));
            let json = serde_json::to_string(kind).unwrap();
            assert_eq!(serde_json::from_str::<AnalysisKind>(&json).unwrap(), *kind);
        }
    }

    #[test]
    fn invalid_names_are_refused() {
        let longest = "a".repeat(32);
        assert_eq!(CustomKind::new(&longest).unwrap().name(), longest);
        for name in ["", "Age", "1st", "a-b", "ä", "matching", &"a".repeat(33)] {
            assert_eq!(CustomKind::new(name).unwrap_err().code(), "input.invalid_value", "{name}");
        }
        assert!(serde_json::from_str::<AnalysisKind>("\"Not a name\"").is_err());
    }
}
