//! Wire form of analysis results.

use oz_core::collection::Candidate;
use oz_core::face::ComparisonDecision;
use oz_core::face::gesture::GestureEvent;
use oz_core::face::pad::{PadEvidence, PadVerdict};
use oz_core::folder::{Analysis, AnalysisKind, MatchFinding, MediaResult};
use oz_core::media::{MediaKind, MediaType};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::analysis_view::AnalysisView;
use crate::links::LinkedFile;

/// Scores: `confidence_spoofing` for liveness, `min_confidence` and `max_confidence` for comparisons. Types
/// that the service adds have their own keys.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = ResultsData)]
pub(crate) enum ScoresDto {
    /// Liveness score.
    Liveness {
        /// Attack score, from 0 (bona fide) to 1 (attack presentation).
        confidence_spoofing: f64,
    },
    /// Liveness scores of older API versions.
    LegacyLiveness {
        /// Attack score, from 0 (bona fide) to 1 (attack presentation).
        confidence_spoofing: f64,
        /// Alias of `confidence_spoofing`.
        confidence_replay: f64,
        /// Liveness score, `1 - confidence_spoofing`: from 0 (attack presentation) to 1 (bona fide).
        confidence_liveness: f64,
    },
    /// Comparison scores.
    Comparison {
        /// Highest comparison score, 0 to 1.
        max_confidence: f64,
        /// Lowest comparison score, 0 to 1. For `BIOMETRY` the least similar pair decides.
        min_confidence: f64,
    },
    /// Results of a type that the service adds.
    Custom(Map<String, Value>),
}

impl From<MatchFinding> for ScoresDto {
    fn from(found: MatchFinding) -> Self {
        Self::Comparison { max_confidence: found.max, min_confidence: found.min }
    }
}

/// Result of an analysis for one source media.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ResultsMedia)]
pub(crate) struct MediaResultDto {
    /// ID of the analysis (UUID).
    pub(crate) analyse_id: String,
    /// ID of the source media (UUID).
    pub(crate) source_media_id: String,
    /// Alias of `source_media_id` if the media is an image, otherwise null.
    pub(crate) source_image_id: Option<String>,
    /// Alias of `source_media_id` if the media is a video, otherwise null.
    pub(crate) source_video_id: Option<String>,
    /// Alias of `source_media_id` if the media is a shot set, otherwise null.
    pub(crate) source_shots_set_id: Option<String>,
    /// Scores for this media.
    pub(crate) results_data: Option<ScoresDto>,
    /// Best shot, if `extract_best_shot` was set; at most one image.
    pub(crate) output_images: Vec<OutputImageDto>,
    /// Candidate list of a `COLLECTION` analysis, highest score first, without persons that do not match.
    pub(crate) collection_persons: Vec<PersonMatchDto>,
    /// ID of the first candidate (UUID), if its decision is `MATCH`.
    pub(crate) person_id: Option<String>,
    /// Evidence behind the scores. An addition to the Oz API.
    pub(crate) details: ResultDetailsDto,
}

/// An image produced by an analysis.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = OutputImage)]
pub(crate) struct OutputImageDto {
    /// ID of the image (UUID), not usable with `/api/media`; null in instant mode.
    pub(crate) media_id: Option<String>,
    /// ID of the folder (UUID).
    pub(crate) folder_id: String,
    /// Always `IMAGE_RESULT_ANALYSIS_SINGLE`.
    pub(crate) media_type: &'static str,
    /// File name for display, `best_shot.jpg`.
    pub(crate) original_name: String,
    /// Signed URL of the JPEG, valid for a limited time; null in instant mode.
    pub(crate) original_url: Option<String>,
    /// Always null.
    pub(crate) thumb_url: Option<String>,
    /// JPEG in Base64; only in instant mode.
    pub(crate) image_b64: Option<String>,
    /// Always empty.
    pub(crate) tags: Vec<String>,
    /// Always empty.
    pub(crate) meta_data: Map<String, Value>,
}

/// A candidate found in a collection.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = CollectionPersonMatch)]
pub(crate) struct PersonMatchDto {
    /// ID of the person (UUID).
    pub(crate) person_id: String,
    /// ID of the person's most similar image (UUID).
    pub(crate) person_image_id: String,
    /// ID of the collection (UUID).
    pub(crate) collection_id: Option<String>,
    /// Comparison score, 0 to 1.
    pub(crate) confidence: f64,
    /// Decision at the thresholds of the analysis: `MATCH` or `INCONCLUSIVE`.
    pub(crate) decision: &'static str,
}

/// Evidence behind the scores of one media. An addition to the Oz API.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ResultDetails)]
pub(crate) struct ResultDetailsDto {
    /// Liveness verdict: `BONA_FIDE`, `ATTACK` or `INCONCLUSIVE`; null unless the type is `QUALITY`.
    pub(crate) verdict: Option<&'static str>,
    /// Reasons for the verdict, most important first.
    pub(crate) reasons: Vec<String>,
    /// Result of each layer of presentation attack detection.
    pub(crate) evidence: Vec<EvidenceDto>,
    /// Quality score of the best shot, 0 to 100; higher is better.
    pub(crate) quality: Option<u8>,
    /// Detected gestures, in order.
    pub(crate) gestures: Vec<GestureDto>,
}

