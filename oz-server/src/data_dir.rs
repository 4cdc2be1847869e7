//! The folder where the service keeps everything.

use std::fs;
use std::path::{Path, PathBuf};

use oz::{Error, Result};

/// The data folder, made and closed to others.
///
/// ```text
/// oz.sqlite3       accounts, folders, analyses, collections, jobs, audit trail
/// blobs/           media, encrypted, under generated names
/// keys/            the companies' data keys, wrapped by the master key
/// master.key       wraps the data keys; keep a copy elsewhere
/// secrets.json     signs tokens, media addresses, webhooks
/// ```
#[derive(Debug, Clone)]
pub struct DataDir(PathBuf);

impl DataDir {
    /// Opens the folder of the settings, or the user's: `OZ_DATA_DIR`, else `XDG_DATA_HOME/oz`, else `.local/share/oz` in the
    /// home folder.
    ///
    /// # Errors
    /// `config.invalid` when there is no home folder either; `file.unreadable` when it cannot be made.
    pub fn open(given: Option<&Path>) -> Result<Self> {
        let path = given
            .map(Path::to_owned)
            .or_else(|| default_path(|name| std::env::var_os(name).map(PathBuf::from)));
        let path = path.ok_or_else(|| Error::Config {
            detail: "service.data_dir: there is no home folder; name a folder".into(),
        })?;
        make_private(&path)?;
        Ok(Self(path))
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The SQLite database.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.0.join("oz.sqlite3")
    }

    /// Media.
    #[must_use]
    pub fn blobs(&self) -> PathBuf {
        self.0.join("blobs")
    }

    /// Wrapped data keys.
    #[must_use]
    pub fn keys(&self) -> PathBuf {
        self.0.join("keys")
    }

    /// The key that wraps them.
    #[must_use]
    pub fn master_key(&self) -> PathBuf {
        self.0.join("master.key")
    }

    /// Keys that sign.
    #[must_use]
    pub fn secrets(&self) -> PathBuf {
        self.0.join("secrets.json")
    }
}

fn default_path(variable: impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    let given = |name| variable(name).filter(|path: &PathBuf| !path.as_os_str().is_empty());
    given("OZ_DATA_DIR")
        .or_else(|| given("XDG_DATA_HOME").map(|base| base.join("oz")))
        .or_else(|| given("HOME").map(|home| home.join(".local/share/oz")))
}

/// Makes a folder that only its owner can enter. One that is there keeps its permissions.
fn make_private(path: &Path) -> Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|source| Error::File { action: "make", path: path.into(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(variables: &[(&str, &str)], expected: Option<&str>) {
        let variable = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| PathBuf::from(value))
        };
        assert_eq!(default_path(variable), expected.map(PathBuf::from));
    }

    #[test]
    fn the_most_particular_variable_names_the_folder() {
        check(&[("OZ_DATA_DIR", "/a"), ("XDG_DATA_HOME", "/b"), ("HOME", "/c")], Some("/a"));
        check(&[("OZ_DATA_DIR", ""), ("XDG_DATA_HOME", "/b"), ("HOME", "/c")], Some("/b/oz"));
        check(&[("HOME", "/c")], Some("/c/.local/share/oz"));
        check(&[], None);
    }

    #[test]
    #[cfg(unix)]
    fn a_new_folder_is_closed_to_others() {
        use std::os::unix::fs::PermissionsExt;
        let parent = tempfile::tempdir().unwrap();
        let folder = DataDir::open(Some(&parent.path().join("a/b"))).unwrap();
        assert_eq!(fs::metadata(folder.path()).unwrap().permissions().mode() & 0o777, 0o700);
    }
}
