//! Backup and restoration of the data folder.

use std::fs;
use std::path::Path;

use crate::{DataDir, ServiceSettings, Stores};
use oz::{Error, Result};
use oz_storage::fs::FileKeyProvider;

/// Name of the database in a backup.
const DATABASE: &str = "oz.sqlite3";
/// Extension of files that are being written.
const UNFINISHED: &str = "unfinished";

/// Creates a backup in a folder, or updates the backup that it contains, and returns the number of new blobs.
/// The service may be running.
///
/// Media are copied before and after the database. Blobs are stored before their records, so the second pass
/// copies every blob that the copied database references. The database gets its name last, so that an
/// interrupted update leaves the previous one with all its blobs and keys.
///
/// # Errors
/// `config.invalid` for PostgreSQL and object stores, which have their own tools; `file.unreadable`,
/// `storage.backend`.
pub async fn create(settings: &ServiceSettings, to: &Path) -> Result<u64> {
    if settings.database.reveal()?.is_some() || settings.blobs.is_some() {
        return Err(Error::Config {
            detail:
                "backup: only SQLite and media in the data folder are supported; back up PostgreSQL with \
                     pg_dump and an object store with its own tools"
                    .into(),
        });
    }

    let data = DataDir::open(settings.data_dir.as_deref())?;
    let mut copied = copy_blobs(&data, to)?;

    let (database, unfinished) = (to.join(DATABASE), to.join(DATABASE).with_extension(UNFINISHED));
    if unfinished.exists() {
        fs::remove_file(&unfinished).map_err(|source| failed("delete", &unfinished, source))?;
    }
    Stores::open(settings).await?.backup(&unfinished).await?;

    copied += copy_blobs(&data, to)?;
    copy_keys(&data, to)?;
    fs::rename(&unfinished, &database).map_err(|source| failed("write", &database, source))?;
    Ok(copied)
}

/// Copies the blobs that the backup lacks and returns their number. Blobs are immutable, so that names are
/// compared and not contents.
fn copy_blobs(from: &DataDir, to: &Path) -> Result<u64> {
    copy_tree(&from.blobs(), &to.join("blobs"), Existing::Kept)
}

/// Copies data keys, master key and secrets. Re-encrypted keys replace those of the backup, and destroyed
/// keys are deleted from it.
fn copy_keys(from: &DataDir, to: &Path) -> Result<()> {
    copy_if_there(&from.secrets(), &to.join("secrets.json"))?;
    if !from.keys().exists() {
        return Ok(());
    }

    // Without the lock, a concurrent rotation could leave data keys that the copied master key cannot
    // decrypt.
    FileKeyProvider::while_unchanged(from.keys(), || {
        let (master, copied) = (from.master_key(), to.join("master.key"));
        join_masters(&master, &copied)?;
        copy_tree(&from.keys(), &to.join("keys"), Existing::Replaced)?;
        delete_others(&from.keys(), &to.join("keys"))?;
        copy_if_there(&master, &copied)
    })?
}

/// Puts the master keys of the data folder in front of those of the backup, so that the data keys of the
/// backup stay readable if copying them is interrupted.
fn join_masters(from: &Path, to: &Path) -> Result<()> {
    if !from.exists() || !to.exists() {
        return copy_if_there(from, to);
    }

    let read = |path: &Path| fs::read_to_string(path).map_err(|source| failed("read", path, source));
    let (new, old) = (read(from)?, read(to)?);
    let older = old.lines().filter(|line| !new.lines().any(|known| known == *line));
    let joined: Vec<&str> = new.lines().chain(older).collect();

    let unfinished = to.with_extension(UNFINISHED);
    fs::copy(from, &unfinished)
        .and_then(|_| fs::write(&unfinished, joined.join("\n") + "\n"))
        .and_then(|()| fs::rename(&unfinished, to))
        .map_err(|source| failed("write", to, source))
}