/// Result of one layer of presentation attack detection.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Evidence)]
pub(crate) struct EvidenceDto {
    /// Layer: `appearance`, `texture`, `motion`, `identity`, `gesture` or `capture`.
    #[schema(value_type = String)]
    pub(crate) layer: oz_core::face::pad::PadLayer,
    /// Bona fide score of the layer, 0 to 1; 0.5 is neutral, higher is more bona fide.
    pub(crate) score: f32,
    /// Confidence in the score, 0 to 1; 0 if the layer abstains.
    pub(crate) confidence: f32,
    /// Explanation, human-readable.
    pub(crate) reason: String,
}

/// A detected gesture.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Gesture)]
pub(crate) struct GestureDto {
    /// Gesture: `left`, `right`, `up`, `down`, `smile`, `eyes` or `scan`.
    pub(crate) gesture: String,
    /// Start, in seconds from the beginning of the recording.
    pub(crate) start: f64,
    /// End, in seconds from the beginning of the recording.
    pub(crate) end: f64,
}

impl MediaResultDto {
    /// Converts the result for one media of `analysis`.
    pub(crate) fn new(result: &MediaResult, analysis: &Analysis, view: &AnalysisView<'_>) -> Self {
        let source = view.media.iter().find(|media| media.id == result.media);
        let id_if = |kind| {
            let is_kind = source.is_some_and(|media| media.kind == kind);
            is_kind.then(|| result.media.to_string())
        };
        let best = result.candidates.first().filter(|best| best.decision == ComparisonDecision::Match);

        Self {
            analyse_id: analysis.id.to_string(),
            source_media_id: result.media.to_string(),
            source_image_id: id_if(MediaKind::Image),
            source_video_id: id_if(MediaKind::Video),
            source_shots_set_id: id_if(MediaKind::ShotSet),
            results_data: scores(result, analysis.kind, view.legacy_confidences),
            output_images: output_image(result, analysis, view).into_iter().collect(),
            collection_persons: result.candidates.iter().map(|found| person(found, analysis)).collect(),
            person_id: best.map(|best| best.subject.to_string()),
            details: details(result),
        }
    }
}

fn scores(result: &MediaResult, kind: AnalysisKind, legacy: bool) -> Option<ScoresDto> {
    if kind != AnalysisKind::Liveness {
        return result.scores.map(ScoresDto::from);
    }
    result.liveness.as_ref().map(|finding| liveness_scores(finding.spoofing, legacy))
}

fn liveness_scores(confidence_spoofing: f64, legacy: bool) -> ScoresDto {
    if !legacy {
        return ScoresDto::Liveness { confidence_spoofing };
    }
    ScoresDto::LegacyLiveness {
        confidence_spoofing,
        confidence_replay: confidence_spoofing,
        confidence_liveness: 1.0 - confidence_spoofing,
    }
}

fn output_image(
    result: &MediaResult,
    analysis: &Analysis,
    view: &AnalysisView<'_>,
) -> Option<OutputImageDto> {
    let wanted = analysis.kind == AnalysisKind::Liveness && analysis.params.best_shot;
    let inline = view.inline_shots.and_then(|shots| shots.get(&result.media)).filter(|_| wanted);
    if result.best_shot.is_none() && inline.is_none() {
        return None;
    }

    let file = LinkedFile::BestShot(analysis.id, result.media);
    Some(OutputImageDto {
        media_id: result.best_shot.map(|blob| blob.id.to_string()),
        folder_id: analysis.folder.to_string(),
        media_type: "IMAGE_RESULT_ANALYSIS_SINGLE",
        original_name: "best_shot.jpg".into(),
        original_url: view.links.map(|links| links.url(file, MediaType::Jpeg)),
        thumb_url: None,
        image_b64: inline.cloned(),
        tags: Vec::new(),
        meta_data: Map::new(),
    })
}

fn person(candidate: &Candidate, analysis: &Analysis) -> PersonMatchDto {
    PersonMatchDto {
        person_id: candidate.subject.to_string(),
        person_image_id: candidate.reference.to_string(),
        collection_id: analysis.params.search.map(|search| search.collection.to_string()),
        confidence: f64::from(candidate.score.value),
        decision: match candidate.decision {
            ComparisonDecision::Match => "MATCH",
            ComparisonDecision::NonMatch => "NON_MATCH",
            _ => "INCONCLUSIVE",
        },
    }
}

fn details(result: &MediaResult) -> ResultDetailsDto {
    let liveness = result.liveness.as_ref();
    ResultDetailsDto {
        verdict: liveness.map(|finding| verdict(finding.verdict)),
        reasons: liveness.map(|finding| finding.reasons.clone()).unwrap_or_default(),
        evidence: liveness
            .iter()
            .flat_map(|finding| finding.evidence.iter().map(EvidenceDto::from))
            .collect(),
        quality: result.quality,
        gestures: result.gestures.iter().map(GestureDto::from).collect(),
    }
}

fn verdict(verdict: PadVerdict) -> &'static str {
    match verdict {
        PadVerdict::BonaFide => "BONA_FIDE",
        PadVerdict::Attack => "ATTACK",
        PadVerdict::Inconclusive => "INCONCLUSIVE",
    }
}

impl From<&PadEvidence> for EvidenceDto {
    fn from(evidence: &PadEvidence) -> Self {
        Self {
            layer: evidence.layer.clone(),
            score: evidence.score,
            confidence: evidence.confidence,
            reason: evidence.reason.clone(),
        }
    }
}

impl From<&GestureEvent> for GestureDto {
    fn from(event: &GestureEvent) -> Self {
        Self {
            gesture: event.gesture.to_string(),
            start: event.start.as_secs_f64(),
            end: event.end.as_secs_f64(),
        }
    }
}
