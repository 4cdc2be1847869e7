//! Temporary folders for unfinished downloads, next to their destination.
//!
//! Invariant: a folder is removed when its owner is dropped. If the owning process is killed, the next work
//! folder that is created in the same place removes it.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

/// Name prefix of work folders.
const PREFIX: &str = ".pull";
/// Name of the lock file inside. The operating system releases the lock when the owning process ends, even if
/// it is killed.
const LOCK: &str = "lock";
/// Upper bound of the time between the creation of a folder and its lock.
const LOCK_GRACE: Duration = Duration::from_secs(60);
/// Age from which a folder is stale on a file system without locks.
const MAX_AGE: Duration = Duration::from_secs(24 * 60 * 60);

/// A temporary folder; removed when dropped.
#[derive(Debug)]
pub(crate) struct WorkFolder {
    // Dropped first: some systems cannot remove a folder that contains an open file.
    _lock: File,
    folder: TempDir,
}

impl WorkFolder {
    /// Creates a folder in `parent` and removes the stale ones there.
    pub(crate) fn new(parent: &Path) -> io::Result<Self> {
        remove_stale(parent, SystemTime::now());

        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(parent)?;
        let lock = File::create(folder.path().join(LOCK))?;
        // On a file system without locks, staleness is judged by age.
        let _ = lock.try_lock();
        Ok(Self { _lock: lock, folder })
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Removes the stale folders in `parent`. A folder that cannot be removed does no harm, so failures are
/// ignored.
fn remove_stale(parent: &Path, now: SystemTime) {
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    let folders = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX));
    for path in folders.map(|entry| entry.path()).filter(|path| is_stale(path, now)) {
        let _ = fs::remove_dir_all(path);
    }
}

fn is_stale(folder: &Path, now: SystemTime) -> bool {
    let metadata = fs::symlink_metadata(folder).ok().filter(fs::Metadata::is_dir);
    let Some(Ok(modified)) = metadata.map(|metadata| metadata.modified()) else { return false };
    let age = now.duration_since(modified).unwrap_or_default();

    let lock = File::open(folder.join(LOCK)).map(|lock| lock.try_lock());
    match lock {
        Ok(Ok(())) => age > LOCK_GRACE,
        Ok(Err(fs::TryLockError::WouldBlock)) => false,
        Ok(Err(fs::TryLockError::Error(_))) | Err(_) => age > MAX_AGE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(folder: &Path) -> usize {
        fs::read_dir(folder).unwrap().count()
    }

    /// Leaves a folder behind as a killed process does.
    fn leave_abandoned_folder(parent: &Path) {
        let folder = parent.join(".pullKilled");
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join(LOCK), b"").unwrap();
        fs::write(folder.join("half a model"), b"abc").unwrap();
    }

    #[test]
    fn dropped_folder_is_removed() {
        let parent = tempfile::tempdir().unwrap();
        let work = WorkFolder::new(parent.path()).unwrap();
        fs::write(work.path().join("half a model"), b"abc").unwrap();
        drop(work);
        assert_eq!(count(parent.path()), 0);
    }

    #[test]
    fn abandoned_folder_is_removed_after_the_lock_grace_period() {
        let parent = tempfile::tempdir().unwrap();
        leave_abandoned_folder(parent.path());
        let soon = SystemTime::now();
        remove_stale(parent.path(), soon);
        assert_eq!(count(parent.path()), 1, "its owner may be about to lock it");
        remove_stale(parent.path(), soon + 2 * LOCK_GRACE);
        assert_eq!(count(parent.path()), 0);
    }

    #[test]
    fn locked_folder_is_kept_at_any_age() {
        let parent = tempfile::tempdir().unwrap();
        let work = WorkFolder::new(parent.path()).unwrap();
        remove_stale(parent.path(), SystemTime::now() + 2 * MAX_AGE);
        assert!(work.path().is_dir());
    }

    #[test]
    fn folder_without_a_lock_is_removed_by_age_and_other_entries_are_kept() {
        let parent = tempfile::tempdir().unwrap();
        fs::create_dir(parent.path().join(".pullUnlocked")).unwrap();
        fs::create_dir(parent.path().join("models")).unwrap();
        fs::write(parent.path().join(".pulled"), b"a file").unwrap();
        let soon = SystemTime::now();
        remove_stale(parent.path(), soon + 2 * LOCK_GRACE);
        assert_eq!(count(parent.path()), 3);
        remove_stale(parent.path(), soon + 2 * MAX_AGE);
        assert_eq!(count(parent.path()), 2);
    }
}
