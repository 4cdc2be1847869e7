//! Folder of data keys: `OWNER/VERSION.key` per key, `OWNER/destroyed` once keys were destroyed,
//! `latest/OWNER` with the highest version so far, and `lock`.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use oz_core::Result;
use oz_core::storage::{DataKey, KeyVersion};
use oz_core::system::{CompanyId, Timestamp, Uuid};
use zeroize::Zeroizing;

use super::inventory::{KeyState, Rewrapped, StoredKey, hex};
use super::master::{Master, MasterId, Ring};
use crate::cipher::{NONCE, TAG};
use crate::fs::durable::{self, failed};
use crate::system::random;

/// First bytes of every key file; the last byte is the format version.
const MAGIC: [u8; 8] = *b"oz.key\0\x01";
/// Prefix of every encryption context. Separates data keys from everything else encrypted with the master
/// key.
const DOMAIN: &[u8] = b"oz.key.1";
/// Name of the file that holds the highest destroyed version as a decimal number.
const TOMBSTONE: &str = "destroyed";
/// Name of the folder that holds the highest version of each owner as a decimal number. It is not in the
/// folder of the owner, so that the loss of that folder is noticed.
const LATEST: &str = "latest";
/// Reason for reporting a key whose file is missing.
const MISSING: &str = "the file of the key is missing";

#[derive(Debug, Clone)]
pub(super) struct KeyFolder {
    root: PathBuf,
}

/// Reason for refusing a key file.
#[derive(Debug, Clone, Copy, thiserror::Error)]
pub(super) enum Unusable {
    #[error("not a key file, or written by a later release")]
    Format,
    #[error("the key is encrypted with an unknown master key")]
    UnknownMaster,
    #[error("the key file was modified, or belongs to another owner or version")]
    Forged,
    #[error("the files `OWNER/destroyed` and `latest/OWNER` must hold a decimal number")]
    Number,
}

impl Unusable {
    pub(super) fn reading(self, owner: CompanyId, version: KeyVersion) -> oz_core::Error {
        oz_core::Error::backend(format!("reading key {version} of {owner:?}"), false, self)
    }
}

impl KeyFolder {
    pub(super) fn create(root: PathBuf) -> Result<Self> {
        let created = durable::create_folder(&root).and_then(|()| durable::sync_folder(&root));
        created.map_err(failed("creating the key folder"))?;
        Ok(Self { root })
    }

    /// Takes the exclusive lock that keeps other processes and threads from changing the folder.
    pub(super) fn lock(&self) -> Result<File> {
        let mut options = File::options();
        options.write(true).create(true).truncate(false);

        let file = options.open(self.root.join("lock"));
        let locked = file.and_then(|file| {
            file.lock()?;
            Ok(file)
        });
        locked.map_err(failed("locking the key folder"))
    }

    fn owner(&self, owner: CompanyId) -> PathBuf {
        self.root.join(owner.to_string())
    }

    pub(super) fn path(&self, owner: CompanyId, version: KeyVersion) -> PathBuf {
        self.owner(owner).join(format!("{version}.key"))
    }

    pub(super) fn has(&self, owner: CompanyId, version: KeyVersion) -> bool {
        self.path(owner, version).exists()
    }

    /// Lists the owners that have or had keys, in ascending order.
    pub(super) fn owners(&self) -> Result<Vec<CompanyId>> {
        let operation = || failed("listing the owners of keys");
        let mut names = durable::names_in(&self.root).map_err(operation())?;
        names.extend(durable::names_in(&self.root.join(LATEST)).map_err(operation())?);

        let ids = names.iter().filter_map(|name| name.parse::<Uuid>().ok());
        let mut owners: Vec<CompanyId> = ids.map(CompanyId::from).collect();
        owners.sort_unstable();
        owners.dedup();
        Ok(owners)
    }

    /// Lists the versions of an owner's keys that were not destroyed, in ascending order.
    pub(super) fn versions(&self, owner: CompanyId) -> Result<Vec<KeyVersion>> {
        let destroyed = self.last_destroyed(owner)?;
        let mut found = self.files(owner)?;
        found.retain(|version| *version > destroyed);
        Ok(found)
    }

    /// Range of the versions that must have a file: those after the last destroyed one, up to the highest
    /// one.
    pub(super) fn expected(&self, owner: CompanyId) -> Result<impl Iterator<Item = KeyVersion> + use<>> {
        let (destroyed, highest) = (self.last_destroyed(owner)?, self.highest(owner)?);
        Ok((destroyed.0 + 1..=highest.0).map(KeyVersion))
    }

    /// Highest version so far, whether its file exists, is missing or was destroyed; 0 if there was none.
    fn highest(&self, owner: CompanyId) -> Result<KeyVersion> {
        let last = self.files(owner)?.last().copied().unwrap_or(KeyVersion(0));
        Ok(last.max(self.last_destroyed(owner)?).max(self.recorded(owner)?))
    }

