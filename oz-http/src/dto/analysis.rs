//! Wire form of an analysis.

use std::borrow::Cow;

use oz_core::folder::{Analysis, AnalysisKind, AnalysisParams, AnalysisResults, MediaId};
use oz_core::storage::Failure;
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::analysis_result::{MediaResultDto, ScoresDto};
use super::analysis_view::AnalysisView;
use super::media::MediaDto;
use super::words::{Word, kind_word, seconds};

/// An analysis of media in a folder, with its results.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Analysis)]
pub(crate) struct AnalysisDto {
    /// ID of the analysis (UUID).
    pub(crate) analyse_id: String,
    /// Alias of `analyse_id`.
    pub(crate) analysis_id: String,
    /// ID of the folder (UUID).
    pub(crate) folder_id: String,
    /// Creation time of the folder, in UNIX seconds.
    pub(crate) folder_time_created: Option<f64>,
    /// ID of the owning company (UUID); null in instant mode.
    pub(crate) company_id: Option<String>,
    /// ID of the user who started the analysis (UUID); null in instant mode.
    pub(crate) user_id: Option<String>,
    /// ID shared by all analyses started by the same request (UUID); null in instant mode.
    pub(crate) group_id: Option<String>,
    /// Analysis type: `QUALITY` (liveness), `BIOMETRY` (1:1 comparison), `COLLECTION` (1:N search), or a type
    /// that the service adds.
    pub(crate) r#type: Cow<'static, str>,
    /// Processing state: `PROCESSING`, `FINISHED` or `FAILED`.
    pub(crate) state: &'static str,
    /// Effective outcome: `PROCESSING`, `FAILED`, `SUCCESS`, `OPERATOR_REQUIRED` or `DECLINED`. An operator's
    /// decision overrides the automatic one.
    pub(crate) resolution_status: &'static str,
    /// Alias of `resolution_status`.
    pub(crate) resolution: &'static str,
    /// Automatic outcome, regardless of any operator decision. Same values as `resolution_status`.
    pub(crate) system_resolution: &'static str,
    /// Operator decision: `SUCCESS` or `DECLINED`; null if none was made.
    pub(crate) operator_status: Option<&'static str>,
    /// Comment on the operator decision.
    pub(crate) operator_comment: Option<String>,
    /// ID of the operator who decided (UUID).
    pub(crate) resolution_author_id: Option<String>,
    /// Time of the operator decision or, without one, of completion, in UNIX seconds.
    pub(crate) resolution_time: Option<f64>,
    /// Results per source media; empty until the analysis is finished.
    pub(crate) results_media: Vec<MediaResultDto>,
    /// Comparison scores over all source media, or the results of a type that the service adds; null until
    /// finished, and for `QUALITY`, whose scores are in `results_media`.
    pub(crate) results_data: Option<ScoresDto>,
    /// Analysed media, except those deleted since.
    pub(crate) source_media: Vec<MediaDto>,
    /// Effective parameters. `QUALITY`: `extract_best_shot`, `threshold_spoofing`. `BIOMETRY`:
    /// `threshold_min`, `threshold_max`. `COLLECTION`: in addition `collection_id` and `decision_count`. A
    /// type that the service adds: its own.
    pub(crate) confs: Value,
    /// Numeric error code of a failed analysis: 202 (media), 5 (invalid parameter) or 0 (internal error).
    pub(crate) error_code: Option<u16>,
    /// Reason for the failure, human-readable.
    pub(crate) error_message: Option<String>,
    /// Searched collection; null unless the type is `COLLECTION`.
    pub(crate) collection: Option<CollectionRefDto>,
    /// Custom attributes.
    pub(crate) meta_data: Map<String, Value>,
    /// Inference `engine` and `models` used; empty until finished. An addition to the Oz API.
    pub(crate) technical_meta_data: Map<String, Value>,
    /// Creation time, in UNIX seconds.
    pub(crate) time_created: f64,
    /// Time of the last change, in UNIX seconds.
    pub(crate) time_updated: f64,
    /// Completion time, in UNIX seconds; null while processing.
    pub(crate) time_finished: Option<f64>,
}

/// Reference to a collection.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = CollectionRef)]
pub(crate) struct CollectionRefDto {
    /// ID of the collection (UUID).
    pub(crate) collection_id: String,
    /// Name of the collection; null if it was deleted.
    pub(crate) alias: Option<String>,
}

