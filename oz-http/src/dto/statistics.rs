//! Wire form of statistics.

use std::borrow::Cow;

use oz_core::folder::{AnalysisCount, AttemptCount, FolderCount, Statistics};
use serde::Serialize;
use utoipa::ToSchema;

use super::words::{Word, kind_word, seconds};

/// Counts of folders, analyses and attempts in a time range.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Statistics)]
pub(crate) struct StatisticsDto {
    /// Number of folders by creation day and automatic outcome, in ascending order.
    pub(crate) folders: Vec<FolderCountDto>,
    /// Number of analyses by creation day, type and outcome, in ascending order.
    pub(crate) analyses: Vec<AnalysisCountDto>,
    /// Attribute in `meta_data` that identifies a person.
    pub(crate) person_key: String,
    /// Distribution of attempts per person, in ascending order.
    pub(crate) attempts: Vec<AttemptCountDto>,
}

/// Number of folders created on one day with one automatic outcome.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = FolderCount)]
pub(crate) struct FolderCountDto {
    /// Day in UTC, e.g. `2026-01-31`.
    pub(crate) day: String,
    /// Start of the day, in UNIX seconds.
    pub(crate) time: f64,
    /// Automatic outcome: `INITIAL`, `PROCESSING`, `SUCCESS`, `OPERATOR_REQUIRED`, `DECLINED` or `FAILED`.
    pub(crate) system_resolution: &'static str,
    /// Number of folders.
    pub(crate) count: u64,
}

/// Number of analyses created on one day with one type and outcome.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = AnalysisCount)]
pub(crate) struct AnalysisCountDto {
    /// Day in UTC, e.g. `2026-01-31`.
    pub(crate) day: String,
    /// Start of the day, in UNIX seconds.
    pub(crate) time: f64,
    /// Analysis type: `QUALITY`, `BIOMETRY`, `COLLECTION`, or a type that the application adds.
    pub(crate) r#type: Cow<'static, str>,
    /// Effective outcome: `PROCESSING`, `FAILED`, `SUCCESS`, `OPERATOR_REQUIRED` or `DECLINED`.
    pub(crate) resolution_status: &'static str,
    /// Number of analyses.
    pub(crate) count: u64,
    /// Mean time from creation to completion, in seconds; null while processing.
    pub(crate) duration_average: Option<f64>,
}

/// Number of persons with a given number of attempts.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = AttemptCount)]
pub(crate) struct AttemptCountDto {
    /// Number of attempts (folders) per person.
    pub(crate) attempts: u64,
    /// Number of persons with that many attempts.
    pub(crate) persons: u64,
}

impl StatisticsDto {
    /// Converts counts; `person_key` is the attribute by which persons were told apart.
    pub(crate) fn new(counts: &Statistics, person_key: &str) -> Self {
        Self {
            folders: counts.folders.iter().map(FolderCountDto::from).collect(),
            analyses: counts.analyses.iter().map(AnalysisCountDto::from).collect(),
            person_key: person_key.to_owned(),
            attempts: counts.attempts.iter().map(AttemptCountDto::from).collect(),
        }
    }
}

fn day(time: oz_core::system::Timestamp) -> String {
    time.to_string().split('T').next().unwrap_or_default().to_owned()
}

impl From<&FolderCount> for FolderCountDto {
    fn from(count: &FolderCount) -> Self {
        Self {
            day: day(count.day),
            time: seconds(count.day),
            system_resolution: count.verdict.word(),
            count: count.count,
        }
    }
}

impl From<&AnalysisCount> for AnalysisCountDto {
    fn from(count: &AnalysisCount) -> Self {
        let ended = count.count > 0 && !count.duration.is_zero();
        Self {
            day: day(count.day),
            time: seconds(count.day),
            r#type: kind_word(count.kind),
            resolution_status: count.status.word(),
            count: count.count,
            duration_average: ended.then(|| count.duration.as_secs_f64() / count.count as f64),
        }
    }
}

impl From<&AttemptCount> for AttemptCountDto {
    fn from(count: &AttemptCount) -> Self {
        Self { attempts: count.attempts, persons: count.persons }
    }
}
