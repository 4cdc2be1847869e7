//! File paths of blobs: `OWNER/AB/ABCDEF…`, owner and ID as in [`BlobKey`]. The folder in between keeps
//! folders small and lists cheap: a page of a list reads only the few folders it covers.

use std::collections::HashSet;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use oz_core::storage::BlobKey;
use oz_core::system::{CompanyId, Uuid};

use crate::fs::durable;
use crate::locked;

/// Folder for blobs that are being written. An owner's folder is named by a UUID, so the names cannot
/// collide.
const UNFINISHED: &str = "unfinished";

#[derive(Debug)]
pub(super) struct Layout {
    root: PathBuf,
    /// Folders that this process has synced.
    durable: Mutex<HashSet<PathBuf>>,
}

impl Layout {
    pub(super) fn create(root: PathBuf) -> io::Result<Self> {
        let layout = Self { root, durable: Mutex::default() };
        durable::create_folder(&layout.unfinished())?;
        layout.root.parent().filter(|parent| parent.exists()).map_or(Ok(()), durable::sync_folder)?;
        Ok(layout)
    }

    pub(super) fn unfinished(&self) -> PathBuf {
        self.root.join(UNFINISHED)
    }

    pub(super) fn blob(&self, key: BlobKey) -> PathBuf {
        let name = key.id.to_string();
        self.owner(key.owner).join(&name[..2]).join(name)
    }

    fn owner(&self, owner: CompanyId) -> PathBuf {
        self.root.join(owner.to_string())
    }

    /// Links a synced file to the final name of a blob and syncs the name.
    ///
    /// # Errors
    /// `AlreadyExists` when the name is taken: unlike a rename, a hard link never replaces a file.
    pub(super) fn publish(&self, file: &Path, key: BlobKey) -> io::Result<()> {
        let to = self.blob(key);
        let folder = to.parent().expect("a blob lies in a folder");
        self.make_durable(folder)?;
        fs::hard_link(file, &to)?;
        durable::sync_folder(folder)
    }

    /// Creates a folder and syncs it. It may already exist and still not be durable, if the process that
    /// created it died before the sync; so every process syncs a folder once.
    fn make_durable(&self, folder: &Path) -> io::Result<()> {
        if locked(&self.durable).contains(folder) && folder.exists() {
            return Ok(());
        }
        durable::create_folder(folder)?;
        durable::sync_path(folder, &self.root)?;
        locked(&self.durable).insert(folder.to_path_buf());
        Ok(())
    }

    /// Removes a blob durably and returns whether it existed.
    pub(super) fn remove(&self, key: BlobKey) -> io::Result<bool> {
        let path = self.blob(key);
        match fs::remove_file(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
            Ok(()) => durable::sync_folder(path.parent().expect("a blob lies in a folder")).map(|()| true),
        }
    }

    /// Lists the blobs of an owner that follow `after`, in ascending order.
    pub(super) fn list(
        &self,
        owner: CompanyId,
        after: Option<BlobKey>,
        limit: usize,
    ) -> io::Result<Vec<BlobKey>> {
        let first = after.map_or_else(String::new, |key| key.id.to_string()[..2].to_owned());
        let folder = self.owner(owner);
        let mut shards = durable::names_in(&folder)?;
        shards.retain(|shard| shard.len() == 2 && *shard >= first);
        shards.sort_unstable();

        let mut found = Vec::new();
        for shard in shards {
            let names = durable::names_in(&folder.join(shard))?;
            let ids = names.into_iter().filter_map(|name| name.parse::<Uuid>().ok());
            let keys = ids.map(|id| BlobKey { owner, id });
            let start = found.len();
            found.extend(keys.filter(|key| after.is_none_or(|after| *key > after)));
            found[start..].sort_unstable();
            if found.len() >= limit {
                break;
            }
        }

        found.truncate(limit);
        Ok(found)
    }
}
