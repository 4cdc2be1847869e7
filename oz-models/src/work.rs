//! Folders for what is not finished yet, beside where it will lie.
//!
//! Invariant: such a folder goes away with its maker: at once, or, when the maker was killed, as soon as the next one is
//! made beside it.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

/// How the names of such folders begin.
const PREFIX: &str = ".pull";
/// The file inside that its maker holds locked. The system lets go of it when the maker is gone, however it went.
const LOCK: &str = "lock";
/// Longest that a maker takes from making the folder to locking it.
const UNLOCKED: Duration = Duration::from_secs(60);
/// Longest that anybody works, for file systems without locks.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// A folder for what is not finished yet; removed when dropped.
#[derive(Debug)]
pub(crate) struct WorkFolder {
    // Dropped first: some systems remove no folder with an open file inside.
    _lock: File,
    folder: TempDir,
}

impl WorkFolder {
    /// Makes one in `beside`, and removes those there that killed programs left.
    pub(crate) fn new(beside: &Path) -> io::Result<Self> {
        remove_stale(beside, SystemTime::now());
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(beside)?;
        let lock = File::create(folder.path().join(LOCK))?;
        // Without locks the folder is told by its age.
        let _ = lock.try_lock();
        Ok(Self { _lock: lock, folder })
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Removes what nobody works in any more. What cannot be removed is in nobody's way and stays.
fn remove_stale(beside: &Path, now: SystemTime) {
    let entries = fs::read_dir(beside).into_iter().flatten().flatten();
    let folders = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX));
    for path in folders.map(|entry| entry.path()).filter(|path| is_stale(path, now)) {
        let _ = fs::remove_dir_all(path);
    }
}

fn is_stale(folder: &Path, now: SystemTime) -> bool {
    let made = fs::symlink_metadata(folder).ok().filter(fs::Metadata::is_dir);
    let Some(Ok(modified)) = made.map(|made| made.modified()) else { return false };
    let age = now.duration_since(modified).unwrap_or_default();
    let lock = File::open(folder.join(LOCK)).map(|lock| lock.try_lock());
    match lock {
        Ok(Ok(())) => age > UNLOCKED,
        Ok(Err(fs::TryLockError::WouldBlock)) => false,
        Ok(Err(fs::TryLockError::Error(_))) | Err(_) => age > LONGEST,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(folder: &Path) -> usize {
        fs::read_dir(folder).unwrap().count()
    }

    /// What a killed program leaves.
    fn killed(beside: &Path) {
        let folder = beside.join(".pullKilled");
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join(LOCK), b"").unwrap();
        fs::write(folder.join("half a model"), b"abc").unwrap();
    }

    #[test]
    fn a_folder_goes_away_with_its_maker() {
        let beside = tempfile::tempdir().unwrap();
        let work = WorkFolder::new(beside.path()).unwrap();
        fs::write(work.path().join("half a model"), b"abc").unwrap();
        drop(work);
        assert_eq!(left(beside.path()), 0);
    }

    #[test]
    fn what_a_killed_program_left_is_removed_by_the_next() {
        let beside = tempfile::tempdir().unwrap();
        killed(beside.path());
        let soon = SystemTime::now();
        remove_stale(beside.path(), soon);
        assert_eq!(left(beside.path()), 1, "its maker may be about to lock it");
        remove_stale(beside.path(), soon + 2 * UNLOCKED);
        assert_eq!(left(beside.path()), 0);
    }

    #[test]
    fn a_folder_that_is_worked_in_stays_however_old_it_is() {
        let beside = tempfile::tempdir().unwrap();
        let work = WorkFolder::new(beside.path()).unwrap();
        remove_stale(beside.path(), SystemTime::now() + 2 * LONGEST);
        assert!(work.path().is_dir());
    }

    #[test]
    fn a_folder_without_a_lock_is_told_by_its_age_and_others_are_left_alone() {
        let beside = tempfile::tempdir().unwrap();
        fs::create_dir(beside.path().join(".pullUnlocked")).unwrap();
        fs::create_dir(beside.path().join("models")).unwrap();
        fs::write(beside.path().join(".pulled"), b"a file").unwrap();
        let soon = SystemTime::now();
        remove_stale(beside.path(), soon + 2 * UNLOCKED);
        assert_eq!(left(beside.path()), 3);
        remove_stale(beside.path(), soon + 2 * LONGEST);
        assert_eq!(left(beside.path()), 2);
    }
}
