//! From analyses that a client orders to analyses that are started.

use std::time::Duration;

use oz_core::account::{AnalysisRights, UserId};
use oz_core::collection::CollectionId;
use oz_core::face::Threshold;
use oz_core::folder::{
    Analysis, AnalysisKind, AnalysisParams, AnalysisState, Folder, GroupId, JobKind, MediaId, NewGroup,
    SearchParams, StoredMedia, sources,
};
use oz_core::storage::{JobId, NewJob};

use crate::field::FieldError;
use crate::upload::{Order, OrderParams};
use crate::{ApiError, ServiceState};

/// Priority of analyses; those that a request waits for go first.
const PRIORITY: i32 = 0;
const WAITED_FOR: i32 = 10;

/// How long a client is asked to wait while too much is queued.
const QUEUE_PAUSE: Duration = Duration::from_secs(5);

/// Where and for whom analyses are started.
pub(crate) struct OrderScope<'a> {
    /// In which folder.
    pub(crate) folder: &'a Folder,
    /// Everything in it.
    pub(crate) media: &'a [StoredMedia],
    /// Names that the request gives to media, in the order of `media`; ids alone where it gives none.
    pub(crate) keys: &'a [String],
    /// Who starts them.
    pub(crate) owner: UserId,
    /// Whether a request waits for them.
    pub(crate) waited_for: bool,
}

/// Refuses orders that the caller may not give, and those that nobody can carry out.
///
/// # Errors
/// Code 9 and code 2.
pub(crate) fn demand_known(orders: &[Order], rights: AnalysisRights) -> Result<(), ApiError> {
    for order in orders {
        let (may, what) = match order.kind {
            Some(AnalysisKind::Liveness) => (rights.liveness, "QUALITY"),
            Some(AnalysisKind::Matching) => (rights.matching, "BIOMETRY"),
            Some(AnalysisKind::Search) => (rights.search, "COLLECTION"),
            None => (rights.documents, "DOCUMENTS"),
        };
        if !may {
            return Err(ApiError::forbidden(format!("You have not access to start {what} analyses")));
        }
        if order.kind.is_none() {
            return Err(ApiError::not_realized("the analysis DOCUMENTS"));
        }
    }
    Ok(())
}

/// The group of some orders, with the job that answers it.
///
/// # Errors
/// Code 4 for media or values that are not taken; code 10 for a collection out of the company's reach.
pub(crate) async fn group(
    state: &ServiceState,
    orders: &[Order],
    scope: &OrderScope<'_>,
) -> Result<NewGroup, ApiError> {
    for (index, order) in orders.iter().enumerate() {
        if order.kind == Some(AnalysisKind::Search) {
            demand_collection(state, collection_of(order, index)?, scope.folder).await?;
        }
    }
    let group: GroupId = state.next_id();
    let job = NewJob {
        id: JobId::from(group.uuid()),
        kind: JobKind::Analysis.name().into(),
        payload: group.to_string().into_bytes(),
        priority: if scope.waited_for { WAITED_FOR } else { PRIORITY },
        max_attempts: state.config().work.max_attempts,
        due: state.now(),
    };
    Ok(NewGroup { analyses: analyses(state, orders, scope, group)?, job })
}

/// The analyses of some orders.
///
/// # Errors
/// Code 4 for media or values that are not taken.
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
    let kind = order.kind.ok_or_else(|| ApiError::not_realized("the analysis DOCUMENTS"))?;
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
        sources: sources(kind, named.as_deref(), scope.media),
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

/// Media by key where the request gives keys, by id everywhere.
fn named_media(names: &[String], index: usize, scope: &OrderScope<'_>) -> Result<Vec<MediaId>, FieldError> {
    let find = |name: &String| {
        let by_key = scope.keys.iter().position(|key| key == name).map(|at| &scope.media[at]);
        let id: Option<MediaId> = name.parse().ok();
        let found = by_key.or_else(|| scope.media.iter().find(|media| Some(media.id) == id));
        found.map(|media| media.id)
    };
    let found = names.iter().enumerate().map(|(at, name)| {
        let field = || format!("analyses.{index}.source_media.{at}");
        find(name).ok_or_else(|| FieldError::value(field(), "there is no such media in the folder"))
    });
    found.collect()
}

fn params(
    state: &ServiceState,
    order: &Order,
    kind: AnalysisKind,
    index: usize,
) -> Result<AnalysisParams, ApiError> {
    let config = &state.config().analyses;
    let wanted = &order.params;
    let search = match kind {
        AnalysisKind::Search => Some(SearchParams {
            collection: collection_of(order, index)?,
            limit: wanted.limit.unwrap_or(config.candidates),
        }),
        _ => None,
    };
    Ok(AnalysisParams {
        best_shot: wanted.best_shot.unwrap_or(config.best_shot),
        spoofing_threshold: wanted.spoofing.unwrap_or(config.spoofing_threshold),
        threshold: threshold(wanted, (config.threshold_min, config.threshold_max))?,
        search,
    })
}

/// Where only one of both is named, the other is the same.
fn threshold(wanted: &OrderParams, usual: (f32, f32)) -> Result<Threshold, ApiError> {
    let (low, high) = match (wanted.low, wanted.high) {
        (None, None) => usual,
        (low, high) => {
            let either = low.or(high).unwrap_or_default();
            (low.unwrap_or(either) as f32, high.unwrap_or(either) as f32)
        }
    };
    Ok(Threshold::new(low, high)?)
}

fn collection_of(order: &Order, index: usize) -> Result<CollectionId, FieldError> {
    let field = || format!("analyses.{index}.params.collection_id");
    let text = order.params.collection.as_ref().ok_or_else(|| FieldError::missing(field()))?;
    text.parse().map_err(|_| FieldError::value(field(), "it is no UUID"))
}

/// A collection of another company is not there.
async fn demand_collection(state: &ServiceState, id: CollectionId, folder: &Folder) -> Result<(), ApiError> {
    let collection = state.store()?.collections.repository.collection(id).await?;
    if collection.company == folder.company { Ok(()) } else { Err(ApiError::not_found()) }
}

/// Sends new work away while too much waits.
///
/// # Errors
/// 503, with the time to wait.
pub(crate) async fn demand_room(state: &ServiceState) -> Result<(), ApiError> {
    let waiting = state.store()?.jobs.ready(JobKind::Analysis.name(), state.now()).await?;
    if waiting > state.config().work.max_queued {
        return Err(ApiError::overloaded("too many analyses are waiting", QUEUE_PAUSE));
    }
    Ok(())
}
