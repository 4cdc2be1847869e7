//! Settings of the service, with their defaults. Plain data, deserialised by the binary from its
//! configuration file.

mod path_prefix;
mod ranges;
mod sections;

pub use oz_core::system::Period;
pub use path_prefix::PathPrefix;
pub use ranges::MAX_WORKERS;
pub use sections::{
    AnalysisConfig, CollectionConfig, ListConfig, MediaConfig, NetworkConfig, PasswordConfig,
    RetentionConfig, SessionConfig, SignInConfig, UploadConfig, WebhookConfig, WorkConfig,
};

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Settings of the HTTP API.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServiceConfig {
    /// Public base URL of the service, e.g. `https://api.example.org`, the prefix of URLs in responses; the
    /// host of the request if unset.
    pub public_url: Option<String>,
    /// Path in front of all paths of the service, e.g. `/identity`. `public_url` has to end with it
    /// where both are set and no proxy removes it.
    pub path_prefix: PathPrefix,
    /// Name of the time zone reported by `/api/config`, e.g. `Europe/Berlin`. Has no effect on times in
    /// responses.
    pub time_zone: String,
    /// JSON value returned by `/api/ab-testings-configs`.
    pub ab_testing: Value,
    /// Sessions and tokens.
    pub sessions: SessionConfig,
    /// Limits on sign-in attempts.
    pub sign_in: SignInConfig,
    /// Password rules and hashing.
    pub passwords: PasswordConfig,
    /// Network.
    pub network: NetworkConfig,
    /// Upload limits.
    pub uploads: UploadConfig,
    /// Defaults of analyses.
    pub analyses: AnalysisConfig,
    /// Queue and workers.
    pub work: WorkConfig,
    /// Media files and previews.
    pub media: MediaConfig,
    /// Webhooks.
    pub webhooks: WebhookConfig,
    /// Retention of records.
    pub retention: RetentionConfig,
    /// Paging of lists.
    pub lists: ListConfig,
    /// Collections.
    pub collections: CollectionConfig,
}

impl Default for ServiceConfig {
    fn default() -> Self {
        Self {
            public_url: None,
            path_prefix: PathPrefix::default(),
            time_zone: "UTC".into(),
            ab_testing: Value::Array(Vec::new()),
            sessions: SessionConfig::default(),
            sign_in: SignInConfig::default(),
            passwords: PasswordConfig::default(),
            network: NetworkConfig::default(),
            uploads: UploadConfig::default(),
            analyses: AnalysisConfig::default(),
            work: WorkConfig::default(),
            media: MediaConfig::default(),
            webhooks: WebhookConfig::default(),
            retention: RetentionConfig::default(),
            lists: ListConfig::default(),
            collections: CollectionConfig::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn unset_fields_keep_their_defaults() {
        let text = r#"{"sessions": {"ttl": "20m"}, "uploads": {"max_files": 3}}"#;
        let config: ServiceConfig = serde_json::from_str(text).unwrap();
        assert_eq!(config.sessions.ttl.get(), Duration::from_secs(1_200));
        assert_eq!(config.sessions.long_ttl, SessionConfig::default().long_ttl);
        assert_eq!((config.uploads.max_files, config.uploads.max_file_bytes), (3, 10 << 20));
    }

    #[test]
    fn unknown_setting_is_refused() {
        assert!(serde_json::from_str::<ServiceConfig>(r#"{"uploads": {"max_fils": 3}}"#).is_err());
    }

    #[test]
    fn settings_round_trip() {
        let text = serde_json::to_string(&ServiceConfig::default()).unwrap();
        assert_eq!(serde_json::from_str::<ServiceConfig>(&text).unwrap(), ServiceConfig::default());
    }
}
