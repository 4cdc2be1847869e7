//! Service with workers, and folders created directly in storage.

use std::time::Duration;

use oz_core::account::{Role, Scope, UserId};
use oz_core::folder::{
    Analysis, AnalysisId, AnalysisKind, AnalysisParams, AnalysisState, Folder, FolderContent, FolderId,
    FolderState, GroupId, JobKind, MediaId, NewGroup, Preview, StoredMedia, group_job,
};
use oz_core::media::{MediaKind, MediaType};
use oz_core::metadata::Metadata;
use oz_core::storage::{BlobKey, JobId, NewJob};
use oz_core::system::CompanyId;
use oz_http::config::{Period, ServiceConfig};
use oz_http::work::Workers;

use crate::support::Service;
use crate::support::examiner::{jpeg, zip};

/// Longest time that a test waits for an expected change.
const PATIENCE: Duration = Duration::from_secs(20);

/// Service with a company and a user.
pub(crate) struct Case {
    pub(crate) service: Service,
    pub(crate) company: CompanyId,
    owner: UserId,
}

/// IDs of a stored folder and its group of analyses.
#[derive(Debug, Clone)]
pub(crate) struct Filed {
    pub(crate) folder: FolderId,
    pub(crate) group: GroupId,
    pub(crate) analyses: Vec<AnalysisId>,
    pub(crate) media: Vec<MediaId>,
}

/// Contents of a folder.
#[derive(Debug, Clone, Default)]
pub(crate) struct Plan<'a> {
    /// Words of each media, see the scripted examiner. Media whose words start with `zip` are shot sets.
    pub(crate) media: &'a [&'a str],
    pub(crate) kinds: &'a [AnalysisKind],
    pub(crate) params: AnalysisParams,
    pub(crate) endpoint: Option<String>,
    pub(crate) attempts: u32,
}

impl Case {
    /// Starts a service with short leases and periods: the clock of the service is manual, the timers of the
    /// loops are not.
    pub(crate) async fn with(change: impl FnOnce(&mut ServiceConfig)) -> Self {
        let service = Service::with(|config| {
            config.work.poll = Period::millis(5);
            config.work.lease = Period::millis(60);
            config.work.expiry_period = Period::millis(10);
            config.retention.period = Period::millis(10);
            change(config);
        })
        .await;
        let company = service.company("Acme").await;
        let owner = service.person(Role::Client, Some(company)).await.id();
        Self { service, company, owner }
    }

    pub(crate) async fn new() -> Self {
        Self::with(|_| ()).await
    }

    pub(crate) fn workers(&self) -> Workers {
        Workers::start(&self.service.state)
    }

    /// Stores a folder and queues its analyses.
    pub(crate) async fn file(&self, plan: Plan<'_>) -> Filed {
        let state = &self.service.state;
        let (folder, group): (FolderId, GroupId) = (state.next_id(), state.next_id());
        let mut media = Vec::new();
        for words in plan.media {
            media.push(self.upload(folder, words).await);
        }

        let ids: Vec<MediaId> = media.iter().map(|media| media.id).collect();
        let analyses: Vec<Analysis> =
            plan.kinds.iter().map(|kind| self.analysis(folder, group, *kind, &plan.params, &ids)).collect();
        let names = analyses.iter().map(|analysis| analysis.id).collect();

        let job = NewJob {
            id: group_job(group),
            kind: JobKind::Analysis.name().into(),
            payload: group.to_string().into_bytes(),
            priority: 0,
            max_attempts: plan.attempts.max(1),
            due: state.now(),
        };

        let new_group = (!analyses.is_empty()).then_some(NewGroup { analyses, job });
        let content = FolderContent { media, group: new_group, jobs: Vec::new() };
        let record = self.folder_record(folder, plan.endpoint);
        self.service.ports().folders.create_folder(&record, &content).await.unwrap();
        state.signals().work_queued();
        Filed { folder, group, analyses: names, media: ids }
    }

