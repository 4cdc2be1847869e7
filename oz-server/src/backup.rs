//! Backup and restoration of the data folder.

use std::fs;
use std::path::Path;

use crate::{DataDir, ServiceSettings, Stores};
use oz::{Error, Result};
use oz_storage::fs::keys::{self, KeyFiles, NotCopied};

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
/// `config.invalid` for PostgreSQL and object stores, which have their own tools; `file.unreadable`;
/// `storage.backend`, also when keys are missing or damaged: the backup then keeps its copies of them, and
/// everything else was copied.
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
    let master = settings.master_key.clone().unwrap_or_else(|| data.master_key());
    let not_copied = copy_keys(&data, &master, to)?;
    fs::rename(&unfinished, &database).map_err(|source| failed("write", &database, source))?;
    ensure_copied(&not_copied)?;
    Ok(copied)
}

/// Copies the blobs that the backup lacks and returns their number. Blobs are immutable, so that names are
/// compared and not contents.
fn copy_blobs(from: &DataDir, to: &Path) -> Result<u64> {
    copy_tree(&from.blobs(), &to.join("blobs"))
}

/// Copies data keys, master key and secrets, and returns the keys that could not be copied.
fn copy_keys(from: &DataDir, master: &Path, to: &Path) -> Result<Vec<NotCopied>> {
    copy_if_there(&from.secrets(), &to.join("secrets.json"))?;

    let copied = KeyFiles { folder: to.join("keys"), master: to.join("master.key") };
    if !from.keys().exists() && !copied.folder.exists() {
        return Ok(Vec::new());
    }
    let original = KeyFiles { folder: from.keys(), master: master.into() };
    let with_master = original.master == from.master_key();
    Ok(keys::back_up(&original, &copied, with_master)?)
}

/// Fails if keys were not copied.
fn ensure_copied(keys: &[NotCopied]) -> Result<()> {
    if keys.is_empty() {
        return Ok(());
    }

    let name = |key: &NotCopied| format!("key {} of company {}: {}", key.version, key.owner, key.reason);
    let list: Vec<String> = keys.iter().map(name).collect();
    let operation = "copying the keys to the backup (everything else was copied; see `oz keys list`)";
    Err(oz_core::Error::backend(operation, false, list.join("; ")).into())
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
    copy_tree(backup, folder.path())
}