    /// Version that is recorded as the highest one; 0 for folders of earlier releases.
    fn recorded(&self, owner: CompanyId) -> Result<KeyVersion> {
        self.number(owner, &self.root.join(LATEST).join(owner.to_string()))
    }

    /// Records the highest version of an owner, so that its number is not used again and a loss of its file
    /// is noticed. Call it under the lock.
    pub(super) fn record(&self, owner: CompanyId) -> Result<()> {
        let highest = self.files(owner)?.last().copied().unwrap_or(KeyVersion(0));
        self.record_at_least(owner, highest)
    }

    fn record_at_least(&self, owner: CompanyId, highest: KeyVersion) -> Result<()> {
        if highest <= self.recorded(owner)? {
            return Ok(());
        }

        let folder = self.root.join(LATEST);
        let written =
            durable::create_folder(&folder).and_then(|()| durable::sync_folder(&self.root)).and_then(|()| {
                durable::replace(&folder.join(owner.to_string()), format!("{highest}\n").as_bytes())
            });
        written.map_err(failed(format!("recording the highest key of {owner:?}")))
    }

    /// Lists the versions that have a file, including destroyed ones whose file was not removed yet.
    fn files(&self, owner: CompanyId) -> Result<Vec<KeyVersion>> {
        let names = durable::names_in(&self.owner(owner));
        let names = names.map_err(failed(format!("listing the keys of {owner:?}")))?;
        let number = |name: &String| name.strip_suffix(".key")?.parse().ok().map(KeyVersion);
        let mut found: Vec<KeyVersion> = names.iter().filter_map(number).collect();
        found.sort_unstable();
        Ok(found)
    }

    /// Highest destroyed version; 0 if there is no tombstone.
    fn last_destroyed(&self, owner: CompanyId) -> Result<KeyVersion> {
        self.number(owner, &self.owner(owner).join(TOMBSTONE))
    }

    /// Reads a version from a file; 0 if the file does not exist.
    fn number(&self, owner: CompanyId, path: &Path) -> Result<KeyVersion> {
        let invalid = || Unusable::Number.reading(owner, KeyVersion(0));
        match fs::read_to_string(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(KeyVersion(0)),
            Err(error) => Err(failed(format!("reading the last version of {owner:?}"))(error)),
            Ok(text) => text.trim().parse().map(KeyVersion).map_err(|_| invalid()),
        }
    }

