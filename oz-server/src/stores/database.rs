//! The database of a service: SQLite, PostgreSQL, or repositories of the application.

use std::path::Path;
use std::sync::Arc;

use oz::{Error, Result};
use oz_storage::layer::Sealer;
use oz_storage::sql::{PostgresStore, SqliteStore, StoreOptions};

use super::Repositories;
use crate::{DataDir, ServiceSettings};

#[derive(Debug, Clone)]
pub(super) enum Database {
    Sqlite(SqliteStore),
    Postgres(PostgresStore),
    Custom(Repositories),
}

impl Database {
    /// Opens the database of the settings, and creates or migrates its tables.
    pub(super) async fn open(
        settings: &ServiceSettings,
        folder: impl FnOnce() -> Result<DataDir>,
        sealer: Option<Sealer>,
    ) -> Result<Self> {
        let options = StoreOptions { sealer, ..StoreOptions::default() };
        match settings.database.reveal()? {
            None => Ok(Self::Sqlite(SqliteStore::open(folder()?.database(), options).await?)),
            Some(url) if url.starts_with("postgres") => {
                Ok(Self::Postgres(PostgresStore::connect(&url, options).await?))
            }
            Some(_) => Err(Error::Config {
                detail: "service.database: must start with postgres://; leave it out for SQLite".into(),
            }),
        }
    }

    pub(super) fn repositories(&self) -> Repositories {
        match self {
            Self::Sqlite(store) => Repositories::of(Arc::new(store.clone())),
            Self::Postgres(store) => Repositories::of(Arc::new(store.clone())),
            Self::Custom(repositories) => repositories.clone(),
        }
    }

    pub(super) async fn ping(&self) -> Result<()> {
        match self {
            Self::Sqlite(store) => store.ping().await?,
            Self::Postgres(store) => store.ping().await?,
            Self::Custom(repositories) => {
                repositories.erasures.staged().await?;
            }
        }
        Ok(())
    }

    /// Closes the connections. Repositories of the application are closed by the application.
    pub(super) async fn close(&self) {
        match self {
            Self::Sqlite(store) => store.close().await,
            Self::Postgres(store) => store.close().await,
            Self::Custom(_) => {}
        }
    }

    pub(super) async fn backup(&self, to: &Path) -> Result<()> {
        match self {
            Self::Sqlite(store) => Ok(store.backup_to(to).await?),
            Self::Postgres(_) => {
                Err(Error::Config { detail: "backup: use pg_dump for a PostgreSQL database".into() })
            }
            Self::Custom(_) => {
                Err(Error::Config { detail: "backup: not available for custom repositories".into() })
            }
        }
    }
}
