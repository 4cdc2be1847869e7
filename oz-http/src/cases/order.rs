//! Turns ordered analyses into records and the job that carries them out.

use std::time::Duration;

use oz_core::account::{AnalysisRights, UserId};
use oz_core::collection::CollectionId;
use oz_core::face::Threshold;
use oz_core::folder::judgement::port::AnalysisJudge;
use oz_core::folder::{
    Analysis, AnalysisKind, AnalysisParams, AnalysisState, Folder, GroupId, JobKind, MediaId, NewGroup,
    SearchParams, StoredMedia, group_job, sources,
};
use oz_core::storage::NewJob;

use super::shows_document;
use crate::field::FieldError;
use crate::upload::{Order, OrderKind, OrderParams};
use crate::{ApiError, ServiceState};

/// Priority of analyses whose results are polled for later.
const PRIORITY: i32 = 0;

/// Priority of analyses that a request is waiting for.
const AWAITED_PRIORITY: i32 = 10;

/// `Retry-After` while the queue is full.
const QUEUE_FULL_RETRY: Duration = Duration::from_secs(5);

/// Folder and user for which analyses are started.
pub(crate) struct OrderScope<'a> {
    /// Folder of the analyses.
    pub(crate) folder: &'a Folder,
    /// All media of the folder.
    pub(crate) media: &'a [StoredMedia],
    /// Media keys of the request, in the order of `media`; empty if media are referenced by ID only.
    pub(crate) keys: &'a [String],
    /// User who starts the analyses.
    pub(crate) owner: UserId,
    /// Whether the request waits for the results.
    pub(crate) awaited: bool,
}

/// Ensures that the caller may start the ordered analyses and that the service has judges for their kinds.
///
/// # Errors
/// Code 4 for an unknown kind; code 9 for a missing right; code 2 for [`OrderKind::Documents`].
pub(crate) fn ensure_orders_allowed(
    state: &ServiceState,
    orders: &[Order],
    rights: AnalysisRights,
) -> Result<(), ApiError> {
    for (index, order) in orders.iter().enumerate() {
        let is_allowed = match order.kind {
            OrderKind::Analysis(kind) => judge(state, kind, index)?.is_permitted(rights),
            OrderKind::Documents => rights.documents,
        };
        if !is_allowed {
            let kind = order.kind.word();
            return Err(ApiError::forbidden(format!("You do not have permission to start {kind} analyses")));
        }

        implemented(order)?;
    }
    Ok(())
}

/// Ensures that the queue has room for another group.
///
/// # Errors
/// 503 with `Retry-After` when more analyses are queued than configured.
pub(crate) async fn ensure_queue_capacity(state: &ServiceState) -> Result<(), ApiError> {
    let queued = state.store()?.jobs.ready(JobKind::Analysis.name(), state.now()).await?;
    if queued > state.config().work.max_queued {
        return Err(ApiError::overloaded("too many analyses are queued", QUEUE_FULL_RETRY));
    }
    Ok(())
}

/// Builds the group of the ordered analyses, with its job.
///
/// # Errors
/// Code 4 for unknown media or invalid values; code 10 for a collection of another company.
pub(crate) async fn group(
    state: &ServiceState,
    orders: &[Order],
    scope: &OrderScope<'_>,
) -> Result<NewGroup, ApiError> {
    for (index, order) in orders.iter().enumerate() {
        if order.kind == OrderKind::Analysis(AnalysisKind::Search) {
            ensure_own_collection(state, collection_id(order, index)?, scope.folder).await?;
        }
    }

    let id: GroupId = state.next_id();
    let job = NewJob {
        id: group_job(id),
        kind: JobKind::Analysis.name().into(),
        payload: id.to_string().into_bytes(),
        priority: if scope.awaited { AWAITED_PRIORITY } else { PRIORITY },
        max_attempts: state.config().work.max_attempts,
        due: state.now(),
    };
    Ok(NewGroup { analyses: analyses(state, orders, scope, id)?, job })
}

/// Builds the records of the ordered analyses.
///
/// # Errors
/// Code 4 for unknown media or invalid values.
pub(crate) fn analyses(
    state: &ServiceState,
    orders: &[Order],
    scope: &OrderScope<'_>,
    group: GroupId,
) -> Result<Vec<Analysis>, ApiError> {
    let orders = orders.iter().enumerate();
    orders.map(|(index, order)| analysis(state, order, index, scope, group)).collect()
}

