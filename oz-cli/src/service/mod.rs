//! Commands that run the service and maintain its storage.

mod arenas;
pub(crate) mod audit;
pub(crate) mod backup;
pub(crate) mod check;
pub(crate) mod collections;
pub(crate) mod config;
pub(crate) mod health;
pub(crate) mod keys;
pub(crate) mod purge;
pub(crate) mod serve;
pub(crate) mod users;
pub(crate) mod webhooks;

use std::path::PathBuf;

use clap::Args;
use oz::{Error, Result};
use oz_http::Ports;
use oz_server::{DataDir, ServiceSettings, Stores};
use tokio::runtime::Runtime;

use super::setup::SetupArgs;

/// Storage of the service.
#[derive(Debug, Args)]
pub(crate) struct StoreArgs {
    /// Data folder of the service: database, media and keys (default: OZ_DATA_DIR, else the user's data
    /// folder)
    #[arg(long, value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
}

impl StoreArgs {
    /// Settings of the service. The option overrides `service.data_dir`.
    pub(crate) fn settings(&self, setup: &SetupArgs) -> Result<ServiceSettings> {
        let mut settings = ServiceSettings::from_config(&setup.config()?)?;
        if self.data_dir.is_some() {
            settings.data_dir.clone_from(&self.data_dir);
        }
        Ok(settings)
    }

    /// Settings of a service that was started before.
    ///
    /// # Errors
    /// `config.invalid` when its data folder does not exist, e.g. because the path is misspelt.
    pub(crate) fn existing(&self, setup: &SetupArgs) -> Result<ServiceSettings> {
        let settings = self.settings(setup)?;
        DataDir::ensure_exists(settings.data_dir.as_deref())?;
        Ok(settings)
    }

    /// Opens the storage and runs `work` on its ports.
    pub(crate) fn with_ports<T>(
        &self,
        setup: &SetupArgs,
        work: impl AsyncFnOnce(&Ports) -> Result<T>,
    ) -> Result<T> {
        let settings = self.existing(setup)?;
        runtime()?.block_on(async {
            let stores = Stores::open(&settings).await?;
            work(stores.ports()).await
        })
    }
}

/// Starts a multi-threaded runtime.
pub(crate) fn runtime() -> Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|source| Error::Core(oz_core::Error::backend("starting threads", false, source)))
}
