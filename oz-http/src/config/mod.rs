//! What an operator can set, with the values that hold when nothing is set. Plain data: the assembly reads it from a file.

mod period;
mod sections;

pub use period::Period;
pub use sections::{
    AnalysisConfig, CollectionConfig, ListConfig, MediaConfig, NetworkConfig, PasswordConfig,
    RetentionConfig, SessionConfig, SignInConfig, UploadConfig, WebhookConfig, WorkConfig,
};

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Settings of the service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServiceConfig {
    /// Where clients reach the service, e.g. `https://api.example.org`; URLs in answers begin with it. When absent they
    /// begin with the host that the client asked for.
    pub public_url: Option<String>,
    /// Name of the time zone that `/api/config` tells, e.g. `Europe/Berlin`. Times in answers have no zone.
    pub time_zone: String,
    /// What `/api/ab-testings-configs` tells mobile clients.
    pub ab_testing: Value,
    /// Sessions and tokens.
    pub sessions: SessionConfig,
    /// Limits on signing in.
    pub sign_in: SignInConfig,
    /// How passwords are chosen and hashed.
    pub passwords: PasswordConfig,
    /// Who is behind a connection.
    pub network: NetworkConfig,
    /// Limits on what is uploaded.
    pub uploads: UploadConfig,
    /// What analyses do unless a request says otherwise.
    pub analyses: AnalysisConfig,
    /// Queue and workers.
    pub work: WorkConfig,
    /// Files that answers point to.
    pub media: MediaConfig,
    /// Messages to endpoints of integrators.
    pub webhooks: WebhookConfig,
    /// What is forgotten by itself.
    pub retention: RetentionConfig,
    /// Lists in answers.
    pub lists: ListConfig,
    /// Collections.
    pub collections: CollectionConfig,
}

impl Default for ServiceConfig {
    fn default() -> Self {
        Self {
            public_url: None,
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
    fn what_is_not_set_keeps_its_value() {
        let text = r#"{"sessions": {"ttl": "20m"}, "uploads": {"max_files": 3}}"#;
        let config: ServiceConfig = serde_json::from_str(text).unwrap();
        assert_eq!(config.sessions.ttl.get(), Duration::from_secs(1_200));
        assert_eq!(config.sessions.long_ttl, SessionConfig::default().long_ttl);
        assert_eq!((config.uploads.max_files, config.uploads.max_file_bytes), (3, 10 << 20));
    }

    #[test]
    fn a_setting_that_does_not_exist_is_refused() {
        assert!(serde_json::from_str::<ServiceConfig>(r#"{"uploads": {"max_fils": 3}}"#).is_err());
    }

    #[test]
    fn settings_are_read_back_as_they_were_written() {
        let text = serde_json::to_string(&ServiceConfig::default()).unwrap();
        assert_eq!(serde_json::from_str::<ServiceConfig>(&text).unwrap(), ServiceConfig::default());
    }
}
