//! Key provider over a folder of encrypted data keys.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use oz_core::storage::port::KeyProvider;
use oz_core::storage::{DataKey, KeyVersion};
use oz_core::system::CompanyId;
use oz_core::{Error, Result};

use super::inventory::{Rewrapped, StoredKey, StoredMaster, hex};
use super::key_folder::{KeyFolder, Unusable};
use super::master::{Master, MasterKeys, Ring};
use crate::fs::durable::blocking;
use crate::locked;

/// Data keys in a folder of the local disk, which several processes may share.
///
/// Keys are cached in memory but used only while their files exist, so a key destroyed by another process is
/// destroyed here too. Files of destroyed keys are overwritten before they are removed; on disks that keep
/// copies of overwritten blocks, rotate the master key as well to make the copies unreadable. Futures need a
/// tokio runtime.
pub struct FileKeyProvider {
    shared: Arc<Shared>,
}

struct Shared {
    folder: KeyFolder,
    /// File of the master keys; `None` if they were passed in.
    file: Option<PathBuf>,
    masters: Mutex<Ring>,
    known: Mutex<HashMap<CompanyId, Known>>,
}

/// Cached keys of one owner.
#[derive(Default)]
struct Known {
    current: Option<KeyVersion>,
    keys: BTreeMap<KeyVersion, DataKey>,
}

impl FileKeyProvider {
    /// Opens a folder of keys and creates it if it does not exist. Completes an interrupted rotation of the
    /// master key. Blocks on the disk.
    ///
    /// # Errors
    /// `storage.backend` when the master key cannot be read, its file is accessible by other users, or it is
    /// missing although keys exist.
    pub fn open(folder: impl Into<PathBuf>, masters: MasterKeys) -> Result<Self> {
        let provider = Self::open_unchanged(folder, masters)?;
        // What cannot be read here is an error of the operations that need it.
        let _ = provider.shared.record_versions();
        if provider.shared.file.is_some() && locked(&provider.shared.masters).older() > 0 {
            provider.shared.rewrap()?;
        }
        Ok(provider)
    }

    /// Opens a folder of keys as [`FileKeyProvider::open`] does, but leaves an interrupted rotation of the
    /// master key as it is: its keys can be listed, and [`FileKeyProvider::rewrap`] reports what it changes.
    ///
    /// # Errors
    /// Those of [`FileKeyProvider::open`].
    pub fn open_unchanged(folder: impl Into<PathBuf>, masters: MasterKeys) -> Result<Self> {
        let folder = KeyFolder::create(folder.into())?;
        let (file, masters) = match masters {
            MasterKeys::Given(given) => (None, given.0),
            MasterKeys::InFile(path) => {
                let masters = open_masters(&folder, &path)?;
                (Some(path), masters)
            }
        };

        let (masters, known) = (Mutex::new(masters), Mutex::default());
        Ok(Self { shared: Arc::new(Shared { folder, file, masters, known }) })
    }

    /// Replaces the master key in the file by a new random one and re-encrypts all keys with it. The old
    /// master key is overwritten, unless a key is missing or could not be decrypted.
    ///
    /// # Errors
    /// `input.invalid_value` when the master keys were passed in: pass the new one in front of the old one
    /// and call [`FileKeyProvider::rewrap`]. `storage.backend`; an interrupted rotation is completed by the
    /// next call, by [`FileKeyProvider::rewrap`] or by [`FileKeyProvider::open`].
    pub async fn rotate_master(&self) -> Result<Rewrapped> {
        self.blocking(|shared| {
            let Some(path) = &shared.file else {
                let detail = "it does not come from a file: change it at its source";
                return Err(Error::InvalidValue { name: "master key", detail: detail.into() });
            };

            let _lock = shared.folder.lock()?;
            let mut masters = Ring::read(path)?;
            masters.put_in_front(Master::random());
            masters.write(path)?;
            let rewrapped = complete_rotation(&shared.folder, path, &mut masters)?;
            *locked(&shared.masters) = masters;
            Ok(rewrapped)
        })
        .await
    }

    /// Re-encrypts every key that is not encrypted with the first master key. Then the other master keys are
    /// not needed any more, and are removed from their file. Changes nothing when it is repeated.
    ///
    /// # Errors
    /// `storage.backend`.
    pub async fn rewrap(&self) -> Result<Rewrapped> {
        self.blocking(Shared::rewrap).await
    }

    /// Lists the data keys of all owners by owner and version, without the destroyed ones.
    ///
    /// # Errors
    /// `storage.backend`.
    pub async fn list(&self) -> Result<Vec<StoredKey>> {
        self.blocking(|shared| {
            let _lock = shared.folder.lock()?;
            shared.refresh_masters()?;
            shared.folder.inventory(&locked(&shared.masters))
        })
        .await
    }

    /// Lists the master keys, the current one first.
    #[must_use]
    pub fn masters(&self) -> Vec<StoredMaster> {
        let masters = locked(&self.shared.masters);
        let current = masters.current().id;
        masters.ids().map(|id| StoredMaster { id: hex(id), is_active: id == current }).collect()
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Shared) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let shared = Arc::clone(&self.shared);
        blocking(move || work(&shared)).await
    }
}

/// Reads the master keys. Creates the first one if the folder has no keys yet.
fn open_masters(folder: &KeyFolder, path: &Path) -> Result<Ring> {
    let _lock = folder.lock()?;
    Ring::remove_unfinished(path)?;
    if !path.exists() {
        for owner in folder.owners()? {
            if let Some(version) = folder.expected(owner)?.next() {
                return Err(Unusable::UnknownMaster.reading(owner, version));
            }
        }
        Ring::create(path)?;
    }
    Ring::read(path)
}

