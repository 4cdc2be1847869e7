//! What can be configured of the service: the section `[service]` of the configuration.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use oz_http::ServiceConfig;
use serde::{Deserialize, Serialize};

use crate::examiner::WorkerLimits;
use oz::{Config, Error, Result};

/// Settings of the running service. Every key may be left out; unknown keys are refused.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServiceSettings {
    /// Address and port to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where everything is kept; none is `OZ_DATA_DIR`, else the user's data folder.
    pub data_dir: Option<PathBuf>,
    /// What this process does.
    pub role: Role,
    /// Keep nothing: only the Instant and the Lite methods are there, and no storage is opened.
    pub stateless: bool,
    /// URL of a PostgreSQL database, or a file that holds it; none is SQLite in the data folder.
    pub database: Secret,
    /// Where media are kept: `s3://BUCKET/PREFIX`, `gs://…`, `az://…`; none is a folder in the data folder.
    pub blobs: Option<String>,
    /// Options of that store by their names in the crate `object_store`, e.g. `aws_region`, `aws_secret_access_key`.
    pub blob_options: BTreeMap<String, Secret>,
    /// Encrypt media and templates with a key of their company.
    pub encryption: bool,
    /// File that holds the master key; none is one in the data folder, made at the first start.
    pub master_key: Option<PathBuf>,
    /// File of the keys that sign; none is one in the data folder, made at the first start. Processes of one service share it.
    pub secrets: Option<PathBuf>,
    /// Where media are decoded and judged.
    pub examiner: ExaminerKind,
    /// Memory for data in bytes of each process that examines, models included; 0 is without a limit. Linux only.
    pub examiner_memory: u64,
    /// Examinations side by side; 0 is one for each core.
    pub workers: usize,
    /// Certificate and key, to speak TLS.
    pub tls: Option<TlsSettings>,
    /// What is logged: `error`, `warn`, `info`, `debug`, or filters such as `oz_http=debug,info`.
    pub log: String,
    /// How it is logged.
    pub log_format: LogFormat,
    /// What clients meet.
    pub api: ServiceConfig,
}

/// What a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Answers requests and works.
    #[default]
    All,
    /// Answers requests.
    Api,
    /// Works: analyses, previews, webhooks, sweeping. Answers only questions about its health.
    Worker,
}

/// Where media are decoded and judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExaminerKind {
    /// In processes of their own, which are killed at their deadline.
    #[default]
    Process,
    /// In this process.
    InProcess,
}

/// How events are logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// Lines for people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Files for TLS, in PEM.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsSettings {
    /// Certificate and those that vouch for it.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// Something that nobody may read in a log: given directly, or as `file:PATH`. `Debug` and serialisation hide it.
#[derive(Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct Secret(Option<String>);

impl Secret {
    /// The secret itself, from its file if it is in one.
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
        f.write_str(if self.0.is_some() { "Secret(..)" } else { "Secret(none)" })
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
            examiner: ExaminerKind::Process,
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
    /// The section `[service]` of a configuration.
    ///
    /// # Errors
    /// `config.invalid`.
    pub fn from_config(config: &Config) -> Result<Self> {
        let section = toml::Value::Table(config.service.clone());
        section.try_into().map_err(|error: toml::de::Error| Error::Config {
            detail: format!("service: {}", error.to_string().trim()),
        })
    }

    /// Examinations side by side, at least 1.
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
    fn an_empty_configuration_is_enough() {
        let settings = settings("").unwrap();
        assert_eq!((settings.listen.port(), settings.role, settings.encryption), (8080, Role::All, true));
        assert!(settings.listen.ip().is_loopback(), "nothing is open to the network unasked");
    }

    #[test]
    fn unknown_keys_are_refused_by_name() {
        let error = settings("[service]\nlissten = '127.0.0.1:1'").unwrap_err();
        assert_eq!(error.code(), "config.invalid");
        assert!(error.to_string().contains("lissten"), "{error}");
    }

    #[test]
    fn secrets_are_not_shown() {
        let settings = settings("[service]\ndatabase = 'postgres://u:hunter2@h/db'").unwrap();
        assert_eq!(settings.database.reveal().unwrap().unwrap(), "postgres://u:hunter2@h/db");
        let shown = format!("{settings:?}{}", serde_json::to_string(&settings).unwrap());
        assert!(!shown.contains("hunter2"), "{shown}");
    }

    #[test]
    fn a_secret_can_lie_in_a_file() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "postgres://h/db\n").unwrap();
        let text = format!("[service]\ndatabase = 'file:{}'", file.path().display());
        assert_eq!(settings(&text).unwrap().database.reveal().unwrap().unwrap(), "postgres://h/db");
    }
}
