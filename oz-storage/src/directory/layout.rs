//! Which file is which blob: `OWNER/AB/ABCDEF…`, both names as in [`BlobKey`]. The folder in between keeps folders small
//! and lists cheap: a page of a list reads the few folders that it comes from.

use std::collections::HashSet;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use oz_core::storage::BlobKey;
use oz_core::system::{CompanyId, Uuid};

use crate::{durable, locked};

/// Where blobs are written before they have a name; no owner is called so.
const UNFINISHED: &str = "unfinished";

#[derive(Debug)]
pub(super) struct Layout {
    root: PathBuf,
    /// Folders that this process has made durable.
    durable: Mutex<HashSet<PathBuf>>,
}

impl Layout {
    pub(super) fn create(root: PathBuf) -> io::Result<Self> {
        let layout = Self { root, durable: Mutex::default() };
        durable::create_folder(&layout.unfinished())?;
        layout.root.parent().filter(|above| above.exists()).map_or(Ok(()), durable::sync_folder)?;
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

    /// Gives a file that is on the disk the name of a blob, durably.
    ///
    /// # Errors
    /// `AlreadyExists` when the name is taken: a hard link, other than a renaming, replaces nothing.
    pub(super) fn publish(&self, file: &Path, key: BlobKey) -> io::Result<()> {
        let to = self.blob(key);
        let folder = to.parent().expect("a blob lies in a folder");
        self.make_durable(folder)?;
        fs::hard_link(file, &to)?;
        durable::sync_folder(folder)
    }

    /// Makes a folder, on the disk too. It may have been made by a process that died before it was there to stay, so
    /// every process does it once.
    fn make_durable(&self, folder: &Path) -> io::Result<()> {
        if locked(&self.durable).contains(folder) && folder.exists() {
            return Ok(());
        }
        durable::create_folder(folder)?;
        durable::sync_path(folder, &self.root)?;
        locked(&self.durable).insert(folder.to_path_buf());
        Ok(())
    }

    /// Removes a blob, durably; says whether it was there.
    pub(super) fn remove(&self, key: BlobKey) -> io::Result<bool> {
        let path = self.blob(key);
        match fs::remove_file(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
            Ok(()) => durable::sync_folder(path.parent().expect("a blob lies in a folder")).map(|()| true),
        }
    }

    /// Blobs of an owner in rising order, from the one after `after` on.
    pub(super) fn list(
        &self,
        owner: CompanyId,
        after: Option<BlobKey>,
        limit: usize,
    ) -> io::Result<Vec<BlobKey>> {
        let first = after.map_or_else(String::new, |key| key.id.to_string()[..2].to_owned());
        let folder = self.owner(owner);
        let mut shards = names(&folder)?;
        shards.retain(|shard| shard.len() == 2 && *shard >= first);
        shards.sort_unstable();
        let mut found = Vec::new();
        for shard in shards {
            let ids = names(&folder.join(shard))?.into_iter().filter_map(|name| name.parse::<Uuid>().ok());
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

/// Names in a folder, none when it is absent.
fn names(folder: &Path) -> io::Result<Vec<String>> {
    match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
        Ok(entries) => entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect(),
    }
}
