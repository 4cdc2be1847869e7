//! The parts of the settings, one per concern.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::Period;

/// Sessions and tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SessionConfig {
    /// How long a session lives without being used.
    pub ttl: Period,
    /// The same for programs (service users).
    pub long_ttl: Period,
    /// Whether the use of a session prolongs it.
    pub sliding: bool,
    /// How long a token for a capture is good.
    pub capture_token_ttl: Period,
}

impl Default for SessionConfig {
    fn default() -> Self {
        Self {
            ttl: Period::minutes(15),
            long_ttl: Period::days(5 * 365),
            sliding: true,
            capture_token_ttl: Period::minutes(5),
        }
    }
}

/// Limits on signing in. They are kept in the memory of one process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SignInConfig {
    /// Wrong passwords of one account within the window after which it has to wait.
    pub max_failures_per_account: u32,
    /// Wrong passwords from one address within the window after which it has to wait.
    pub max_failures_per_address: u32,
    /// How long a wrong password counts, and how long the wait is.
    pub window: Period,
    /// Accounts and addresses that are kept in mind at most; the oldest are forgotten first.
    pub max_tracked: usize,
}

impl Default for SignInConfig {
    fn default() -> Self {
        Self {
            max_failures_per_account: 10,
            max_failures_per_address: 100,
            window: Period::minutes(15),
            max_tracked: 20_000,
        }
    }
}

/// How passwords are chosen and hashed (Argon2id).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PasswordConfig {
    /// Fewest characters.
    pub min_length: usize,
    /// Memory of one hash in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// Hashes that are computed at the same time; further ones wait.
    pub parallel: usize,
    /// Hashes that may wait; further ones are sent away with `Retry-After`.
    pub max_waiting: usize,
}

impl Default for PasswordConfig {
    /// 19 MiB and two passes, the smallest that the OWASP Password Storage Cheat Sheet (2025) recommends.
    fn default() -> Self {
        Self { min_length: 10, memory_kib: 19_456, passes: 2, parallel: 2, max_waiting: 64 }
    }
}

/// Who is behind a connection.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NetworkConfig {
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
}

/// Limits on what is uploaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UploadConfig {
    /// Most files of one request.
    pub max_files: usize,
    /// Largest file in bytes.
    pub max_file_bytes: u64,
    /// Largest `payload` of an upload, and largest body of other requests, in bytes.
    pub max_json_bytes: usize,
    /// Longest time that an upload may take; what is not complete by then is erased.
    pub max_duration: Period,
}

impl Default for UploadConfig {
    fn default() -> Self {
        Self {
            max_files: 10,
            max_file_bytes: 10 << 20,
            max_json_bytes: 1 << 20,
            max_duration: Period::hours(1),
        }
    }
}

/// What analyses do unless a request says otherwise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AnalysisConfig {
    /// Whether best shots are kept.
    pub best_shot: bool,
    /// Score of an attack at and above which liveness is declined.
    pub spoofing_threshold: f64,
    /// Score of a comparison below which it is declined.
    pub threshold_min: f32,
    /// Score of a comparison at and above which it succeeds; between both a person decides.
    pub threshold_max: f32,
    /// Most persons that a search gives.
    pub candidates: u32,
    /// Whether liveness gives the three scores of old versions as well.
    pub legacy_confidences: bool,
}

impl Default for AnalysisConfig {
    fn default() -> Self {
        Self {
            best_shot: true,
            spoofing_threshold: 0.5,
            threshold_min: 0.85,
            threshold_max: 0.85,
            candidates: 10,
            legacy_confidences: false,
        }
    }
}

/// Queue and workers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WorkConfig {
    /// Jobs that this process works at side by side; twice as many as the examiner can examine when absent.
    pub workers: Option<usize>,
    /// Waiting groups of analyses beyond which new ones are sent away with `Retry-After`.
    pub max_queued: u64,
    /// How long a worker has a job without a sign of life.
    pub lease: Period,
    /// How often other processes' work is looked for.
    pub poll: Period,
    /// Attempts at a group of analyses.
    pub max_attempts: u32,
    /// Longest wait between two attempts.
    pub retry_delay: Period,
    /// Longest time for one of the media.
    pub examination_timeout: Period,
    /// Longest time that a group may be worked at.
    pub processing_timeout: Period,
    /// Longest time that a group may wait for a worker.
    pub delivery_timeout: Period,
    /// How often both are looked after.
    pub expiry_period: Period,
    /// Longest time that a request waits for its analyses (single request and Instant mode).
    pub answer_timeout: Period,
    /// How long workers may finish what they have when the service ends.
    pub shutdown_grace: Period,
}

impl Default for WorkConfig {
    fn default() -> Self {
        Self {
            workers: None,
            max_queued: 1_000,
            lease: Period::secs(60),
            poll: Period::secs(1),
            max_attempts: 7,
            retry_delay: Period::secs(30),
            examination_timeout: Period::secs(120),
            processing_timeout: Period::minutes(15),
            delivery_timeout: Period::minutes(60),
            expiry_period: Period::minutes(1),
            answer_timeout: Period::minutes(5),
            shutdown_grace: Period::secs(30),
        }
    }
}

/// Files that answers point to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MediaConfig {
    /// How long a URL in an answer is good.
    pub url_lifetime: Period,
    /// Longest side of thumbnails in pixels.
    pub thumbnail_side: u32,
    /// Longest side of the animations of shot sets in pixels.
    pub animation_side: u32,
}

impl Default for MediaConfig {
    fn default() -> Self {
        Self { url_lifetime: Period::hours(1), thumbnail_side: 256, animation_side: 320 }
    }
}

/// Messages to endpoints of integrators.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WebhookConfig {
    /// Longest time for one attempt.
    pub timeout: Period,
    /// How long it is tried.
    pub give_up_after: Period,
    /// Longest wait between two attempts.
    pub longest_delay: Period,
    /// Whether endpoints in private networks may be called. For tests and closed networks only.
    pub allow_private: bool,
    /// Whether endpoints without TLS may be called.
    pub allow_http: bool,
}

impl Default for WebhookConfig {
    fn default() -> Self {
        Self {
            timeout: Period::secs(10),
            give_up_after: Period::hours(24),
            longest_delay: Period::hours(2),
            allow_private: false,
            allow_http: true,
        }
    }
}

/// What is forgotten by itself; what is absent here stays until it is deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RetentionConfig {
    /// Age at which a folder goes, with everything in it.
    pub folders: Option<Period>,
    /// Age at which the media of a folder go; results stay.
    pub media: Option<Period>,
    /// Age at which telemetry goes.
    pub event_sessions: Option<Period>,
    /// How long jobs that are done are remembered.
    pub jobs: Period,
    /// How often all this is looked after.
    pub period: Period,
}

impl Default for RetentionConfig {
    fn default() -> Self {
        Self {
            folders: None,
            media: None,
            event_sessions: Some(Period::days(90)),
            jobs: Period::days(1),
            period: Period::minutes(10),
        }
    }
}

/// Lists in answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ListConfig {
    /// Records when a request names no limit.
    pub default_limit: u32,
    /// Most records that a request may ask for.
    pub max_limit: u32,
}

impl Default for ListConfig {
    fn default() -> Self {
        Self { default_limit: 100, max_limit: 1_000 }
    }
}

/// Collections.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CollectionConfig {
    /// Whether programs (service users) may add and remove persons.
    pub service_may_change: bool,
}
