//! A service with workers, and folders that are stored past the interface.

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

/// Longest time that a test waits for what has to come.
const PATIENCE: Duration = Duration::from_secs(20);

/// A service, a company and a user of it.
pub(crate) struct Case {
    pub(crate) service: Service,
    pub(crate) company: CompanyId,
    owner: UserId,
}

/// A folder with a group of analyses.
#[derive(Debug, Clone)]
pub(crate) struct Filed {
    pub(crate) folder: FolderId,
    pub(crate) group: GroupId,
    pub(crate) analyses: Vec<AnalysisId>,
    pub(crate) media: Vec<MediaId>,
}

/// What a folder is made of.
#[derive(Debug, Clone, Default)]
pub(crate) struct Plan<'a> {
    /// The words of the media, see the fake examiner; those that begin with `zip` are shot sets.
    pub(crate) media: &'a [&'a str],
    pub(crate) kinds: &'a [AnalysisKind],
    pub(crate) params: AnalysisParams,
    pub(crate) endpoint: Option<String>,
    pub(crate) attempts: u32,
}

impl Case {
    /// Short leases and periods: the clock of the tests stands still, those of the loops do not.
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

    /// Stores a folder.
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
        let group_of = (!analyses.is_empty()).then_some(NewGroup { analyses, job });
        let content = FolderContent { media, group: group_of, jobs: Vec::new() };
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
        // The fake examiner reads words between spaces, behind the first bytes of the format.
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

    /// Queues a preview.
    pub(crate) async fn order_preview(&self, media: MediaId) -> JobId {
        let (id, now) = (self.service.state.next_id(), self.service.state.now());
        let payload = media.to_string().into_bytes();
        let kind = JobKind::Preview.name().into();
        let job = NewJob { id, kind, payload, priority: 0, max_attempts: 3, due: now };
        self.service.ports().jobs.enqueue(job, now).await.unwrap();
        self.service.state.signals().work_queued();
        id
    }

    /// The analyses of a group as they stand.
    pub(crate) async fn analyses(&self, filed: &Filed) -> Vec<Analysis> {
        let mut analyses = Vec::new();
        for id in &filed.analyses {
            analyses.push(self.service.ports().folders.analysis(&Scope::Everything, *id).await.unwrap());
        }
        analyses
    }

    /// The analyses of a group, once none runs any more.
    pub(crate) async fn ended(&self, filed: &Filed) -> Vec<Analysis> {
        until(async || {
            let analyses = self.analyses(filed).await;
            analyses.iter().all(|analysis| analysis.state != AnalysisState::Processing).then_some(analyses)
        })
        .await
    }

    /// Waits until nothing is on the erasure list.
    pub(crate) async fn swept(&self) {
        let ports = self.service.ports();
        until(async || (ports.erasures.staged().await.unwrap() == 0).then_some(())).await;
    }

    /// Every blob of the company.
    pub(crate) async fn blobs(&self) -> Vec<BlobKey> {
        self.service.ports().blobs.list(self.company, None, 10_000).await.unwrap()
    }
}

/// Looks until there is something.
pub(crate) async fn until<T>(look: impl AsyncFn() -> Option<T>) -> T {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(tokio::time::Instant::now() < deadline, "it does not come");
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
}
