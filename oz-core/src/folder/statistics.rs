//! Statistics on folders and analyses.

use std::time::Duration;

use super::{AnalysisKind, AnalysisStatus, FolderVerdict};
use crate::system::Timestamp;

/// Counts over a time range, within a scope.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Statistics {
    /// Folders by creation day and verdict, ascending.
    pub folders: Vec<FolderCount>,
    /// Analyses by start day, kind and status, ascending.
    pub analyses: Vec<AnalysisCount>,
    /// Distribution of attempts (folders) per person, ascending. Persons are told apart by a metadata facet.
    pub attempts: Vec<AttemptCount>,
}

/// Number of folders created on one day, with one verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FolderCount {
    /// Start of the day, UTC.
    pub day: Timestamp,
    /// Automatic verdict.
    pub verdict: FolderVerdict,
    /// Number of folders.
    pub count: u64,
}

/// Number of analyses started on one day, of one kind and status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnalysisCount {
    /// Start of the day, UTC.
    pub day: Timestamp,
    /// Kind of analysis.
    pub kind: AnalysisKind,
    /// Combined status, including an operator's decision.
    pub status: AnalysisStatus,
    /// Number of analyses.
    pub count: u64,
    /// Total time from start to end, summed over the analyses that have ended.
    pub duration: Duration,
}

/// Number of persons with a given number of attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttemptCount {
    /// Attempts per person.
    pub attempts: u64,
    /// Number of persons.
    pub persons: u64,
}
