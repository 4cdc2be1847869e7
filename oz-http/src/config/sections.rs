//! Sections of the settings. `docs/configuration.md` is generated from them and lists the defaults.

use std::net::IpAddr;

use oz_core::analysis::liveness::DEFAULT_SPOOFING_THRESHOLD;
use oz_core::system::period::or_never;
use serde::{Deserialize, Serialize};

use super::Period;

/// Sessions and tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SessionConfig {
    /// Lifetime of an unused session.
    pub ttl: Period,
    /// Lifetime of an unused session of a service account.
    pub long_ttl: Period,
    /// Whether using a session extends it.
    pub sliding: bool,
    /// Lifetime of a capture token.
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

/// Limits on sign-in attempts. Counters are kept in the memory of each process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SignInConfig {
    /// Failed attempts for one account within the window before it is locked.
    pub max_failures_per_account: u32,
    /// Failed attempts from one address within the window before it is locked.
    pub max_failures_per_address: u32,
    /// Time for which a failed attempt counts, and duration of a lock.
    pub window: Period,
    /// Maximum number of tracked accounts, and of tracked addresses; the oldest are dropped first.
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

/// Password rules and hashing (Argon2id).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PasswordConfig {
    /// Minimum length of a password, in characters.
    pub min_length: usize,
    /// Memory per hash, in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// Number of hashes computed concurrently; further ones wait.
    pub parallel: usize,
    /// Maximum number of waiting hashes; further requests are refused with `Retry-After`.
    pub max_waiting: usize,
}

impl Default for PasswordConfig {
    /// 19 MiB and two passes: the minimum recommended by the OWASP Password Storage Cheat Sheet (2025).
    fn default() -> Self {
        Self { min_length: 10, memory_kib: 19_456, passes: 2, parallel: 2, max_waiting: 64 }
    }
}

/// Network in front of the service.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NetworkConfig {
    /// Addresses of proxies whose `X-Forwarded-For` is trusted.
    pub trusted_proxies: Vec<IpAddr>,
}

/// Upload limits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UploadConfig {
    /// Maximum number of files per request.
    pub max_files: usize,
    /// Maximum size of a file, in bytes; 10 MiB by default.
    pub max_file_bytes: u64,
    /// Maximum size of the `payload` of an upload, and of the body of other requests, in bytes; 1 MiB by
    /// default.
    pub max_json_bytes: usize,
    /// Time limit of an upload; incomplete uploads are erased.
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

/// Defaults of analyses, where a request does not set them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AnalysisConfig {
    /// Whether best shots are kept.
    pub best_shot: bool,
    /// Attack score, 0 to 1, from which liveness is declined.
    pub spoofing_threshold: f64,
    /// Comparison score, 0 to 1, below which there is no match.
    pub threshold_min: f32,
    /// Comparison score, 0 to 1, from which there is a match. Scores between the two thresholds require an
    /// operator.
    pub threshold_max: f32,
    /// Maximum length of the candidate list of a search.
    pub candidates: u32,
    /// Whether liveness results carry the three scores of older API versions.
    pub legacy_confidences: bool,
}

impl Default for AnalysisConfig {
    fn default() -> Self {
        Self {
            best_shot: true,
            spoofing_threshold: DEFAULT_SPOOFING_THRESHOLD,
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
    /// Number of jobs processed concurrently by this process; twice the parallelism of the examiner if
    /// unset.
    pub workers: Option<usize>,
    /// Number of queued groups of analyses above which new ones are refused with `Retry-After`.
    pub max_queued: u64,
    /// Time after which a job without heartbeat is leased to another worker.
    pub lease: Period,
    /// Interval at which the queue is polled for jobs from other processes.
    pub poll: Period,
    /// Maximum number of attempts at a group of analyses.
    pub max_attempts: u32,
    /// Maximum delay between two attempts.
    pub retry_delay: Period,
    /// Time limit for the examination of one media item.
    pub examination_timeout: Period,
    /// Time limit for the processing of a group.
    pub processing_timeout: Period,
    /// Time limit for a group to be picked up by a worker.
    pub delivery_timeout: Period,
    /// Interval at which both time limits are enforced.
    pub expiry_period: Period,
    /// Time limit for a request that waits for its analyses.
    pub answer_timeout: Period,
    /// Time for workers to finish their jobs on shutdown.
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

/// Media files and previews.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MediaConfig {
    /// Validity of signed URLs.
    pub url_lifetime: Period,
    /// Longer side of thumbnails, in pixels.
    pub thumbnail_side: u32,
    /// Longer side of animations of shot sets, in pixels.
    pub animation_side: u32,
}

impl Default for MediaConfig {
    fn default() -> Self {
        Self { url_lifetime: Period::hours(1), thumbnail_side: 256, animation_side: 320 }
    }
}

/// Delivery of webhooks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WebhookConfig {
    /// Time limit of one attempt.
    pub timeout: Period,
    /// Time after which delivery is given up.
    pub give_up_after: Period,
    /// Maximum delay between two attempts.
    pub longest_delay: Period,
    /// Whether endpoints in private networks are allowed, for tests and closed networks only.
    pub allow_private: bool,
    /// Whether endpoints without TLS are allowed.
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

/// Retention of records. Records whose period is `never` are kept until they are deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RetentionConfig {
    /// Age at which a folder is deleted with all its contents.
    #[serde(with = "or_never")]
    pub folders: Option<Period>,
    /// Age at which the media of a folder are erased while results remain.
    #[serde(with = "or_never")]
    pub media: Option<Period>,
    /// Age at which telemetry is deleted.
    #[serde(with = "or_never")]
    pub event_sessions: Option<Period>,
    /// Time for which finished jobs are kept.
    pub jobs: Period,
    /// Interval at which retention runs.
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

/// Paging of lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ListConfig {
    /// Number of records per page if a request sets no limit.
    pub default_limit: u32,
    /// Maximum limit that a request may set.
    pub max_limit: u32,
}

impl Default for ListConfig {
    fn default() -> Self {
        Self { default_limit: 100, max_limit: 1_000 }
    }
}

/// Permissions on collections.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CollectionConfig {
    /// Whether service accounts may create and delete collections and persons.
    pub service_may_change: bool,
}
