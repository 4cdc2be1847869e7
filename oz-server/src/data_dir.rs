//! Data folder of the service.

use std::fs;
use std::path::{Path, PathBuf};

use oz::{Error, Result};

/// Data folder of the service, accessible to its owner only.
///
/// ```text
/// oz.sqlite3       accounts, folders, analyses, collections, jobs, audit trail
/// blobs/           media, encrypted, under generated names
/// keys/            data keys of the companies, wrapped by the master key
/// master.key       wraps the data keys; keep a copy elsewhere
/// secrets.json     signing keys of tokens, media URLs and webhooks
/// ```
#[derive(Debug, Clone)]
pub struct DataDir(PathBuf);

impl DataDir {
    /// Opens the given folder, and creates it if it does not exist. Default: `OZ_DATA_DIR`, else
    /// `XDG_DATA_HOME/oz`, else `.local/share/oz` in the home folder.
    ///
    /// # Errors
    /// `config.invalid` when no folder is given and none of the variables is set; `file.unreadable` when the
    /// folder cannot be created.
    pub fn open(given: Option<&Path>) -> Result<Self> {
        let path = Self::locate(given)?;
        create_private(&path)?;
        Ok(Self(path))
    }

    /// Ensures that the folder exists, without creating it: commands that inspect or maintain a service must
    /// not create an empty one where its path is misspelt.
    ///
    /// # Errors
    /// `config.invalid` when the folder does not exist, and as [`DataDir::open`].
    pub fn ensure_exists(given: Option<&Path>) -> Result<()> {
        let path = Self::locate(given)?;
        if path.is_dir() {
            return Ok(());
        }
        let path = path.display();
        Err(Error::Config {
            detail: format!("service.data_dir: {path} does not exist; `oz serve` creates it"),
        })
    }

    fn locate(given: Option<&Path>) -> Result<PathBuf> {
        let path = given
            .map(Path::to_owned)
            .or_else(|| default_path(|name| std::env::var_os(name).map(PathBuf::from)));
        path.ok_or_else(|| Error::Config {
            detail: "service.data_dir: required, because the home folder for the default is unknown".into(),
        })
    }

    /// Path of the folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Path of the SQLite database.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.0.join("oz.sqlite3")
    }

    /// Folder of the media.
    #[must_use]
    pub fn blobs(&self) -> PathBuf {
        self.0.join("blobs")
    }

    /// Folder of the wrapped data keys.
    #[must_use]
    pub fn keys(&self) -> PathBuf {
        self.0.join("keys")
    }

    /// File of the master key, which wraps the data keys.
    #[must_use]
    pub fn master_key(&self) -> PathBuf {
        self.0.join("master.key")
    }

    /// File of the signing keys.
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

/// Creates a folder that only its owner can access. An existing folder keeps its permissions.
fn create_private(path: &Path) -> Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|source| Error::File { action: "create", path: path.into(), source })
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
    fn most_specific_variable_determines_the_default() {
        check(&[("OZ_DATA_DIR", "/a"), ("XDG_DATA_HOME", "/b"), ("HOME", "/c")], Some("/a"));
        check(&[("OZ_DATA_DIR", ""), ("XDG_DATA_HOME", "/b"), ("HOME", "/c")], Some("/b/oz"));
        check(&[("HOME", "/c")], Some("/c/.local/share/oz"));
        check(&[], None);
    }

    #[test]
    #[cfg(unix)]
    fn new_folder_is_accessible_to_its_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let parent = tempfile::tempdir().unwrap();
        let folder = DataDir::open(Some(&parent.path().join("a/b"))).unwrap();
        assert_eq!(fs::metadata(folder.path()).unwrap().permissions().mode() & 0o777, 0o700);
    }
}
