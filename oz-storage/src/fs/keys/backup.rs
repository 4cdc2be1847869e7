//! Copy of a key folder to a backup that may hold keys which the folder has lost.
//!
//! Invariants: a readable key of the backup is deleted only if a tombstone covers it, and is replaced only by
//! a readable file of the same key; the backup has the master key of each of its keys, at every moment.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use oz_core::storage::{DataKey, KeyVersion};
use oz_core::system::CompanyId;
use oz_core::{Error, Result};

use super::key_folder::{KeyFolder, unwrap};
use super::master::Ring;
use crate::fs::durable::{self, failed};

/// Folder of data keys and file of the master key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFiles {
    /// Folder of the data keys.
    pub folder: PathBuf,
    /// File of the master key.
    pub master: PathBuf,
}

/// Data key of the folder or of the backup that was not copied.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NotCopied {
    /// ID of the owner of the key.
    pub owner: CompanyId,
    /// Version of the key.
    pub version: KeyVersion,
    /// Reason, and state of the key in the backup.
    pub reason: &'static str,
}

/// Copies the keys that `from` has and deletes those that it has destroyed. Keys that are missing or damaged
/// in `from` stay as they are in the backup, and are returned. Blocks on the disk.
///
/// `with_master` copies the master key as well. While keys are returned, the backup keeps its older master
/// keys behind the copied ones.
///
/// # Errors
/// `storage.backend`.
pub fn back_up(from: &KeyFiles, to: &KeyFiles, with_master: bool) -> Result<Vec<NotCopied>> {
    let source = KeyFolder::create(from.folder.clone())?;
    // Without the lock, a concurrent rotation could leave data keys that the copied master key cannot
    // decrypt.
    let _lock = source.lock()?;
    let backup = KeyFolder::create(to.folder.clone())?;
    let masters = read_masters(&from.master, "reading the master key")?;
    let older = read_masters(&to.master, "reading the master key of the backup")?;
    if with_master {
        Ring::write_joined(&to.master, masters.as_ref(), older.as_ref())?;
    }

    let mut owners = source.owners()?;
    owners.extend(backup.owners()?);
    owners.sort_unstable();
    owners.dedup();
    let copy = Copy { source, backup, masters, older };
    let mut problems = Vec::new();
    for owner in owners {
        copy.owner(owner, &mut problems)?;
    }

    if with_master && problems.is_empty() {
        Ring::write_joined(&to.master, copy.masters.as_ref(), None)?;
    }
    Ok(problems)
}

fn read_masters(path: &Path, operation: &str) -> Result<Option<Ring>> {
    if !path.exists() {
        return Ok(None);
    }
    Ring::read_any(path).map(Some).map_err(|error| Error::backend(operation, false, error))
}

struct Copy {
    source: KeyFolder,
    backup: KeyFolder,
    /// Master keys of the source.
    masters: Option<Ring>,
    /// Master keys that the backup had before.
    older: Option<Ring>,
}

impl Copy {
    fn owner(&self, owner: CompanyId, problems: &mut Vec<NotCopied>) -> Result<()> {
        self.backup.follow(&self.source, owner)?;
        let expected: Vec<KeyVersion> = self.backup.expected(owner)?.collect();
        for version in &expected {
            if let Err(reason) = self.key(owner, *version)? {
                problems.push(NotCopied { owner, version: *version, reason });
            }
        }

        let reason = "the backup holds the tombstone of a later destruction";
        let revived = self.source.versions(owner)?.into_iter().filter(|version| !expected.contains(version));
        problems.extend(revived.map(|version| NotCopied { owner, version, reason }));
        Ok(())
    }

    /// Copies a key, or gives the reason for leaving the one of the backup.
    fn key(&self, owner: CompanyId, version: KeyVersion) -> Result<std::result::Result<(), &'static str>> {
        let (path, target) = (self.source.path(owner, version), self.backup.path(owner, version));
        let (stored, copied) = (content(&path)?, content(&target)?);
        let original = stored.as_ref().and_then(|stored| {
            let masters = self.masters.as_ref()?;
            unwrap(stored, owner, version, masters).ok()
        });
        let kept = copied.as_ref().and_then(|copied| self.decrypt_copy(copied, owner, version));

        let (outcome, is_copied) = match (&stored, original, kept) {
            (Some(_), Some(original), Some(kept)) if original != kept => {
                (Err("it differs from the key of the backup, which was kept"), false)
            }
            (Some(_), Some(_), _) => (Ok(()), true),
            (Some(_), None, Some(_)) => (Err("it cannot be decrypted; the backup keeps its copy"), false),
            (Some(_), None, None) => {
                (Err("it cannot be decrypted, and the backup has no readable copy"), copied.is_none())
            }
            (None, _, Some(_)) => (Err("its file is missing; the backup keeps its copy"), false),
            (None, _, None) => (Err("its file is missing, and the backup has no readable copy"), false),
        };

        if let Some(stored) = stored.filter(|stored| is_copied && copied.as_ref() != Some(stored)) {
            write(&path, &target, &stored).map_err(failed(format!("copying key {version} of {owner:?}")))?;
        }
        Ok(outcome)
    }

    fn decrypt_copy(&self, copied: &[u8], owner: CompanyId, version: KeyVersion) -> Option<DataKey> {
        let rings = [&self.older, &self.masters].into_iter().flatten();
        rings.filter_map(|masters| unwrap(copied, owner, version, masters).ok()).next()
    }
}

fn content(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        read => read.map(Some).map_err(failed("reading a key file")),
    }
}

fn write(from: &Path, to: &Path, content: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = to.parent() {
        durable::create_folder(folder)?;
    }
    durable::replace_at(to, content, Some(fs::metadata(from)?.modified()?))
}
