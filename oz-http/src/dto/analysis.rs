//! Analyses on the wire.

use std::collections::HashMap;

use oz_core::collection::CollectionId;
use oz_core::folder::{Analysis, AnalysisKind, AnalysisParams, Folder, MediaId, StoredMedia};
use oz_core::storage::Failure;
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::analysis_result::{MediaResultDto, ScoresDto};
use super::media::MediaDto;
use super::words::{Word, seconds};
use crate::links::Links;

/// What else is needed to show an analysis.
pub(crate) struct AnalysisView<'a> {
    /// Its folder.
    pub(crate) folder: Option<&'a Folder>,
    /// The media of its folder.
    pub(crate) media: &'a [StoredMedia],
    /// Names of collections.
    pub(crate) aliases: &'a HashMap<CollectionId, String>,
    /// What makes URLs, where something is stored.
    pub(crate) links: Option<&'a Links>,
    /// Best shots in base64, where nothing is stored.
    pub(crate) inline_shots: Option<&'a HashMap<MediaId, String>>,
    /// Whether liveness has three scores.
    pub(crate) legacy_confidences: bool,
}

/// One question about media of a folder, and its answer.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Analysis)]
pub(crate) struct AnalysisDto {
    /// Unique name.
    pub(crate) analyse_id: String,
    /// The same.
    pub(crate) analysis_id: String,
    /// Where it belongs.
    pub(crate) folder_id: String,
    /// When its folder was created, in seconds since the epoch.
    pub(crate) folder_time_created: Option<f64>,
    /// Whose it is.
    pub(crate) company_id: Option<String>,
    /// Who started it.
    pub(crate) user_id: Option<String>,
    /// What was started with it.
    pub(crate) group_id: Option<String>,
    /// QUALITY, BIOMETRY or COLLECTION.
    pub(crate) r#type: &'static str,
    /// PROCESSING, FINISHED or FAILED.
    pub(crate) state: &'static str,
    /// State until it is finished, then what it means; an operator's decision goes before the machine's.
    pub(crate) resolution_status: &'static str,
    /// The same.
    pub(crate) resolution: &'static str,
    /// The same, by the machine alone.
    pub(crate) system_resolution: &'static str,
    /// What an operator decided.
    pub(crate) operator_status: Option<&'static str>,
    /// Why.
    pub(crate) operator_comment: Option<String>,
    /// Who decided.
    pub(crate) resolution_author_id: Option<String>,
    /// When it was decided, in seconds since the epoch.
    pub(crate) resolution_time: Option<f64>,
    /// What was found in each of the media.
    pub(crate) results_media: Vec<MediaResultDto>,
    /// What was found in all of them: scores of comparisons.
    pub(crate) results_data: Option<ScoresDto>,
    /// The media that it looks at.
    pub(crate) source_media: Vec<MediaDto>,
    /// What it was asked with.
    pub(crate) confs: Value,
    /// Why it failed.
    pub(crate) error_code: Option<u16>,
    /// The same, for people.
    pub(crate) error_message: Option<String>,
    /// Where it searched.
    pub(crate) collection: Option<CollectionRefDto>,
    /// Free attributes.
    pub(crate) meta_data: Map<String, Value>,
    /// What ran the models, and which.
    pub(crate) technical_meta_data: Map<String, Value>,
    /// When it was started, in seconds since the epoch.
    pub(crate) time_created: f64,
    /// When it was changed last, in seconds since the epoch.
    pub(crate) time_updated: f64,
    /// When it reached its end, in seconds since the epoch.
    pub(crate) time_finished: Option<f64>,
}

/// A collection, by name.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = CollectionRef)]
pub(crate) struct CollectionRefDto {
    /// Unique name.
    pub(crate) collection_id: String,
    /// Name given by the owner; null if the collection is gone.
    pub(crate) alias: Option<String>,
}

impl AnalysisDto {
    /// As stored.
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
            r#type: analysis.kind.word(),
            state: analysis.state.word(),
            resolution_status: status,
            resolution: status,
            system_resolution: analysis.machine_verdict().word(),
            operator_status: decision.map(|decision| decision.resolution.word()),
            operator_comment: decision.and_then(|decision| decision.comment.clone()),
            resolution_author_id: decision.map(|decision| decision.by.to_string()),
            resolution_time: decision.map(|decision| decision.at).or(analysis.finished).map(seconds),
            results_media: results_media(analysis, view),
            results_data: found.and_then(|found| found.scores).map(ScoresDto::from),
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
    let (low, high) = (share(params.threshold.non_matching()), share(params.threshold.matching()));
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
    }
}

/// Single precision shown as it was written, .85 and not .8500000238.
fn share(value: f32) -> f64 {
    (f64::from(value) * 1e6).round() / 1e6
}

/// What made the results; an addition to the Oz API.
fn technical(analysis: &Analysis) -> Map<String, Value> {
    let Some(results) = &analysis.results else { return Map::new() };
    let facts = [("engine", json!(results.engine)), ("models", json!(results.models))];
    facts.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

/// The number of a failure: 202 when media are at fault, 5 when a value is, 0 when the service is.
fn failure_number(failure: &Failure) -> u16 {
    match failure.code.split('.').next() {
        Some("media" | "analysis") => 202,
        Some("input") => 5,
        _ => 0,
    }
}