/// Re-encrypts all keys with the first master key and drops the older ones, unless a key is missing or
/// could not be decrypted, or the file cannot be written. Such a file, e.g. a read-only secret of a
/// container, is changed at its source.
fn complete_rotation(folder: &KeyFolder, path: &Path, masters: &mut Ring) -> Result<Rewrapped> {
    let mut rewrapped = folder.rewrap(masters)?;
    if masters.older() > 0 && (!rewrapped.unreadable.is_empty() || masters.drop_older(path).is_err()) {
        rewrapped.older_masters = masters.older();
    }
    Ok(rewrapped)
}

impl Shared {
    /// Cached key, if it was not destroyed.
    fn known(&self, owner: CompanyId, version: KeyVersion) -> Option<DataKey> {
        let key = locked(&self.known).get(&owner)?.keys.get(&version).cloned()?;
        self.folder.has(owner, version).then_some(key)
    }

    /// Cached current key, if it was neither destroyed nor followed by a newer one.
    fn known_current(&self, owner: CompanyId) -> Option<DataKey> {
        let version = locked(&self.known).get(&owner)?.current?;
        let is_last = !self.folder.has(owner, KeyVersion(version.0.checked_add(1)?));
        self.known(owner, version).filter(|_| is_last)
    }

    fn remember(&self, owner: CompanyId, key: &DataKey, is_current: bool) {
        let mut known = locked(&self.known);
        let known = known.entry(owner).or_default();
        known.keys.insert(key.version(), key.clone());
        if is_current {
            known.current = known.current.max(Some(key.version()));
        }
    }

    /// Records the highest versions of keys that an earlier release added.
    fn record_versions(&self) -> Result<()> {
        let _lock = self.folder.lock()?;
        self.folder.owners()?.into_iter().try_for_each(|owner| self.folder.record(owner))
    }

    fn rewrap(&self) -> Result<Rewrapped> {
        let _lock = self.folder.lock()?;
        let Some(path) = &self.file else { return self.folder.rewrap(&locked(&self.masters)) };

        let mut masters = Ring::read(path)?;
        let rewrapped = complete_rotation(&self.folder, path, &mut masters)?;
        *locked(&self.masters) = masters;
        Ok(rewrapped)
    }

    /// Reads the master keys again, which another process may have rotated. Call it under the lock.
    fn refresh_masters(&self) -> Result<()> {
        if let Some(path) = &self.file {
            *locked(&self.masters) = Ring::read(path)?;
        }
        Ok(())
    }

    /// Reads a key while other processes may change the folder.
    ///
    /// A file that is replaced at this moment may read as zeros, and the master key may have been rotated.
    /// A failed read is therefore repeated under the lock before it is an error.
    fn read(&self, owner: CompanyId, version: KeyVersion) -> Result<Option<DataKey>> {
        match self.read_locked(owner, version) {
            Ok(key) => Ok(key),
            Err(_) => {
                let _lock = self.folder.lock()?;
                self.refresh_masters()?;
                self.read_locked(owner, version)
            }
        }
    }

    /// Reads a key while no process changes the folder.
    fn read_locked(&self, owner: CompanyId, version: KeyVersion) -> Result<Option<DataKey>> {
        let read = self.folder.read(owner, version, &locked(&self.masters))?;
        read.transpose().map_err(|reason| reason.reading(owner, version))
    }

    fn current(&self, owner: CompanyId) -> Result<DataKey> {
        if let Some(version) = self.folder.versions(owner)?.last()
            && let Some(key) = self.read(owner, *version)?
        {
            self.remember(owner, &key, true);
            return Ok(key);
        }
        self.add(owner, true)
    }

    /// Adds a key. With `only_first`, returns the current key if another caller has just added one.
    fn add(&self, owner: CompanyId, only_first: bool) -> Result<DataKey> {
        // Prevents two callers, of one process or of two, from both adding a first key.
        let _lock = self.folder.lock()?;
        self.refresh_masters()?;

        let existing = if only_first { self.folder.versions(owner)?.last().copied() } else { None };
        let key = match existing.map(|version| self.read_locked(owner, version)).transpose()?.flatten() {
            Some(key) => key,
            None => self.folder.add(owner, locked(&self.masters).current())?,
        };
        self.remember(owner, &key, true);
        Ok(key)
    }
}

#[async_trait]
impl KeyProvider for FileKeyProvider {
    async fn current(&self, owner: CompanyId) -> Result<DataKey> {
        match self.shared.known_current(owner) {
            Some(key) => Ok(key),
            None => self.blocking(move |shared| shared.current(owner)).await,
        }
    }

    async fn key(&self, owner: CompanyId, version: KeyVersion) -> Result<DataKey> {
        if let Some(key) = self.shared.known(owner, version) {
            return Ok(key);
        }
        self.blocking(move |shared| {
            let key = shared.read(owner, version)?;
            let key = key.ok_or_else(|| Error::NotFound { what: format!("key {version} of {owner:?}") })?;
            shared.remember(owner, &key, false);
            Ok(key)
        })
        .await
    }

    async fn rotate(&self, owner: CompanyId) -> Result<DataKey> {
        self.blocking(move |shared| shared.add(owner, false)).await
    }

    async fn destroy(&self, owner: CompanyId) -> Result<()> {
        self.blocking(move |shared| {
            let _lock = shared.folder.lock()?;
            shared.folder.destroy(owner)?;
            locked(&shared.known).remove(&owner);
            Ok(())
        })
        .await
    }
}

impl fmt::Debug for FileKeyProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source = if self.shared.file.is_some() { "in a file" } else { "given" };
        write!(f, "FileKeyProvider(master keys {source})")
    }
}
