//! Counts on the wire.

use oz_core::folder::{AnalysisCount, AttemptCount, FolderCount, Statistics};
use serde::Serialize;
use utoipa::ToSchema;

use super::words::{Word, seconds};

/// What happened in a stretch of time.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Statistics)]
pub(crate) struct StatisticsDto {
    /// Folders by day and verdict.
    pub(crate) folders: Vec<FolderCountDto>,
    /// Analyses by day, type and outcome.
    pub(crate) analyses: Vec<AnalysisCountDto>,
    /// The key of the metadata that names a person.
    pub(crate) person_key: String,
    /// How many persons made how many attempts.
    pub(crate) attempts: Vec<AttemptCountDto>,
}

/// Folders of a day with one verdict.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = FolderCount)]
pub(crate) struct FolderCountDto {
    /// The day, UTC, e.g. `2026-01-31`.
    pub(crate) day: String,
    /// Its first second since the epoch.
    pub(crate) time: f64,
    /// What the machine said.
    pub(crate) system_resolution: &'static str,
    /// How many.
    pub(crate) count: u64,
}

/// Analyses of a day of one type and outcome.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = AnalysisCount)]
pub(crate) struct AnalysisCountDto {
    /// The day, UTC, e.g. `2026-01-31`.
    pub(crate) day: String,
    /// Its first second since the epoch.
    pub(crate) time: f64,
    /// QUALITY, BIOMETRY or COLLECTION.
    pub(crate) r#type: &'static str,
    /// What came of them.
    pub(crate) resolution_status: &'static str,
    /// How many.
    pub(crate) count: u64,
    /// Seconds from start to end, on average; null while they run.
    pub(crate) duration_average: Option<f64>,
}

/// Persons who made a number of attempts.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = AttemptCount)]
pub(crate) struct AttemptCountDto {
    /// Attempts (folders) of each.
    pub(crate) attempts: u64,
    /// How many persons.
    pub(crate) persons: u64,
}

impl StatisticsDto {
    /// As counted by the metadata key `person_key`.
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
            r#type: count.kind.word(),
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
