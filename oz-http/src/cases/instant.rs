//! Instant requests: analyses answered within one request. Nothing is stored; this module has no access to
//! storage.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use futures_util::StreamExt;
use futures_util::stream;
use oz_core::account::UserId;
use oz_core::analysis::{Examination, ExaminationRequest};
use oz_core::folder::judgement::Evidence;
use oz_core::folder::{Analysis, AnalysisKind, Folder, FolderState, GroupId, MediaId, Preview, StoredMedia};
use oz_core::media::MediaBytes;
use oz_core::storage::{BlobKey, Failure};
use oz_core::system::{CompanyId, Uuid};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::order::{OrderScope, analyses};
use super::requested_gestures;
use crate::dto::analysis::AnalysisDto;
use crate::dto::analysis_view::AnalysisView;
use crate::dto::folder::FolderDto;
use crate::dto::media::MediaDto;
use crate::dto::words::failure;
use crate::field::FieldError;
use crate::upload::{Order, OrderKind, Payload, Received, Upload};
use crate::{ApiError, ServiceState};

/// Admitted requests per concurrent examination. Bounds memory, as every admitted request holds its media in
/// memory.
const REQUESTS_PER_EXAMINATION: usize = 4;

/// `Retry-After` of refused requests.
const BUSY_RETRY: Duration = Duration::from_secs(2);

/// Admission control: bounds concurrent requests and examinations.
#[derive(Debug, Clone)]
pub(crate) struct InstantGate {
    requests: Arc<Semaphore>,
    examinations: Arc<Semaphore>,
}

impl InstantGate {
    /// Admits requests for `parallelism` concurrent examinations.
    pub(crate) fn new(parallelism: usize) -> Self {
        let parallelism = parallelism.max(1);
        let requests = parallelism.saturating_mul(REQUESTS_PER_EXAMINATION);
        Self {
            requests: Arc::new(Semaphore::new(requests)),
            examinations: Arc::new(Semaphore::new(parallelism)),
        }
    }

    /// Admits a request. Hold the permit until the response is complete.
    ///
    /// # Errors
    /// 503 with `Retry-After` when the limit is reached.
    pub(crate) fn enter(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        let busy = |_| ApiError::overloaded("too many concurrent requests", BUSY_RETRY);
        self.requests.clone().try_acquire_owned().map_err(busy)
    }
}

/// Folder that exists for the duration of a request.
struct InstantFolder {
    folder: Folder,
    owner: UserId,
    media: Vec<StoredMedia>,
    /// Media keys, in the order of `media`.
    keys: Vec<String>,
    /// Contents of the media, by the key in their record.
    blobs: HashMap<BlobKey, MediaBytes>,
}

impl InstantFolder {
    fn new(state: &ServiceState, payload: &Payload, received: Vec<Received<MediaBytes>>) -> Self {
        let now = state.now();
        // Records need a company and an owner; an instant request has neither, and its response omits both.
        let (company, owner) = (CompanyId::from(Uuid::from_u128(0)), UserId::from(Uuid::from_u128(0)));
        let folder = Folder {
            id: state.next_id(),
            company,
            owner,
            state: FolderState::default(),
            endpoint: None,
            metadata: payload.folder.clone().unwrap_or_default(),
            cleared: false,
            created: now,
            updated: now,
        };

        let mut case = Self { folder, owner, media: Vec::new(), keys: Vec::new(), blobs: HashMap::new() };
        for media in received {
            case.add(state.next_id(), payload, media);
        }
        case
    }

    fn add(&mut self, id: MediaId, payload: &Payload, received: Received<MediaBytes>) {
        let Received { key, name, media_type, kind, size, kept, .. } = received;
        let blob = BlobKey { owner: self.folder.company, id: id.uuid() };

        self.media.push(StoredMedia {
            id,
            folder: self.folder.id,
            company: self.folder.company,
            owner: self.owner,
            kind,
            media_type,
            tags: payload.tags.get(&key).cloned().unwrap_or_default(),
            metadata: payload.media.get(&key).cloned().unwrap_or_default(),
            original_name: name,
            blob: Some(blob),
            size,
            preview: Preview::default(),
            created: self.folder.created,
            updated: self.folder.created,
        });
        self.keys.push(key);
        self.blobs.insert(blob, kept);
    }

    fn content(&self, media: &StoredMedia) -> Option<MediaBytes> {
        self.blobs.get(&media.blob?).cloned()
    }
}

