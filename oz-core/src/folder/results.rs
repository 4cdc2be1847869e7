//! Results of analyses.

use serde::{Deserialize, Serialize};

use super::{AnalysisId, MediaId, Resolution};
use crate::collection::{Candidate, SubjectId};
use crate::face::gesture::GestureEvent;
use crate::face::pad::{PadEvidence, PadVerdict};
use crate::metadata::Metadata;
use crate::storage::{BlobKey, Failure};

/// Outcome of one analysis, as reported by a worker.
#[derive(Debug, Clone, PartialEq)]
pub struct AnalysisResult {
    /// ID of the analysis.
    pub analysis: AnalysisId,
    /// Resolution and results, or the failure.
    pub outcome: Result<(Resolution, AnalysisResults), Failure>,
}

/// Results of an analysis, overall and per media.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AnalysisResults {
    /// Results per media, in the order of the sources.
    pub media: Vec<MediaResult>,
    /// Liveness: highest attack score over all media, 0..=1.
    pub spoofing: Option<f64>,
    /// Matching: lowest and highest comparison score over all pairs. Search: lowest and highest score of the
    /// best candidate per media.
    pub scores: Option<MatchFinding>,
    /// Results of a custom kind.
    pub custom: Metadata,
    /// Name and version of the inference engine, e.g. `candle 0.11.1`.
    pub engine: Option<String>,
    /// IDs of the models used.
    pub models: Vec<String>,
}

impl AnalysisResults {
    /// Keys of all blobs of the results.
    pub fn blobs(&self) -> impl Iterator<Item = BlobKey> {
        self.media.iter().filter_map(|media| media.best_shot)
    }

    /// Removes all blob keys from the results.
    pub fn clear(&mut self) {
        self.media.iter_mut().for_each(|media| media.best_shot = None);
    }

    /// IDs of all candidate subjects, sorted and distinct.
    #[must_use]
    pub fn subjects(&self) -> Vec<SubjectId> {
        let mut subjects: Vec<SubjectId> = self
            .media
            .iter()
            .flat_map(|media| &media.candidates)
            .map(|candidate| candidate.subject)
            .collect();
        subjects.sort();
        subjects.dedup();
        subjects
    }
}

/// Results for one media item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MediaResult {
    /// ID of the media.
    pub media: MediaId,
    /// Liveness: verdict with its evidence.
    #[serde(default)]
    pub liveness: Option<LivenessFinding>,
    /// Liveness: best shot of the subject, a JPEG.
    #[serde(default)]
    pub best_shot: Option<BlobKey>,
    /// Quality of the best shot, 0..=100.
    #[serde(default)]
    pub quality: Option<u8>,
    /// Gestures performed by the subject.
    #[serde(default)]
    pub gestures: Vec<GestureEvent>,
    /// Matching: lowest and highest comparison score against the other media. Search: of the candidates.
    #[serde(default)]
    pub scores: Option<MatchFinding>,
    /// Search: candidate list, best first.
    #[serde(default)]
    pub candidates: Vec<Candidate>,
}

/// Liveness verdict on a presentation, with its evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LivenessFinding {
    /// Attack score, 0..=1; at least 0.5 unless the verdict is bona fide.
    pub spoofing: f64,
    /// Verdict on the presentation.
    pub verdict: PadVerdict,
    /// Deciding reasons, most important first.
    pub reasons: Vec<String>,
    /// Evidence of each detection layer.
    pub evidence: Vec<PadEvidence>,
}

/// Range of comparison scores, 0..=1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MatchFinding {
    /// Lowest score.
    pub min: f64,
    /// Highest score.
    pub max: f64,
}
