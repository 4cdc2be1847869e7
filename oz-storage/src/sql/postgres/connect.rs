//! Reaching a server.

use oz_core::{Error, Result};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions as _, Row as _};

use super::PostgresStore;
use super::body::migrate;
use crate::sql::error::During as _;
use crate::sql::{SchemaError, StoreOptions};

/// The oldest major version.
const NEEDED: i64 = 15;

impl PostgresStore {
    /// Connects to a database, and brings its tables up to date if need be. TLS is as `sslmode` in the address says.
    ///
    /// # Errors
    /// `input.invalid_value` when the address is none; `storage.backend`, with a [`SchemaError`] as its source when tables
    /// are newer or the server older than this program can use.
    pub async fn connect(url: &str, options: StoreOptions) -> Result<Self> {
        let server: PgConnectOptions = url.parse().map_err(|_| not_an_address())?;
        // A plan for any values would take a value that one folder has for one that all have.
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

    /// Closes all connections; handles that are left fail from now on.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    async fn check_version(&self) -> Result<()> {
        const ASKING: &str = "asking for the version of the server";
        let asked = sqlx::query("SELECT current_setting('server_version_num')::BIGINT");
        let row = asked.fetch_one(&self.pool).await.during(ASKING)?;
        match row.try_get::<i64, _>(0).during(ASKING)? / 10_000 {
            found if found < NEEDED => Err(SchemaError::OldServer { found, needed: NEEDED }.into()),
            _ => Ok(()),
        }
    }
}

/// Without the text, which holds the password.
fn not_an_address() -> Error {
    Error::InvalidValue {
        name: "address of the database",
        detail: "it is not like postgres://user:password@host:port/database".into(),
    }
}
