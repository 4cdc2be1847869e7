//! Location of downloaded and computed files.

use std::env;
use std::path::PathBuf;

/// Path of the cache folder: `OZ_CACHE_DIR`, else `XDG_CACHE_HOME/oz`, else `.cache/oz` in the home folder.
///
/// Returns `None` when no variable that determines it is set. The folder need not exist.
#[must_use]
pub fn cache_dir() -> Option<PathBuf> {
    resolve(|name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from))
}

fn resolve(variable: impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    variable("OZ_CACHE_DIR")
        .or_else(|| variable("XDG_CACHE_HOME").map(|base| base.join("oz")))
        .or_else(|| variable("HOME").or_else(|| variable("USERPROFILE")).map(|home| home.join(".cache/oz")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(known: &[(&str, &str)], expected: Option<&str>) {
        let found = resolve(|name| known.iter().find(|(n, _)| *n == name).map(|(_, value)| value.into()));
        assert_eq!(found, expected.map(PathBuf::from));
    }

    #[test]
    fn most_specific_variable_wins() {
        check(&[("OZ_CACHE_DIR", "/a"), ("XDG_CACHE_HOME", "/b"), ("HOME", "/c")], Some("/a"));
        check(&[("XDG_CACHE_HOME", "/b"), ("HOME", "/c")], Some("/b/oz"));
        check(&[("HOME", "/c")], Some("/c/.cache/oz"));
        check(&[], None);
    }
}
