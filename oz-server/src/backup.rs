//! Backup and restoration of the data folder.

use std::fs;
use std::path::Path;

use crate::DataDir;
use oz::{Error, Result};

/// Files of the data folder that a backup contains, if they exist there.
const FILES: [&str; 2] = ["master.key", "secrets.json"];

/// Copies the blobs that the backup lacks and returns their number. Blobs are immutable, so that names are compared and
/// not contents.
///
/// # Errors
/// `file.unreadable`.
pub fn copy_blobs(from: &DataDir, to: &Path) -> Result<u64> {
    copy_tree(&from.blobs(), &to.join("blobs"))
}

/// Copies data keys, master key and secrets.
///
/// # Errors
/// `file.unreadable`.
pub fn copy_keys(from: &DataDir, to: &Path) -> Result<()> {
    copy_tree(&from.keys(), &to.join("keys"))?;
    for name in FILES {
        let path = from.path().join(name);
        if path.exists() {
            copy(&path, &to.join(name))?;
        }
    }
    Ok(())
}

/// Restores a backup into a new or empty data folder and returns the number of files.
///
/// # Errors
/// `config.invalid` when the folder is not empty or `backup` contains no database; `file.unreadable`.
pub fn restore(backup: &Path, to: &Path) -> Result<u64> {
    if !backup.join("oz.sqlite3").is_file() {
        return Err(Error::Config {
            detail: format!("backup: {} contains no oz.sqlite3", backup.display()),
        });
    }
    if fs::read_dir(to).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(Error::Config { detail: format!("backup: {} is not empty", to.display()) });
    }
    let folder = DataDir::open(Some(to))?;
    copy_tree(backup, folder.path())
}

/// Copies folders and files that do not exist in the target and returns the number of files.
fn copy_tree(from: &Path, to: &Path) -> Result<u64> {
    let Ok(entries) = fs::read_dir(from) else { return Ok(0) };
    DataDir::open(Some(to))?;
    let mut copied = 0;
    for entry in entries {
        let entry = entry.map_err(|source| failed("read", from, source))?;
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type().map_err(|source| failed("read", &path, source))?;
        if kind.is_dir() {
            copied += copy_tree(&path, &target)?;
        } else if kind.is_file() && !target.exists() {
            copied += u64::from(copy(&path, &target)?);
        }
    }
    Ok(copied)
}

/// Copies a file under a temporary name and renames it, so that an interrupted copy is not mistaken for a complete one.
/// Returns false if the file was deleted in the meantime.
fn copy(from: &Path, to: &Path) -> Result<bool> {
    let unfinished = to.with_extension("unfinished");
    match fs::copy(from, &unfinished) {
        Ok(_) => fs::rename(&unfinished, to).map(|()| true).map_err(|source| failed("write", to, source)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !from.exists() => Ok(false),
        Err(source) => Err(failed("copy", from, source)),
    }
}

fn failed(action: &'static str, path: &Path, source: std::io::Error) -> Error {
    Error::File { action, path: path.into(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backup_is_restored_into_an_empty_folder_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let data = DataDir::open(Some(&path("data"))).unwrap();
        fs::create_dir_all(data.blobs().join("a")).unwrap();
        fs::write(data.blobs().join("a/1"), "one").unwrap();
        fs::write(data.secrets(), "{}").unwrap();
        let backup = path("backup");
        assert_eq!(copy_blobs(&data, &backup).unwrap(), 1);
        fs::write(data.blobs().join("a/2"), "two").unwrap();
        assert_eq!(copy_blobs(&data, &backup).unwrap(), 1, "only the new blob");
        copy_keys(&data, &backup).unwrap();
        assert_eq!(restore(&backup, &path("new")).unwrap_err().code(), "config.invalid");
        fs::write(backup.join("oz.sqlite3"), "db").unwrap();
        restore(&backup, &path("new")).unwrap();
        assert_eq!(fs::read_to_string(path("new").join("blobs/a/2")).unwrap(), "two");
        assert!(path("new").join("secrets.json").exists());
        assert_eq!(restore(&backup, &path("new")).unwrap_err().code(), "config.invalid");
    }
}
