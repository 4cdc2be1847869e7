//! Connection to a server.

use oz_core::{Error, Result};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions as _, Row as _};

use super::PostgresStore;
use super::body::migrate;
use crate::sql::error::During as _;
use crate::sql::{SchemaError, StoreOptions};

/// Oldest supported major version.
const NEEDED: i64 = 15;

impl PostgresStore {
    /// Connects to a database and migrates its schema. The parameter `sslmode` of the address controls TLS.
    ///
    /// # Errors
    /// `input.invalid_value` when the address is malformed; `storage.backend`, with a [`SchemaError`] as its
    /// source when the schema is newer or the server older than this program supports.
    pub async fn connect(url: &str, options: StoreOptions) -> Result<Self> {
        let server: PgConnectOptions = url.parse().map_err(|_| malformed_address())?;
        // A generic plan would ignore that some metadata values occur in one folder and others in all of
        // them.
        let server = server.options([("plan_cache_mode", "force_custom_plan")]);
        let server = server.disable_statement_logging().application_name("oz");

        let pool = PgPoolOptions::new()
            .max_connections(options.connections.max(1))
            .acquire_timeout(options.patience)
            .connect_with(server);
        let pool = pool.await.during("connecting to the database")?;

        let store = Self { pool, sealer: options.sealer };
        store.check_version().await?;
        migrate(&store).await?;
        Ok(store)
    }

    /// Closes all connections. Every later operation fails, on clones of this store too.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    async fn check_version(&self) -> Result<()> {
        const READING: &str = "reading the version of the server";
        let query = sqlx::query("SELECT current_setting('server_version_num')::BIGINT");
        let row = query.fetch_one(&self.pool).await.during(READING)?;
        match row.try_get::<i64, _>(0).during(READING)? / 10_000 {
            found if found < NEEDED => Err(SchemaError::OldServer { found, needed: NEEDED }.into()),
            _ => Ok(()),
        }
    }
}

/// Error that does not quote the address, because it contains the password.
fn malformed_address() -> Error {
    Error::InvalidValue {
        name: "address of the database",
        detail: "must have the form postgres://user:password@host:port/database".into(),
    }
}
