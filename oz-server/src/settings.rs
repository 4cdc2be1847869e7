//! Configuration of the service: the section `[service]`.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use oz_http::ServiceConfig;
use oz_http::config::MAX_WORKERS;
use serde::{Deserialize, Serialize};

use crate::examiner::WorkerLimits;
use oz::{Config, Error, Result};

/// Settings of the service process.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServiceSettings {
    /// Address and port to listen on. Port 0 takes a free port.
    pub listen: SocketAddr,
    /// Folder of the database, media and keys. Default: `OZ_DATA_DIR`, else the user's data folder.
    pub data_dir: Option<PathBuf>,
    /// Tasks of this process: `all`, `api` or `worker`.
    pub role: Role,
    /// Store nothing: no storage is opened, and only the Instant and Lite methods are available.
    pub stateless: bool,
    /// URL of a PostgreSQL database, or `file:PATH` of a file with the URL. Default: SQLite in the data
    /// folder.
    pub database: Secret,
    /// URL of an object store for media: `s3://BUCKET/PREFIX`, `gs://…`, `az://…`. Default: a folder in the
    /// data folder.
    pub blobs: Option<String>,
    /// Options of the object store under their names in the crate `object_store`, such as `aws_region` or
    /// `aws_secret_access_key`.
    pub blob_options: BTreeMap<String, Secret>,
    /// Encrypt media and templates at rest, each company with its own key.
    pub encryption: bool,
    /// File of the master key. Default: a file in the data folder, created at the first start.
    pub master_key: Option<PathBuf>,
    /// File of the signing keys, shared by all processes of a service. Default: a file in the data folder,
    /// created at the first start.
    pub secrets: Option<PathBuf>,
    /// Place where media are decoded and examined: `auto`, `process` or `in_process`.
    pub examiner: ExaminerKind,
    /// Memory limit of each worker process in bytes, models included; 0 is unlimited. Linux only. Default: 2
    /// GiB.
    pub examiner_memory: u64,
    /// Number of examinations in parallel; 0 is one per core.
    pub workers: usize,
    /// Certificate and key for TLS. Default: plain HTTP.
    pub tls: Option<TlsSettings>,
    /// Log filter: `error`, `warn`, `info`, `debug`, or directives such as `oz_http=debug,info`.
    pub log: String,
    /// Log format: `text` or `json`.
    pub log_format: LogFormat,
    /// Configuration of the HTTP API.
    pub api: ServiceConfig,
}

/// Tasks of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Answer requests and process jobs.
    #[default]
    All,
    /// Answer requests only.
    Api,
    /// Process jobs only: analyses, previews, webhooks, deletions. Answers health checks.
    Worker,
}

/// Place where media are decoded and examined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExaminerKind {
    /// Worker processes where the program provides them, as `oz serve` does; else this process.
    #[default]
    Auto,
    /// Worker processes, which are killed at their deadline.
    Process,
    /// This process.
    InProcess,
}

/// Log format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// Human-readable lines.
    #[default]
    Text,
    /// One JSON object per line.
    Json,
}

/// Files for TLS, in PEM. Without this section the service uses plain HTTP; with it both keys are required.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsSettings {
    /// Certificate chain, leaf first.
    pub certificate: PathBuf,
    /// Private key of the leaf certificate.
    pub key: PathBuf,
}

/// Secret value, given in place or as `file:PATH`. `Debug` and serialisation do not reveal it.
#[derive(Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct Secret(Option<String>);

impl Secret {
    /// Value of the secret, read from its file where it names one. `None` when it is empty.
    ///
    /// # Errors
    /// `file.unreadable`.
    pub fn reveal(&self) -> Result<Option<String>> {
        match self.0.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
            None => Ok(None),
            Some(text) => match text.strip_prefix("file:") {
                None => Ok(Some(text.into())),
                Some(path) => read(Path::new(path)).map(|content| Some(content.trim().into())),
            },
        }
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() { "Secret(..)" } else { "Secret(empty)" })
    }
}

