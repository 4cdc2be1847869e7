//! What analyses find out.

use serde::{Deserialize, Serialize};

use super::{AnalysisId, MediaId, Resolution};
use crate::collection::{Candidate, SubjectId};
use crate::face::gesture::GestureEvent;
use crate::face::pad::{PadEvidence, PadVerdict};
use crate::storage::{BlobKey, Failure};

/// The answer to one analysis, as a worker gives it.
#[derive(Debug, Clone, PartialEq)]
pub struct AnalysisResult {
    /// Which analysis.
    pub analysis: AnalysisId,
    /// What was found and what it means; or why nothing could be found.
    pub outcome: Result<(Resolution, AnalysisResults), Failure>,
}

/// What was found, for all media and for each.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AnalysisResults {
    /// For each of the media, in the order of the sources.
    pub media: Vec<MediaResult>,
    /// Liveness: the highest score of an attack, 0..=1.
    pub spoofing: Option<f64>,
    /// Matching: lowest and highest score over all pairs, 0..=1. Search: of the best candidates.
    pub scores: Option<MatchFinding>,
    /// What ran the models, e.g. `candle 0.11.1`.
    pub engine: Option<String>,
    /// The models that took part.
    pub models: Vec<String>,
}

impl AnalysisResults {
    /// Every blob that belongs to the results.
    pub fn blobs(&self) -> impl Iterator<Item = BlobKey> {
        self.media.iter().filter_map(|media| media.best_shot)
    }

    /// Forgets every blob.
    pub fn clear(&mut self) {
        self.media.iter_mut().for_each(|media| media.best_shot = None);
    }

    /// Every subject that was found, once.
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

/// What was found in one of the media.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MediaResult {
    /// Which.
    pub media: MediaId,
    /// Liveness: what the layers say.
    #[serde(default)]
    pub liveness: Option<LivenessFinding>,
    /// Liveness: the best picture of the subject, a JPEG.
    #[serde(default)]
    pub best_shot: Option<BlobKey>,
    /// Quality of the best picture, 0..=100.
    #[serde(default)]
    pub quality: Option<u8>,
    /// Gestures that the subject made.
    #[serde(default)]
    pub gestures: Vec<GestureEvent>,
    /// Matching: scores with the other media.
    #[serde(default)]
    pub scores: Option<MatchFinding>,
    /// Search: who was found, best first.
    #[serde(default)]
    pub candidates: Vec<Candidate>,
}

/// Verdict on a presentation with its evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LivenessFinding {
    /// How much of an attack it looks, 0..=1; .5 and more unless the verdict is bona fide.
    pub spoofing: f64,
    /// The answer.
    pub verdict: PadVerdict,
    /// What decided, most important first.
    pub reasons: Vec<String>,
    /// What each layer said.
    pub evidence: Vec<PadEvidence>,
}

/// Lowest and highest of some comparison scores, 0..=1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MatchFinding {
    /// Of the least similar.
    pub min: f64,
    /// Of the most similar.
    pub max: f64,
}