/// Copies the folders and files that `to` lacks, without those that are being written, and returns the number
/// of copied files.
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
        } else if kind.is_file() && !is_unfinished(&path) && !target.exists() {
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
    use std::path::PathBuf;

    use oz_core::storage::port::KeyProvider;
    use oz_core::storage::{DataKey, KeyVersion};
    use oz_core::system::{CompanyId, Uuid};
    use oz_storage::fs::{FileKeyProvider, MasterKeys};

    use super::*;

    /// Data folder with keys, its backup, and a runtime.
    struct Scene {
        folder: tempfile::TempDir,
        data: DataDir,
        runtime: tokio::runtime::Runtime,
    }

    impl Scene {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let data = DataDir::open(Some(&folder.path().join("data"))).unwrap();
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
            Self { folder, data, runtime }
        }

        fn backup(&self) -> PathBuf {
            self.folder.path().join("backup")
        }

        fn keys(&self) -> FileKeyProvider {
            let masters = MasterKeys::in_file(self.data.master_key());
            FileKeyProvider::open(self.data.keys(), masters).unwrap()
        }

        /// Adds a key and returns it.
        fn add(&self) -> DataKey {
            self.runtime.block_on(self.keys().rotate(owner())).unwrap()
        }

        fn rotate_master(&self) {
            self.runtime.block_on(self.keys().rotate_master()).unwrap();
        }

        /// Updates the backup and returns the versions that were not copied.
        fn copy(&self) -> Vec<u32> {
            let found = copy_keys(&self.data, &self.data.master_key(), &self.backup()).unwrap();
            found.iter().map(|key| key.version.0).collect()
        }

        fn file(&self, version: u32) -> PathBuf {
            self.data.keys().join(format!("{}/{version}.key", owner()))
        }

        /// Reads a key of the backup with the master keys of the backup.
        fn copied(&self, version: u32) -> oz_core::Result<DataKey> {
            let masters = MasterKeys::given(&read(&self.backup().join("master.key"))).unwrap();
            let keys = FileKeyProvider::open_unchanged(self.backup().join("keys"), masters).unwrap();
            self.runtime.block_on(keys.key(owner(), KeyVersion(version)))
        }
    }

    fn owner() -> CompanyId {
        CompanyId::from(Uuid::from_u128(7))
    }

    fn read(path: &Path) -> String {
        fs::read_to_string(path).unwrap()
    }

    #[test]
    fn keys_of_a_backup_are_replaced_and_destroyed_keys_deleted() {
        let scene = Scene::new();
        let first = scene.add();
        DataDir::open(Some(&scene.backup())).unwrap();
        assert!(scene.copy().is_empty());
        let created = fs::metadata(scene.file(1)).unwrap().modified().unwrap();

        scene.rotate_master();
        scene.add();
        assert!(scene.copy().is_empty());
        assert_eq!(read(&scene.backup().join("master.key")), read(&scene.data.master_key()));
        assert!(scene.copied(1).unwrap() == first);
        let copy = scene.backup().join(format!("keys/{}/1.key", owner()));
        assert_eq!(fs::metadata(&copy).unwrap().modified().unwrap(), created);

        scene.runtime.block_on(scene.keys().destroy(owner())).unwrap();
        let last = scene.add();
        assert!(scene.copy().is_empty());
        assert!(!copy.exists() && scene.copied(2).is_err());
        assert!(scene.copied(3).unwrap() == last);
    }

    #[test]
    fn missing_and_damaged_keys_stay_in_the_backup_with_their_master_key() {
        let scene = Scene::new();
        let keys = [scene.add(), scene.add(), scene.add()];
        DataDir::open(Some(&scene.backup())).unwrap();
        assert!(scene.copy().is_empty());

        let intact = fs::read(scene.file(2)).unwrap();
        fs::remove_file(scene.file(1)).unwrap();
        fs::write(scene.file(2), [&intact[..intact.len() - 1], b"?"].concat()).unwrap();
        scene.rotate_master();
        let added = scene.add();
        // The older master key was removed from the data folder by hand.
        let master = read(&scene.data.master_key());
        fs::write(scene.data.master_key(), master.lines().next().unwrap()).unwrap();

        for _ in 0..2 {
            assert_eq!(scene.copy(), [1, 2]);
            for key in keys.iter().chain([&added]) {
                assert!(scene.copied(key.version().0).unwrap() == *key, "{}", key.version());
            }
        }

        fs::copy(scene.backup().join(format!("keys/{}/1.key", owner())), scene.file(1)).unwrap();
        fs::copy(scene.backup().join(format!("keys/{}/2.key", owner())), scene.file(2)).unwrap();
        fs::write(scene.data.master_key(), master).unwrap();
        drop(scene.keys());
        assert!(scene.copy().is_empty());
        assert_eq!(read(&scene.backup().join("master.key")).lines().count(), 1);
        assert!(scene.copied(1).unwrap() == keys[0]);
    }

    #[test]
    fn backup_survives_the_loss_of_all_keys_and_of_the_master_key() {
        let scene = Scene::new();
        let keys = [scene.add(), scene.add()];
        DataDir::open(Some(&scene.backup())).unwrap();
        assert!(scene.copy().is_empty());

        fs::remove_dir_all(scene.data.keys()).unwrap();
        fs::remove_file(scene.data.master_key()).unwrap();
        drop(scene.keys());
        assert_eq!(scene.copy(), [1, 2]);
        assert!(scene.add() != keys[0]);
        assert_eq!(scene.copy(), [1, 2], "a key that has the number of a lost key does not replace it");
        for key in &keys {
            assert!(scene.copied(key.version().0).unwrap() == *key);
        }

        let error =
            ensure_copied(&copy_keys(&scene.data, &scene.data.master_key(), &scene.backup()).unwrap());
        let text = error.unwrap_err().chain().to_string();
        assert!(text.contains(&format!("key 2 of company {}: its file is missing", owner())), "{text}");
    }

    #[test]
    fn interrupted_update_leaves_readable_keys() {
        let scene = Scene::new();
        let keys = [scene.add(), scene.add()];
        DataDir::open(Some(&scene.backup())).unwrap();
        assert!(scene.copy().is_empty());
        scene.rotate_master();
        let third = scene.add();

        // The folder in the place of the third key stops the update after the first two.
        let obstacle = scene.backup().join(format!("keys/{}/3.key", owner()));
        fs::create_dir(&obstacle).unwrap();
        assert!(copy_keys(&scene.data, &scene.data.master_key(), &scene.backup()).is_err());
        assert_eq!(read(&scene.backup().join("master.key")).lines().count(), 2);
        for key in &keys {
            assert!(scene.copied(key.version().0).unwrap() == *key);
        }

        fs::remove_dir(&obstacle).unwrap();
        assert!(scene.copy().is_empty());
        assert!(scene.copied(3).unwrap() == third);
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
        copy_keys(&data, &data.master_key(), &backup).unwrap();
        assert_eq!(restore(&backup, &path("new")).unwrap_err().code(), "config.invalid");
        fs::write(backup.join("oz.sqlite3"), "db").unwrap();
        restore(&backup, &path("new")).unwrap();
        assert_eq!(fs::read_to_string(path("new").join("blobs/a/2")).unwrap(), "two");
        assert!(path("new").join("secrets.json").exists());
        assert_eq!(restore(&backup, &path("new")).unwrap_err().code(), "config.invalid");
    }
}
