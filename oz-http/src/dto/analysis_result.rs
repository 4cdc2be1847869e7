//! What analyses found, on the wire.

use oz_core::collection::Candidate;
use oz_core::face::ComparisonDecision;
use oz_core::face::gesture::GestureEvent;
use oz_core::face::pad::{PadEvidence, PadVerdict};
use oz_core::folder::{Analysis, AnalysisKind, MatchFinding, MediaResult, StoredMedia};
use oz_core::media::MediaKind;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::analysis::AnalysisView;
use crate::links::LinkedFile;

/// Scores: of liveness `confidence_spoofing`, of comparisons `min_confidence` and `max_confidence`.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = ResultsData)]
pub(crate) enum ScoresDto {
    /// Of liveness.
    Liveness {
        /// 0 is a live person, 1 an attack.
        confidence_spoofing: f64,
    },
    /// Of liveness, as old versions of the API say it.
    LegacyLiveness {
        /// 0 is a live person, 1 an attack.
        confidence_spoofing: f64,
        /// The same.
        confidence_replay: f64,
        /// 1 is a live person, 0 an attack.
        confidence_liveness: f64,
    },
    /// Of comparisons.
    Comparison {
        /// Of the most similar pair.
        max_confidence: f64,
        /// Of the least similar pair, which decides.
        min_confidence: f64,
    },
}

impl From<MatchFinding> for ScoresDto {
    fn from(found: MatchFinding) -> Self {
        Self::Comparison { max_confidence: found.max, min_confidence: found.min }
    }
}

/// What was found in one of the media.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ResultsMedia)]
pub(crate) struct MediaResultDto {
    /// Which analysis.
    pub(crate) analyse_id: String,
    /// Which of the media.
    pub(crate) source_media_id: String,
    /// The same, if it is an image.
    pub(crate) source_image_id: Option<String>,
    /// The same, if it is a video.
    pub(crate) source_video_id: Option<String>,
    /// The same, if it is a shot set.
    pub(crate) source_shots_set_id: Option<String>,
    /// Scores of this one.
    pub(crate) results_data: Option<ScoresDto>,
    /// The best shot, if one was wanted.
    pub(crate) output_images: Vec<OutputImageDto>,
    /// Who was found in the collection, best first.
    pub(crate) collection_persons: Vec<PersonMatchDto>,
    /// The first of them.
    pub(crate) person_id: Option<String>,
    /// How the scores came about.
    pub(crate) details: ResultDetailsDto,
}

/// A picture that an analysis made.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = OutputImage)]
pub(crate) struct OutputImageDto {
    /// Unique name of the picture. It is no media of the folder.
    pub(crate) media_id: Option<String>,
    /// Where it belongs.
    pub(crate) folder_id: String,
    /// What it is.
    pub(crate) media_type: &'static str,
    /// A name for people.
    pub(crate) original_name: String,
    /// Where it is; null where nothing is stored.
    pub(crate) original_url: Option<String>,
    /// It has no small version.
    pub(crate) thumb_url: Option<String>,
    /// The JPEG itself in base64, where nothing is stored.
    pub(crate) image_b64: Option<String>,
    /// It has none.
    pub(crate) tags: Vec<String>,
    /// It has none.
    pub(crate) meta_data: Map<String, Value>,
}

/// A person who was found.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = CollectionPersonMatch)]
pub(crate) struct PersonMatchDto {
    /// Who.
    pub(crate) person_id: String,
    /// The person's picture that is most alike.
    pub(crate) person_image_id: String,
    /// Where.
    pub(crate) collection_id: Option<String>,
    /// How alike, 0..=1.
    pub(crate) confidence: f64,
    /// MATCH, INCONCLUSIVE or NON_MATCH at the threshold of the analysis.
    pub(crate) decision: &'static str,
}

/// How scores came about; an addition to the Oz API.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ResultDetails)]
pub(crate) struct ResultDetailsDto {
    /// BONA_FIDE, ATTACK or INCONCLUSIVE.
    pub(crate) verdict: Option<&'static str>,
    /// What decided, most important first.
    pub(crate) reasons: Vec<String>,
    /// What each layer of the liveness check said.
    pub(crate) evidence: Vec<EvidenceDto>,
    /// Quality of the best shot, 0..=100.
    pub(crate) quality: Option<u8>,
    /// Gestures that the person made, in order.
    pub(crate) gestures: Vec<GestureDto>,
}

/// What one layer of the liveness check said.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Evidence)]
pub(crate) struct EvidenceDto {
    /// Which.
    #[schema(value_type = String)]
    pub(crate) layer: oz_core::face::pad::PadLayer,
    /// How bona fide it looks, 0..=1.
    pub(crate) score: f32,
    /// What that is worth, 0..=1.
    pub(crate) confidence: f32,
    /// Why.
    pub(crate) reason: String,
}

/// A gesture that was made.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Gesture)]
pub(crate) struct GestureDto {
    /// Which.
    pub(crate) gesture: String,
    /// When it began, in seconds of the recording.
    pub(crate) start: f64,
    /// When it was over.
    pub(crate) end: f64,
}

impl MediaResultDto {
    /// As found by an analysis.
    pub(crate) fn new(result: &MediaResult, analysis: &Analysis, view: &AnalysisView<'_>) -> Self {
        let source = view.media.iter().find(|media| media.id == result.media);
        let id_if = |kind| of_kind(source, kind).then(|| result.media.to_string());
        let matches = result.candidates.iter();
        let best = result.candidates.first().filter(|best| best.decision == ComparisonDecision::Match);
        Self {
            analyse_id: analysis.id.to_string(),
            source_media_id: result.media.to_string(),
            source_image_id: id_if(MediaKind::Image),
            source_video_id: id_if(MediaKind::Video),
            source_shots_set_id: id_if(MediaKind::ShotSet),
            results_data: scores(result, analysis.kind, view.legacy_confidences),
            output_images: output_image(result, analysis, view).into_iter().collect(),
            collection_persons: matches.map(|candidate| person(candidate, analysis)).collect(),
            person_id: best.map(|best| best.subject.to_string()),
            details: details(result),
        }
    }
}

fn of_kind(source: Option<&StoredMedia>, kind: MediaKind) -> bool {
    source.is_some_and(|media| media.kind == kind)
}

fn scores(result: &MediaResult, kind: AnalysisKind, legacy: bool) -> Option<ScoresDto> {
    if kind != AnalysisKind::Liveness {
        return result.scores.map(ScoresDto::from);
    }
    result.liveness.as_ref().map(|finding| liveness_scores(finding.spoofing, legacy))
}

fn liveness_scores(confidence_spoofing: f64, legacy: bool) -> ScoresDto {
    if legacy {
        let confidence_liveness = 1.0 - confidence_spoofing;
        let confidence_replay = confidence_spoofing;
        return ScoresDto::LegacyLiveness { confidence_spoofing, confidence_replay, confidence_liveness };
    }
    ScoresDto::Liveness { confidence_spoofing }
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
        original_url: view.links.map(|links| links.url(file, "jpg")),
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
            layer: evidence.layer,
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