    /// Reads a key; `None` if this version does not exist. [`Unusable::UnknownMaster`] if its master key is
    /// not in `masters`.
    pub(super) fn read(
        &self,
        owner: CompanyId,
        version: KeyVersion,
        masters: &Ring,
    ) -> Result<Option<std::result::Result<DataKey, Unusable>>> {
        if version <= self.last_destroyed(owner)? {
            return Ok(None);
        }
        match fs::read(self.path(owner, version)) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(format!("reading key {version} of {owner:?}"))(error)),
            Ok(stored) => Ok(Some(unwrap(&stored, owner, version, masters))),
        }
    }

    /// Adds a random key of the next version. It is durable when this returns. Call it under the lock.
    pub(super) fn add(&self, owner: CompanyId, master: &Master) -> Result<DataKey> {
        let operation = || failed(format!("creating a key of {owner:?}"));
        durable::create_folder(&self.owner(owner))
            .and_then(|()| durable::sync_folder(&self.root))
            .map_err(operation())?;

        loop {
            let key = DataKey::new(KeyVersion(self.highest(owner)?.0 + 1), random());
            match durable::create_new(&self.path(owner, key.version()), &wrap(&key, owner, master)) {
                Ok(()) => {
                    self.record(owner)?;
                    return Ok(key);
                }
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(operation()(error)),
            }
        }
    }

    /// Re-encrypts every key that is not encrypted with the current master key. A key that is missing or
    /// cannot be decrypted is reported and does not stop the others. Call it under the lock.
    pub(super) fn rewrap(&self, masters: &Ring) -> Result<Rewrapped> {
        let mut rewrapped = Rewrapped::default();
        for owner in self.owners()? {
            self.record(owner)?;
            for version in self.expected(owner)? {
                if !self.has(owner, version) {
                    rewrapped.unreadable.push((owner, version, MISSING.into()));
                    continue;
                }
                match self.rewrap_one(owner, version, masters)? {
                    Ok(changed) => rewrapped.keys += usize::from(changed),
                    Err(reason) => rewrapped.unreadable.push((owner, version, reason.to_string())),
                }
            }
        }
        Ok(rewrapped)
    }

    fn rewrap_one(
        &self,
        owner: CompanyId,
        version: KeyVersion,
        masters: &Ring,
    ) -> Result<std::result::Result<bool, Unusable>> {
        let path = self.path(owner, version);
        let operation = || failed(format!("re-encrypting key {version} of {owner:?}"));
        let stored = fs::read(&path).map_err(operation())?;
        if master_of(&stored) == Some(masters.current().id) {
            return Ok(Ok(false));
        }

        let key = match unwrap(&stored, owner, version, masters) {
            Ok(key) => key,
            Err(reason) => return Ok(Err(reason)),
        };
        durable::replace_keeping_time(&path, &wrap(&key, owner, masters.current())).map_err(operation())?;
        Ok(Ok(true))
    }

    /// Lists the keys of all owners, including those whose file is missing.
    pub(super) fn inventory(&self, masters: &Ring) -> Result<Vec<StoredKey>> {
        let mut found = Vec::new();
        for owner in self.owners()? {
            let active = self.versions(owner)?.last().copied();
            for version in self.expected(owner)? {
                found.push(self.describe(owner, version, Some(version) == active, masters)?);
            }
        }
        Ok(found)
    }

    fn describe(
        &self,
        owner: CompanyId,
        version: KeyVersion,
        is_active: bool,
        masters: &Ring,
    ) -> Result<StoredKey> {
        let mut key = StoredKey::missing(owner, version, is_active);
        let path = self.path(owner, version);
        let operation = || failed(format!("reading key {version} of {owner:?}"));
        let stored = match fs::read(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(key),
            stored => stored.map_err(operation())?,
        };

        let modified = fs::metadata(&path).and_then(|file| file.modified()).map_err(operation())?;
        key.created = modified.duration_since(UNIX_EPOCH).ok().map(|since| Timestamp::EPOCH.after(since));
        key.master = master_of(&stored).map(hex);
        key.state = match unwrap(&stored, owner, version, masters) {
            Ok(_) => KeyState::Readable,
            Err(reason) => KeyState::Unreadable(reason.to_string()),
        };
        Ok(key)
    }

    /// Destroys all keys of an owner, including those whose file is missing. The durable tombstone destroys
    /// them; then their files are overwritten and removed. Call it under the lock.
    pub(super) fn destroy(&self, owner: CompanyId) -> Result<()> {
        let (files, last) = (self.files(owner)?, self.highest(owner)?);
        if files.is_empty() && last == self.last_destroyed(owner)? {
            return Ok(());
        }

        self.destroy_until(owner, last)
    }

    /// Writes the tombstone, and overwrites and removes the files of the keys that it covers.
    fn destroy_until(&self, owner: CompanyId, last: KeyVersion) -> Result<()> {
        let operation = || failed(format!("destroying the keys of {owner:?}"));
        let folder = self.owner(owner);
        durable::create_folder(&folder)
            .and_then(|()| durable::sync_folder(&self.root))
            .map_err(operation())?;
        durable::replace(&folder.join(TOMBSTONE), format!("{last}\n").as_bytes()).map_err(operation())?;

        for version in self.files(owner)?.into_iter().filter(|version| *version <= last) {
            durable::wipe(&self.path(owner, version)).map_err(operation())?;
        }
        durable::sync_folder(&folder).map_err(operation())
    }

    /// Destroys the keys of an owner that `other` has destroyed, and records its highest version.
    pub(super) fn follow(&self, other: &Self, owner: CompanyId) -> Result<()> {
        let destroyed = other.last_destroyed(owner)?.max(self.last_destroyed(owner)?);
        let remains = self.files(owner)?.first().is_some_and(|first| *first <= destroyed);
        if remains || destroyed > self.last_destroyed(owner)? {
            self.destroy_until(owner, destroyed)?;
        }
        self.record_at_least(owner, other.highest(owner)?)
    }
}

fn wrap(key: &DataKey, owner: CompanyId, master: &Master) -> Vec<u8> {
    let nonce: [u8; NONCE] = random();
    let mut stored = [MAGIC.as_slice(), &master.id, &nonce].concat();
    // Reserve everything now: growing the buffer later would leave a copy of the secret in freed memory.
    stored.reserve_exact(32 + TAG);
    let start = stored.len();
    stored.extend_from_slice(key.secret());
    master.cipher.seal(&nonce, &context(owner, key.version(), &master.id), &mut stored, start);
    stored
}

pub(super) fn unwrap(
    stored: &[u8],
    owner: CompanyId,
    version: KeyVersion,
    masters: &Ring,
) -> std::result::Result<DataKey, Unusable> {
    let id = master_of(stored).ok_or(Unusable::Format)?;
    let (nonce, sealed) = stored[MAGIC.len() + id.len()..].split_first_chunk().ok_or(Unusable::Format)?;
    let master = masters.named(&id).ok_or(Unusable::UnknownMaster)?;
    let mut sealed = Zeroizing::new(sealed.to_vec());
    let opened = master.cipher.open(nonce, &context(owner, version, &id), &mut sealed);
    let secret = <[u8; 32]>::try_from(&*opened.map_err(|_| Unusable::Forged)?).map(Zeroizing::new);
    Ok(DataKey::new(version, *secret.map_err(|_| Unusable::Format)?))
}

fn master_of(stored: &[u8]) -> Option<MasterId> {
    stored.strip_prefix(&MAGIC)?.first_chunk().copied()
}

fn context(owner: CompanyId, version: KeyVersion, master: &MasterId) -> Vec<u8> {
    [DOMAIN, &owner.uuid().as_u128().to_be_bytes(), &version.0.to_be_bytes(), master].concat()
}