/// Examines the uploaded media and returns the folder with the results of its analyses.
///
/// # Errors
/// Invalid orders. Media that cannot be examined only fail the analyses that use them.
pub(crate) async fn answer_instantly(
    state: &ServiceState,
    upload: Upload<MediaBytes>,
) -> Result<FolderDto, ApiError> {
    let Upload { payload, media } = upload;
    ensure_no_search(&payload.analyses)?;

    let mut case = InstantFolder::new(state, &payload, media);
    let InstantFolder { folder, owner, media, keys, .. } = &case;
    let scope = OrderScope { folder, media, keys, owner: *owner, awaited: true };
    let group: GroupId = state.next_id();
    let mut analyses = analyses(state, &payload.analyses, &scope, group)?;

    let examined = examine(state, &case, &analyses).await;
    for analysis in &mut analyses {
        finish(state, analysis, &examined);
    }

    case.folder.state = FolderState::of(&analyses.iter().map(Analysis::summary).collect::<Vec<_>>());
    case.folder.updated = state.now();
    for media in &mut case.media {
        if let Some(Ok(examination)) = examined.get(&media.id) {
            media.preview = preview(examination);
        }
    }
    Ok(show(state, &case, &analyses, &examined))
}

/// Refuses searches: without storage there are no collections.
fn ensure_no_search(orders: &[Order]) -> Result<(), FieldError> {
    let search = OrderKind::Analysis(AnalysisKind::Search);
    let position = orders.iter().position(|order| order.kind == search);
    position.map_or(Ok(()), |index| {
        let detail = "must not be COLLECTION: instant requests have no collections";
        Err(FieldError::value(format!("analyses.{index}.type"), detail))
    })
}

type Examined = HashMap<MediaId, Result<Examination, Failure>>;

/// Examines the media that any analysis uses, each once.
async fn examine(state: &ServiceState, case: &InstantFolder, analyses: &[Analysis]) -> Examined {
    let mut running = Vec::new();
    for media in &case.media {
        let is_used = analyses.iter().any(|analysis| analysis.sources.contains(&media.id));
        if let Some(content) = case.content(media).filter(|_| is_used) {
            running.push(examine_one(state, media, content));
        }
    }

    let parallelism = state.engine().examiner.parallelism().max(1);
    stream::iter(running).buffer_unordered(parallelism).collect().await
}

async fn examine_one(
    state: &ServiceState,
    media: &StoredMedia,
    content: MediaBytes,
) -> (MediaId, Result<Examination, Failure>) {
    let actions = requested_gestures(&media.tags);
    let request = ExaminationRequest { actions, ..ExaminationRequest::default() };
    let deadline = state.config().work.examination_timeout.get();

    let _permit = state.instant().examinations.acquire().await;
    let outcome = state.engine().examiner.examine(content, &request, deadline).await;
    (media.id, outcome.map_err(|error| Failure::from(&error)))
}

fn finish(state: &ServiceState, analysis: &mut Analysis, examined: &Examined) {
    let evidence: Vec<Evidence<'_>> = analysis
        .sources
        .iter()
        .filter_map(|id| {
            let examination = examined.get(id)?.as_ref();
            Some(Evidence { media: *id, examination, best_shot: None, candidates: &[] })
        })
        .collect();

    let engine = state.engine();
    let outcome = engine.judges.judge(analysis.kind, &analysis.params, &evidence, &engine.calibration);
    analysis.end(outcome.map_err(failure), state.now());
}

/// Dimensions and length; an instant response has no preview pictures.
fn preview(examination: &Examination) -> Preview {
    Preview {
        width: Some(examination.width),
        height: Some(examination.height),
        duration_ms: u64::try_from(examination.duration.as_millis()).ok(),
        frames: Some(examination.frames),
        ..Preview::default()
    }
}

fn show(state: &ServiceState, case: &InstantFolder, analyses: &[Analysis], examined: &Examined) -> FolderDto {
    let best_shot = |(id, examination): (&MediaId, &Result<Examination, Failure>)| {
        let subject = examination.as_ref().ok()?.subject.as_ref()?;
        Some((*id, BASE64_STANDARD.encode(&subject.best_shot.0)))
    };
    let shots: HashMap<MediaId, String> = examined.iter().filter_map(best_shot).collect();

    let view = AnalysisView {
        folder: Some(&case.folder),
        media: &case.media,
        aliases: &HashMap::new(),
        links: None,
        inline_shots: Some(&shots),
        legacy_confidences: state.config().analyses.legacy_confidences,
    };
    let analyses = analyses.iter().map(|analysis| AnalysisDto::new(analysis, &view)).collect();
    let media = case
        .media
        .iter()
        .zip(&case.keys)
        .map(|(media, key)| MediaDto { media_key: Some(key.clone()), ..MediaDto::new(media, None) });

    let shown = FolderDto::new(&case.folder, media.collect(), analyses);
    FolderDto { company_id: None, user_id: None, ..shown }
}