impl Serialize for Secret {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        match &self.0 {
            None => serializer.serialize_none(),
            Some(text) if text.starts_with("file:") => serializer.serialize_str(text),
            Some(_) => serializer.serialize_str("(hidden)"),
        }
    }
}

impl Default for ServiceSettings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            data_dir: None,
            role: Role::All,
            stateless: false,
            database: Secret::default(),
            blobs: None,
            blob_options: BTreeMap::new(),
            encryption: true,
            master_key: None,
            secrets: None,
            examiner: ExaminerKind::Auto,
            examiner_memory: WorkerLimits::default().memory,
            workers: 0,
            tls: None,
            log: "info".into(),
            log_format: LogFormat::Text,
            api: ServiceConfig::default(),
        }
    }
}

impl ServiceSettings {
    /// Reads the section `[service]` of a configuration.
    ///
    /// ```
    /// use oz_server::{Role, ServiceSettings};
    ///
    /// let config = oz::Config::from_toml("[service]\nlisten = '127.0.0.1:9000'\nrole = 'api'")?;
    /// let settings = ServiceSettings::from_config(&config)?;
    /// assert_eq!((settings.listen.port(), settings.role), (9000, Role::Api));
    /// # Ok::<(), oz::Error>(())
    /// ```
    ///
    /// # Errors
    /// `config.invalid` for unknown keys and invalid values.
    pub fn from_config(config: &Config) -> Result<Self> {
        let section = toml::Value::Table(config.service.clone());
        let settings: Self = section.try_into().map_err(|error: toml::de::Error| Error::Config {
            detail: format!("service: {}", error.to_string().trim()),
        })?;
        settings.ensure_valid()?;
        Ok(settings)
    }

    /// Ensures that every value is in its range.
    ///
    /// # Errors
    /// `config.invalid` for `service.workers`; `input.invalid_value` for the others.
    pub fn ensure_valid(&self) -> Result<()> {
        if self.workers > MAX_WORKERS {
            let detail = format!("service.workers: must be at most {MAX_WORKERS}, not {}", self.workers);
            return Err(Error::Config { detail });
        }
        self.api.ensure_valid()?;
        Ok(())
    }

    /// Number of examinations in parallel, at least 1.
    #[must_use]
    pub fn parallelism(&self) -> usize {
        match self.workers {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            workers => workers,
        }
    }
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|source| Error::File { action: "read", path: path.into(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(text: &str) -> Result<ServiceSettings> {
        ServiceSettings::from_config(&Config::from_toml(text)?)
    }

    #[test]
    fn empty_configuration_is_valid() {
        let settings = settings("").unwrap();
        assert_eq!((settings.listen.port(), settings.role, settings.encryption), (8080, Role::All, true));
        assert!(settings.listen.ip().is_loopback(), "the default address is loopback");
    }

    #[test]
    fn unknown_key_is_refused_by_name() {
        let error = settings("[service]\nlissten = '127.0.0.1:1'").unwrap_err();
        assert_eq!(error.code(), "config.invalid");
        assert!(error.to_string().contains("lissten"), "{error}");
    }

    #[test]
    fn secrets_are_hidden() {
        let settings = settings("[service]\ndatabase = 'postgres://u:hunter2@h/db'").unwrap();
        assert_eq!(settings.database.reveal().unwrap().unwrap(), "postgres://u:hunter2@h/db");
        let shown = format!("{settings:?}{}", serde_json::to_string(&settings).unwrap());
        assert!(!shown.contains("hunter2"), "{shown}");
    }

    #[test]
    fn secret_is_read_from_a_file() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "postgres://h/db\n").unwrap();
        let text = format!("[service]\ndatabase = 'file:{}'", file.path().display());
        assert_eq!(settings(&text).unwrap().database.reveal().unwrap().unwrap(), "postgres://h/db");
    }
}
