//! Counts over folders and analyses.

use std::time::Duration;

use super::{AnalysisKind, AnalysisStatus, FolderVerdict};
use crate::system::Timestamp;

/// What happened in a stretch of time, within a scope.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Statistics {
    /// Folders by day of creation and verdict, rising.
    pub folders: Vec<FolderCount>,
    /// Analyses by day of their start, kind and status, rising.
    pub analyses: Vec<AnalysisCount>,
    /// How many persons made how many attempts (folders), by the facet that names the person, rising.
    pub attempts: Vec<AttemptCount>,
}

/// Folders of a day with one verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FolderCount {
    /// Its first moment, UTC.
    pub day: Timestamp,
    /// What the machine said.
    pub verdict: FolderVerdict,
    /// How many.
    pub count: u64,
}

/// Analyses of a day of one kind and status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnalysisCount {
    /// Its first moment, UTC.
    pub day: Timestamp,
    /// What was asked.
    pub kind: AnalysisKind,
    /// What came of it.
    pub status: AnalysisStatus,
    /// How many.
    pub count: u64,
    /// Time from start to end, all of those together that reached it.
    pub duration: Duration,
}

/// Persons who made a number of attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttemptCount {
    /// Attempts of each.
    pub attempts: u64,
    /// How many persons.
    pub persons: u64,
}
