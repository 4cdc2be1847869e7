//! Path under which a service is mounted.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Path in front of all paths of the service: empty, or segments of letters, digits, `-`, `_` and `.`, each
/// after a slash.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PathPrefix(String);

impl PathPrefix {
    /// Checks a prefix. A slash at its end is dropped.
    ///
    /// # Errors
    /// A description of the problem.
    pub fn new(text: &str) -> Result<Self, String> {
        let prefix = text.trim_end_matches('/');
        let is_segment = |segment: &str| {
            let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
            !segment.is_empty() && !segment.starts_with('.') && segment.chars().all(allowed)
        };

        let segments = prefix.strip_prefix('/').map(|rest| rest.split('/').all(is_segment));
        if prefix.is_empty() || segments == Some(true) {
            return Ok(Self(prefix.to_owned()));
        }
        Err(format!("`{text}` must be a path such as /identity"))
    }

    /// The prefix: empty, or with a slash at its start and none at its end.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PathPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for PathPrefix {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::new(&text)
    }
}

impl From<PathPrefix> for String {
    fn from(prefix: PathPrefix) -> Self {
        prefix.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_normalised_or_refused() {
        for (text, prefix) in [("", ""), ("/", ""), ("/oz", "/oz"), ("/a/b-1/", "/a/b-1")] {
            assert_eq!(PathPrefix::new(text).unwrap().as_str(), prefix);
        }
        for text in ["oz", "/{id}", "/a//b", "/a b", "/../x", "/ä"] {
            assert!(PathPrefix::new(text).is_err(), "{text}");
        }
    }
}