impl AnalysisDto {
    /// Converts a stored analysis.
    pub(crate) fn new(analysis: &Analysis, view: &AnalysisView<'_>) -> Self {
        let id = analysis.id.to_string();
        let stored = |id: String| view.links.map(|_| id);
        let status = analysis.status().word();
        let decision = analysis.decision.as_ref();
        let found = analysis.results.as_ref();

        Self {
            analyse_id: id.clone(),
            analysis_id: id,
            folder_id: analysis.folder.to_string(),
            folder_time_created: view.folder.map(|folder| seconds(folder.created)),
            company_id: stored(analysis.company.to_string()),
            user_id: stored(analysis.owner.to_string()),
            group_id: stored(analysis.group.to_string()),
            r#type: kind_word(analysis.kind),
            state: analysis.state.word(),
            resolution_status: status,
            resolution: status,
            system_resolution: analysis.machine_verdict().word(),
            operator_status: decision.map(|decision| decision.resolution.word()),
            operator_comment: decision.and_then(|decision| decision.comment.clone()),
            resolution_author_id: decision.map(|decision| decision.by.to_string()),
            resolution_time: decision.map(|decision| decision.at).or(analysis.finished).map(seconds),
            results_media: results_media(analysis, view),
            results_data: found.and_then(|found| results_data(analysis.kind, found)),
            source_media: source_media(analysis, view),
            confs: confs(analysis.kind, &analysis.params),
            error_code: analysis.failure.as_ref().map(failure_number),
            error_message: analysis.failure.as_ref().map(|failure| failure.message.clone()),
            collection: collection(analysis, view),
            meta_data: analysis.metadata.as_object().clone(),
            technical_meta_data: technical(analysis),
            time_created: seconds(analysis.created),
            time_updated: seconds(analysis.updated),
            time_finished: analysis.finished.map(seconds),
        }
    }
}

fn results_data(kind: AnalysisKind, results: &AnalysisResults) -> Option<ScoresDto> {
    match kind {
        AnalysisKind::Custom(_) => Some(ScoresDto::Custom(results.custom.as_object().clone())),
        _ => results.scores.map(ScoresDto::from),
    }
}

fn results_media(analysis: &Analysis, view: &AnalysisView<'_>) -> Vec<MediaResultDto> {
    let results = analysis.results.iter().flat_map(|results| &results.media);
    results.map(|result| MediaResultDto::new(result, analysis, view)).collect()
}

fn source_media(analysis: &Analysis, view: &AnalysisView<'_>) -> Vec<MediaDto> {
    let stored = |id: &MediaId| view.media.iter().find(|media| media.id == *id);
    analysis.sources.iter().filter_map(stored).map(|media| MediaDto::new(media, view.links)).collect()
}

fn collection(analysis: &Analysis, view: &AnalysisView<'_>) -> Option<CollectionRefDto> {
    let id = analysis.params.search?.collection;
    Some(CollectionRefDto { collection_id: id.to_string(), alias: view.aliases.get(&id).cloned() })
}

fn confs(kind: AnalysisKind, params: &AnalysisParams) -> Value {
    let (low, high) = (rounded(params.threshold.non_matching()), rounded(params.threshold.matching()));

    match kind {
        AnalysisKind::Liveness => json!({
            "extract_best_shot": params.best_shot,
            "threshold_spoofing": params.spoofing_threshold,
        }),
        AnalysisKind::Matching => json!({"threshold_min": low, "threshold_max": high}),
        AnalysisKind::Search => json!({
            "threshold_min": low,
            "threshold_max": high,
            "collection_id": params.search.map(|search| search.collection.to_string()),
            "decision_count": params.search.map(|search| search.limit),
        }),
        AnalysisKind::Custom(_) => Value::Object(params.custom.as_object().clone()),
    }
}

/// Rounds a single-precision value to six decimals, so that 0.85 is not sent as 0.8500000238.
fn rounded(value: f32) -> f64 {
    (f64::from(value) * 1e6).round() / 1e6
}

fn technical(analysis: &Analysis) -> Map<String, Value> {
    let Some(results) = &analysis.results else { return Map::new() };
    let facts = [("engine", json!(results.engine)), ("models", json!(results.models))];
    facts.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

/// Wire number of a failure: 202 if the media are at fault, 5 for an invalid value, 0 otherwise.
fn failure_number(failure: &Failure) -> u16 {
    match failure.code.split('.').next() {
        Some("media" | "analysis") => 202,
        Some("input") => 5,
        _ => 0,
    }
}