    fn folder_record(&self, id: FolderId, endpoint: Option<String>) -> Folder {
        let now = self.service.state.now();
        Folder {
            id,
            company: self.company,
            owner: self.owner,
            state: FolderState::default(),
            endpoint,
            metadata: Metadata::default(),
            cleared: false,
            created: now,
            updated: now,
        }
    }

    async fn upload(&self, folder: FolderId, words: &str) -> StoredMedia {
        let (state, ports, now) = (&self.service.state, self.service.ports(), self.service.state.now());
        let blob = BlobKey { owner: self.company, id: state.ids().next_id() };
        let is_set = words.starts_with("zip");
        // The scripted examiner splits words at spaces, including those after the magic bytes.
        let bytes = if is_set { zip(words) } else { jpeg(&format!(" {words}")) };
        ports.erasures.stage(&[blob], now.after(Duration::from_secs(3_600))).await.unwrap();
        ports.blobs.put(blob, &bytes).await.unwrap();
        StoredMedia {
            id: state.next_id(),
            folder,
            company: self.company,
            owner: self.owner,
            kind: if is_set { MediaKind::ShotSet } else { MediaKind::Image },
            media_type: if is_set { MediaType::Zip } else { MediaType::Jpeg },
            original_name: "selfie".into(),
            tags: Vec::new(),
            blob: Some(blob),
            size: bytes.len() as u64,
            preview: Preview::default(),
            metadata: Metadata::default(),
            created: now,
            updated: now,
        }
    }

    fn analysis(
        &self,
        folder: FolderId,
        group: GroupId,
        kind: AnalysisKind,
        params: &AnalysisParams,
        sources: &[MediaId],
    ) -> Analysis {
        let now = self.service.state.now();
        Analysis {
            id: self.service.state.next_id(),
            folder,
            company: self.company,
            owner: self.owner,
            group,
            kind,
            params: params.clone(),
            sources: sources.to_vec(),
            state: AnalysisState::Processing,
            resolution: None,
            decision: None,
            failure: None,
            results: None,
            metadata: Metadata::default(),
            created: now,
            updated: now,
            finished: None,
        }
    }

    /// Queues a preview job.
    pub(crate) async fn order_preview(&self, media: MediaId) -> JobId {
        let (id, now) = (self.service.state.next_id(), self.service.state.now());
        let payload = media.to_string().into_bytes();
        let kind = JobKind::Preview.name().into();
        let job = NewJob { id, kind, payload, priority: 0, max_attempts: 3, due: now };
        self.service.ports().jobs.enqueue(job, now).await.unwrap();
        self.service.state.signals().work_queued();
        id
    }

    /// Current analyses of a group.
    pub(crate) async fn analyses(&self, filed: &Filed) -> Vec<Analysis> {
        let mut analyses = Vec::new();
        for id in &filed.analyses {
            analyses.push(self.service.ports().folders.analysis(&Scope::Everything, *id).await.unwrap());
        }
        analyses
    }

    /// Analyses of a group, once all have ended.
    pub(crate) async fn ended(&self, filed: &Filed) -> Vec<Analysis> {
        until(async || {
            let analyses = self.analyses(filed).await;
            analyses.iter().all(|analysis| analysis.state != AnalysisState::Processing).then_some(analyses)
        })
        .await
    }

    /// Waits until the erasure list is empty.
    pub(crate) async fn swept(&self) {
        let ports = self.service.ports();
        until(async || (ports.erasures.staged().await.unwrap() == 0).then_some(())).await;
    }

    /// All blobs of the company.
    pub(crate) async fn blobs(&self) -> Vec<BlobKey> {
        self.service.ports().blobs.list(self.company, None, 10_000).await.unwrap()
    }
}

/// Polls until `look` returns a value.
pub(crate) async fn until<T>(look: impl AsyncFn() -> Option<T>) -> T {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(tokio::time::Instant::now() < deadline, "the expected change must happen in time");
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
}
