//! Everything in one request and nothing stored. What is here has no handle to anything that stores.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use futures_util::StreamExt;
use futures_util::stream;
use oz_core::account::UserId;
use oz_core::analysis::{Examination, ExaminationRequest};
use oz_core::folder::judgement::{Evidence, judge};
use oz_core::folder::{
    Analysis, AnalysisKind, AnalysisState, Folder, FolderState, GroupId, MediaId, Preview, StoredMedia,
};
use oz_core::media::MediaBytes;
use oz_core::storage::{BlobKey, Failure};
use oz_core::system::{CompanyId, Uuid};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::asked_gestures;
use super::order::{OrderScope, analyses};
use crate::dto::analysis::{AnalysisDto, AnalysisView};
use crate::dto::folder::FolderDto;
use crate::dto::media::MediaDto;
use crate::field::FieldError;
use crate::upload::{Order, Payload, Received, Upload};
use crate::{ApiError, ServiceState};

/// Requests that are let in for each examination that can run: their media are in memory.
const REQUESTS_PER_EXAMINATION: usize = 4;

/// How long whoever is sent away is asked to wait.
const PAUSE: Duration = Duration::from_secs(2);

/// Lets in as many requests as can be worked on soon.
#[derive(Debug, Clone)]
pub(crate) struct InstantGate {
    requests: Arc<Semaphore>,
    examinations: Arc<Semaphore>,
}

impl InstantGate {
    /// For so many examinations side by side.
    pub(crate) fn new(parallelism: usize) -> Self {
        let parallelism = parallelism.max(1);
        let requests = parallelism.saturating_mul(REQUESTS_PER_EXAMINATION);
        Self {
            requests: Arc::new(Semaphore::new(requests)),
            examinations: Arc::new(Semaphore::new(parallelism)),
        }
    }

    /// The right to be worked on, to be kept until the answer.
    ///
    /// # Errors
    /// 503 when as many are worked on already.
    pub(crate) fn enter(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        let busy = |_| ApiError::overloaded("too many requests are being answered", PAUSE);
        self.requests.clone().try_acquire_owned().map_err(busy)
    }
}

/// A folder that exists for the length of a request.
struct InstantFolder {
    folder: Folder,
    owner: UserId,
    media: Vec<StoredMedia>,
    keys: Vec<String>,
    bytes: Vec<MediaBytes>,
}

impl InstantFolder {
    fn new(state: &ServiceState, payload: &Payload, received: Vec<Received<MediaBytes>>) -> Self {
        let now = state.now();
        // Nobody's: names without records behind them.
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
        let keys = received.iter().map(|media| media.key.clone()).collect();
        let bytes = received.iter().map(|media| media.kept.clone()).collect();
        let record = |media: Received<MediaBytes>| {
            let id: MediaId = state.next_id();
            StoredMedia {
                id,
                folder: folder.id,
                company,
                owner,
                kind: media.kind,
                media_type: media.media_type,
                tags: payload.tags.get(&media.key).cloned().unwrap_or_default(),
                metadata: payload.media.get(&media.key).cloned().unwrap_or_default(),
                original_name: media.name,
                // The rules of assignment ask for bytes; these are in memory, and no blob has this name.
                blob: Some(BlobKey { owner: company, id: id.uuid() }),
                size: media.size,
                preview: Preview::default(),
                created: now,
                updated: now,
            }
        };
        Self { media: received.into_iter().map(record).collect(), keys, bytes, folder, owner }
    }
}

/// Examines what was uploaded and answers the analyses that were ordered.
///
/// # Errors
/// What is wrong with the orders. Media that cannot be examined fail the analyses that look at them.
pub(crate) async fn answer_instantly(
    state: &ServiceState,
    upload: Upload<MediaBytes>,
) -> Result<FolderDto, ApiError> {
    let Upload { payload, media } = upload;
    refuse_searches(&payload.analyses)?;
    let mut case = InstantFolder::new(state, &payload, media);
    let InstantFolder { folder, owner, media, keys, .. } = &case;
    let scope = OrderScope { folder, media, keys, owner: *owner, waited_for: true };
    let group: GroupId = state.next_id();
    let mut analyses = analyses(state, &payload.analyses, &scope, group)?;
    let examined = examine(state, &case, &analyses).await;
    for analysis in &mut analyses {
        finish(state, analysis, &examined);
    }
    case.folder.state = FolderState::of(&analyses.iter().map(Analysis::progress).collect::<Vec<_>>());
    case.folder.updated = state.now();
    for media in &mut case.media {
        if let Some(Ok(examination)) = examined.get(&media.id) {
            media.preview = facts(examination);
        }
    }
    Ok(show(state, &case, &analyses, &examined))
}

fn refuse_searches(orders: &[Order]) -> Result<(), FieldError> {
    let at = orders.iter().position(|order| order.kind == Some(AnalysisKind::Search));
    at.map_or(Ok(()), |at| {
        Err(FieldError::value(
            format!("analyses.{at}.type"),
            "there are no collections where nothing is stored",
        ))
    })
}

type Examined = HashMap<MediaId, Result<Examination, Failure>>;

/// Examines every one of the media that an analysis looks at, once.
async fn examine(state: &ServiceState, case: &InstantFolder, analyses: &[Analysis]) -> Examined {
    let mut running = Vec::new();
    for (media, bytes) in case.media.iter().zip(&case.bytes) {
        if analyses.iter().any(|analysis| analysis.sources.contains(&media.id)) {
            running.push(examine_one(state, media, bytes.clone()));
        }
    }
    let side_by_side = state.engine().examiner.parallelism().max(1);
    stream::iter(running).buffer_unordered(side_by_side).collect().await
}

async fn examine_one(
    state: &ServiceState,
    media: &StoredMedia,
    bytes: MediaBytes,
) -> (MediaId, Result<Examination, Failure>) {
    let request =
        ExaminationRequest { actions: asked_gestures(&media.tags), ..ExaminationRequest::default() };
    let deadline = state.config().work.examination_timeout.get();
    let _turn = state.instant().examinations.acquire().await;
    let outcome = state.engine().examiner.examine(bytes, &request, deadline).await;
    (media.id, outcome.map_err(|error| Failure::from(&error)))
}

fn finish(state: &ServiceState, analysis: &mut Analysis, examined: &Examined) {
    let of_source = |id: &MediaId| {
        let examination = examined.get(id)?.as_ref();
        Some(Evidence { media: *id, examination, best_shot: None, candidates: &[] })
    };
    let evidence: Vec<Evidence<'_>> = analysis.sources.iter().filter_map(of_source).collect();
    let calibration = &state.engine().calibration;
    match judge(analysis.kind, &analysis.params, &evidence, calibration) {
        Ok((resolution, results)) => {
            analysis.state = AnalysisState::Finished;
            analysis.resolution = Some(resolution);
            analysis.results = Some(results);
        }
        Err(failure) => {
            analysis.state = AnalysisState::Failed;
            analysis.failure = Some(failure);
        }
    }
    let now = state.now();
    (analysis.updated, analysis.finished) = (now, Some(now));
}

fn facts(examination: &Examination) -> Preview {
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
