//! Local management of the keys that encrypt media and templates.
//!
//! Invariant: at any moment, even after an interruption, every data key is encrypted with a master key that
//! the file of the master key contains. Running services follow each change, since all processes share the
//! folder of keys.

use std::collections::BTreeMap;
use std::sync::Arc;

use oz::{Error, Result};
use oz_core::account::{CompanyFilter, Scope};
use oz_core::listing::Slice;
use oz_core::storage::AuditEvent;
use oz_core::storage::port::KeyProvider;
use oz_core::system::CompanyId;
use oz_http::Ports;
use oz_storage::fs::{FileKeyProvider, KeyState, StoredKey, StoredMaster};
use serde::Serialize;

pub use oz_storage::fs::Rewrapped;

use crate::stores::{self, StoreParts};
use crate::{DataDir, ServiceSettings, Stores};

/// Keys of a service, with its storage.
#[derive(Debug)]
pub struct Keys {
    provider: Arc<FileKeyProvider>,
    stores: Stores,
}

/// Master keys and data keys.
#[derive(Debug, Clone, Serialize)]
pub struct KeyList {
    /// Master keys, the active one first. More than one means that a rotation was interrupted.
    pub masters: Vec<MasterKey>,
    /// Data keys by company and version.
    pub keys: Vec<CompanyKey>,
}

/// Master key, which encrypts data keys.
#[derive(Debug, Clone, Serialize)]
pub struct MasterKey {
    /// Identifier, 16 hexadecimal digits.
    pub id: String,
    /// Whether new data keys are encrypted with the key.
    pub active: bool,
    /// Number of data keys that are encrypted with the key.
    pub data_keys: usize,
}

/// Data key, which encrypts the media and templates of a company.
#[derive(Debug, Clone, Serialize)]
pub struct CompanyKey {
    /// ID of the company.
    pub company: CompanyId,
    /// Name of the company; absent when the database has no such company.
    pub name: Option<String>,
    /// Version; every rotation adds the next one.
    pub version: u32,
    /// Whether new data are encrypted with the key.
    pub active: bool,
    /// Time of creation, RFC 3339; absent when the file is missing.
    pub created: Option<String>,
    /// Identifier of the master key that encrypts the key; absent when it cannot be read.
    pub master: Option<String>,
    /// Reason why data encrypted with the key cannot be read; absent when they can.
    pub problem: Option<String>,
}

impl KeyList {
    /// Whether every key can be used.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        self.keys.iter().all(|key| key.problem.is_none())
    }
}

impl Keys {
    /// Opens the keys and the storage of the settings. An interrupted rotation is left as it is.
    ///
    /// # Errors
    /// `config.invalid` when the settings switch encryption off; `storage.backend`.
    pub async fn open(settings: &ServiceSettings) -> Result<Self> {
        if !settings.encryption {
            return Err(Error::Config { detail: "service.encryption: must be on to manage keys".into() });
        }

        let (folder, masters) = stores::key_files(settings, &DataDir::open(settings.data_dir.as_deref())?);
        let provider = Arc::new(FileKeyProvider::open_unchanged(folder, masters)?);
        let parts = StoreParts { keys: Some(provider.clone()), ..StoreParts::default() };
        Ok(Self { provider, stores: Stores::assemble(settings, parts).await? })
    }

    /// Lists the master keys and the data keys. Destroyed keys are not listed.
    ///
    /// # Errors
    /// `storage.backend`.
    pub async fn list(&self) -> Result<KeyList> {
        let stored = self.provider.list().await?;
        let masters = self.provider.masters().into_iter().map(|master| describe_master(master, &stored));
        let masters = masters.collect();

        let (filter, all) = (CompanyFilter::default(), Slice { limit: u32::MAX, ..Slice::default() });
        let companies = self.ports().accounts.companies(&Scope::Everything, &filter, &all).await?;
        let names: BTreeMap<_, _> = companies.into_iter().map(|company| (company.id, company.name)).collect();
        let keys = stored.into_iter().map(|key| describe_key(key, &names)).collect();
        Ok(KeyList { masters, keys })
    }

    /// Adds a data key for each of the companies, or for every company that has one, and returns their
    /// number. New data are encrypted with it; data encrypted with earlier keys stay readable.
    ///
    /// # Errors
    /// `storage.not_found` for an unknown company; `storage.backend`.
    pub async fn rotate(&self, companies: &[CompanyId]) -> Result<usize> {
        for company in companies {
            self.ports().accounts.company(&Scope::Everything, *company).await?;
        }

        let mut owners = companies.to_vec();
        if owners.is_empty() {
            owners.extend(
                self.provider.list().await?.into_iter().filter(|key| key.is_active).map(|key| key.owner),
            );
        }
        for owner in &owners {
            let key = self.provider.rotate(*owner).await?;
            self.record("key.rotated", format!("{owner:?}"), &[("version", key.version().to_string())])
                .await?;
        }
        Ok(owners.len())
    }

    /// Replaces the master key by a new random one and encrypts the data keys with it. Stored media and
    /// templates are not touched.
    ///
    /// # Errors
    /// `storage.backend`; an interrupted rotation is completed by [`Keys::rewrap`] or by the next start of
    /// the service.
    pub async fn rotate_master(&self) -> Result<Rewrapped> {
        let rewrapped = self.provider.rotate_master().await?;
        self.record_master("master_key.rotated", &rewrapped).await?;
        Ok(rewrapped)
    }

    /// Encrypts the data keys with the active master key where they are not yet. Changes nothing when it is
    /// repeated.
    ///
    /// # Errors
    /// `storage.backend`.
    pub async fn rewrap(&self) -> Result<Rewrapped> {
        let rewrapped = self.provider.rewrap().await?;
        if rewrapped.keys > 0 {
            self.record_master("master_key.rewrapped", &rewrapped).await?;
        }
        Ok(rewrapped)
    }

    fn ports(&self) -> &Ports {
        self.stores.ports()
    }

    async fn record_master(&self, action: &str, rewrapped: &Rewrapped) -> Result<()> {
        let master = self.provider.masters().swap_remove(0).id;
        self.record(action, master, &[("data_keys", rewrapped.keys.to_string())]).await
    }

    async fn record(&self, action: &str, object: String, details: &[(&str, String)]) -> Result<()> {
        let event = AuditEvent {
            at: self.ports().clock.now(),
            actor: "operator".into(),
            action: action.into(),
            object,
            details: details.iter().map(|(name, value)| ((*name).into(), value.clone())).collect(),
        };
        self.ports().audit.append(event).await?;
        Ok(())
    }
}

fn describe_master(master: StoredMaster, stored: &[StoredKey]) -> MasterKey {
    let data_keys = stored.iter().filter(|key| key.master.as_ref() == Some(&master.id)).count();
    MasterKey { id: master.id, active: master.is_active, data_keys }
}

fn describe_key(key: StoredKey, names: &BTreeMap<CompanyId, String>) -> CompanyKey {
    CompanyKey {
        company: key.owner,
        name: names.get(&key.owner).cloned(),
        version: key.version.0,
        active: key.is_active,
        created: key.created.map(|created| created.to_string()),
        master: key.master,
        problem: match key.state {
            KeyState::Readable => None,
            KeyState::Missing => Some("the file of the key is missing".into()),
            KeyState::Unreadable(reason) => Some(reason),
        },
    }
}