/// Deletes the files of `to` that `from` does not contain.
fn delete_others(from: &Path, to: &Path) -> Result<()> {
    let Ok(entries) = fs::read_dir(to) else { return Ok(()) };
    for entry in entries {
        let path = entry.map_err(|source| failed("read", to, source))?.path();
        let original = from.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            delete_others(&original, &path)?;
        } else if !original.exists() {
            fs::remove_file(&path).map_err(|source| failed("delete", &path, source))?;
        }
    }
    Ok(())
}

fn copy_if_there(from: &Path, to: &Path) -> Result<()> {
    if from.exists() { copy(from, to).map(|_| ()) } else { Ok(()) }
}

/// Restores a backup into a new or empty data folder and returns the number of files.
///
/// # Errors
/// `config.invalid` when the folder is not empty or `backup` contains no database; `file.unreadable`.
pub fn restore(backup: &Path, to: &Path) -> Result<u64> {
    if !backup.join(DATABASE).is_file() {
        return Err(Error::Config { detail: format!("backup: {} contains no {DATABASE}", backup.display()) });
    }
    if fs::read_dir(to).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(Error::Config { detail: format!("backup: {} is not empty", to.display()) });
    }
    let folder = DataDir::open(Some(to))?;
    copy_tree(backup, folder.path(), Existing::Kept)
}

/// Treatment of files that exist in the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Existing {
    Kept,
    Replaced,
}

/// Copies folders and files, without those that are being written, and returns the number of copied files.
fn copy_tree(from: &Path, to: &Path, existing: Existing) -> Result<u64> {
    let Ok(entries) = fs::read_dir(from) else { return Ok(0) };
    DataDir::open(Some(to))?;
    let mut copied = 0;
    for entry in entries {
        let entry = entry.map_err(|source| failed("read", from, source))?;
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type().map_err(|source| failed("read", &path, source))?;
        if kind.is_dir() {
            copied += copy_tree(&path, &target, existing)?;
        } else if kind.is_file()
            && !is_unfinished(&path)
            && (existing == Existing::Replaced || !target.exists())
        {
            copied += u64::from(copy(&path, &target)?);
        }
    }
    Ok(copied)
}

fn is_unfinished(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == UNFINISHED)
}

/// Copies a file with the time of its last modification under a temporary name and renames it, so that an
/// interrupted copy is not mistaken for a complete one. Returns false if the file was deleted in the
/// meantime.
fn copy(from: &Path, to: &Path) -> Result<bool> {
    let unfinished = to.with_extension(UNFINISHED);
    let copied = fs::copy(from, &unfinished).and_then(|_| {
        let modified = fs::metadata(from)?.modified()?;
        fs::File::options().write(true).open(&unfinished)?.set_modified(modified)
    });
    match copied {
        Ok(()) => fs::rename(&unfinished, to).map(|()| true).map_err(|source| failed("write", to, source)),
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
    fn keys_of_a_backup_are_replaced_and_destroyed_keys_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let data = DataDir::open(Some(&folder.path().join("data"))).unwrap();
        let backup = folder.path().join("backup");
        fs::create_dir_all(data.keys().join("a")).unwrap();
        let write = |name: &str, text: &str| fs::write(data.path().join(name), text).unwrap();
        let read = |name: &str| fs::read_to_string(backup.join(name)).unwrap();

        write("master.key", "old\n");
        write("keys/a/1.key", "one, by old");
        write("keys/a/2.key", "two, by old");
        DataDir::open(Some(&backup)).unwrap();
        copy_keys(&data, &backup).unwrap();

        write("master.key", "new\n");
        write("keys/a/1.key", "one, by new");
        fs::remove_file(data.keys().join("a/2.key")).unwrap();
        join_masters(&data.master_key(), &backup.join("master.key")).unwrap();
        assert_eq!((read("master.key"), read("keys/a/1.key")), ("new\nold\n".into(), "one, by old".into()));

        copy_keys(&data, &backup).unwrap();
        assert_eq!((read("master.key"), read("keys/a/1.key")), ("new\n".into(), "one, by new".into()));
        assert!(!backup.join("keys/a/2.key").exists());
    }

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