fn analysis(
    state: &ServiceState,
    order: &Order,
    index: usize,
    scope: &OrderScope<'_>,
    group: GroupId,
) -> Result<Analysis, ApiError> {
    let kind = implemented(order)?;
    let named = order.sources.as_ref().map(|names| named_media(names, index, scope)).transpose()?;
    let now = state.now();

    Ok(Analysis {
        id: state.next_id(),
        folder: scope.folder.id,
        company: scope.folder.company,
        owner: scope.owner,
        group,
        kind,
        params: params(state, order, kind, index)?,
        sources: sources(kind, named.as_deref(), scope.media, shows_document),
        state: AnalysisState::Processing,
        resolution: None,
        decision: None,
        failure: None,
        results: None,
        metadata: order.metadata.clone(),
        created: now,
        updated: now,
        finished: None,
    })
}

/// Judge of an ordered kind; code 4 for a kind that the service does not have.
fn judge(state: &ServiceState, kind: AnalysisKind, index: usize) -> Result<&dyn AnalysisJudge, FieldError> {
    let judges = &state.engine().judges;
    let judge = judges.of(kind).map(AsRef::as_ref);
    judge.ok_or_else(|| OrderKind::unknown(&format!("analyses.{index}.type"), &judges.custom_kinds()))
}

/// Kind of the analysis to run; code 2 for a kind that the API documents and oz does not implement.
fn implemented(order: &Order) -> Result<AnalysisKind, ApiError> {
    match order.kind {
        OrderKind::Analysis(kind) => Ok(kind),
        OrderKind::Documents => Err(ApiError::not_implemented("analysis type DOCUMENTS")),
    }
}

/// Resolves the names of source media: a media key of the request first, then a media ID.
fn named_media(names: &[String], index: usize, scope: &OrderScope<'_>) -> Result<Vec<MediaId>, FieldError> {
    let mut found = Vec::with_capacity(names.len());
    for (at, name) in names.iter().enumerate() {
        let by_key = scope.keys.iter().position(|key| key == name).map(|position| &scope.media[position]);
        let id: Option<MediaId> = name.parse().ok();
        let media = by_key.or_else(|| scope.media.iter().find(|media| Some(media.id) == id));

        let field = || format!("analyses.{index}.source_media.{at}");
        let media = media.ok_or_else(|| FieldError::value(field(), "must name media of the folder"))?;
        found.push(media.id);
    }
    Ok(found)
}

/// Effective parameters: those of the order, completed from the configuration.
fn params(
    state: &ServiceState,
    order: &Order,
    kind: AnalysisKind,
    index: usize,
) -> Result<AnalysisParams, ApiError> {
    let config = &state.config().analyses;
    let ordered = &order.params;
    if matches!(kind, AnalysisKind::Custom(_)) {
        judge(state, kind, index)?.check_params(&ordered.custom)?;
    }

    let search = match kind {
        AnalysisKind::Search => Some(SearchParams {
            collection: collection_id(order, index)?,
            limit: ordered.limit.unwrap_or(config.candidates),
        }),
        _ => None,
    };
    Ok(AnalysisParams {
        best_shot: ordered.best_shot.unwrap_or(config.best_shot),
        spoofing_threshold: ordered.spoofing.unwrap_or(config.spoofing_threshold),
        threshold: threshold(ordered, (config.threshold_min, config.threshold_max))?,
        search,
        custom: ordered.custom.clone(),
    })
}

/// Thresholds of the order, or `default` if it has neither. A single threshold applies to both ends.
fn threshold(ordered: &OrderParams, default: (f32, f32)) -> Result<Threshold, ApiError> {
    let (low, high) = match (ordered.low, ordered.high) {
        (None, None) => default,
        (low, high) => {
            let either = low.or(high).unwrap_or_default();
            (low.unwrap_or(either) as f32, high.unwrap_or(either) as f32)
        }
    };
    Ok(Threshold::new(low, high)?)
}

fn collection_id(order: &Order, index: usize) -> Result<CollectionId, FieldError> {
    let field = || format!("analyses.{index}.params.collection_id");
    let text = order.params.collection.as_ref().ok_or_else(|| FieldError::missing(field()))?;
    text.parse().map_err(|_| FieldError::value(field(), "must be a UUID"))
}

/// Ensures that a collection belongs to the company of the folder. A foreign collection is reported as not
/// found, so that its existence is not revealed.
async fn ensure_own_collection(
    state: &ServiceState,
    id: CollectionId,
    folder: &Folder,
) -> Result<(), ApiError> {
    let collection = state.store()?.collections.repository.collection(id).await?;
    if collection.company == folder.company { Ok(()) } else { Err(ApiError::not_found()) }
}
