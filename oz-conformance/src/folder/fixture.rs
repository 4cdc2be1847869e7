//! Test data of the claims. Records are identified by numbers; every folder belongs to user 1 of company 1.

use std::time::Duration;

use super::Database;
use oz_core::account::{Company, Scope, UserId};
use oz_core::folder::{
    Analysis, AnalysisId, AnalysisKind, AnalysisParams, AnalysisResult, AnalysisResults, AnalysisState,
    Folder, FolderContent, FolderId, FolderState, GroupId, JobKind, MediaId, MediaResult, NewGroup, Preview,
    Resolution, StoredMedia, group_job,
};
use oz_core::media::{MediaKind, MediaType};
use oz_core::metadata::Metadata;
use oz_core::storage::{BlobKey, Failure, JobId, Lease, NewJob};
use oz_core::system::{CompanyId, Timestamp, Uuid};

pub(super) const ALL: Scope = Scope::Everything;
pub(super) const LEASE: Duration = Duration::from_secs(30);

/// Due time of staged uploads in seconds.
pub(super) const UPLOAD: i64 = 3_600;

pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_secs(1_767_225_600 + seconds)
}

pub(super) fn id<I: From<Uuid>>(number: u128) -> I {
    Uuid::from_u128(number).into()
}

pub(super) fn company(number: u128) -> CompanyId {
    id(number)
}

pub(super) fn user(number: u128) -> UserId {
    id(number)
}

pub(super) fn blob(number: u128) -> BlobKey {
    BlobKey { owner: company(1), id: Uuid::from_u128(number) }
}

pub(super) fn metadata(text: &str) -> Metadata {
    Metadata::from_json(text).unwrap()
}

pub(super) fn failure() -> Failure {
    Failure { code: "media.corrupt".into(), message: "the media is corrupt".into() }
}

pub(super) fn new_folder(number: u128) -> Folder {
    Folder {
        id: id(number),
        company: company(1),
        owner: user(1),
        state: FolderState::default(),
        endpoint: None,
        metadata: metadata(r#"{"iin": "900101", "person": {"age": 30, "tags": ["a", "b"]}}"#),
        cleared: false,
        created: at(0),
        updated: at(0),
    }
}

/// Photo of a folder; its blob has the same number.
pub(super) fn new_media(number: u128, folder: u128) -> StoredMedia {
    StoredMedia {
        id: id(number),
        folder: id(folder),
        company: company(1),
        owner: user(1),
        kind: MediaKind::Image,
        media_type: MediaType::Jpeg,
        original_name: format!("photo {number}.jpg"),
        tags: vec!["portrait".into()],
        blob: Some(blob(number)),
        size: 1_000,
        preview: Preview::default(),
        metadata: Metadata::default(),
        created: at(0),
        updated: at(0),
    }
}

/// Liveness analysis in processing.
pub(super) fn new_analysis(number: u128, group: u128, folder: u128) -> Analysis {
    Analysis {
        id: id(number),
        folder: id(folder),
        company: company(1),
        owner: user(1),
        group: id(group),
        kind: AnalysisKind::Liveness,
        params: AnalysisParams::default(),
        sources: Vec::new(),
        state: AnalysisState::Processing,
        resolution: None,
        decision: None,
        failure: None,
        results: None,
        metadata: Metadata::default(),
        created: at(0),
        updated: at(0),
        finished: None,
    }
}

/// Job whose payload is the ID with the number `about`.
pub(super) fn new_job(number: u128, kind: JobKind, about: u128) -> NewJob {
    NewJob {
        id: id(number),
        kind: kind.name().into(),
        payload: Uuid::from_u128(about).to_string().into_bytes(),
        priority: 0,
        max_attempts: 2,
        due: at(0),
    }
}

/// Group of analyses with its job.
pub(super) fn group_of(analyses: Vec<Analysis>) -> NewGroup {
    let group = analyses.first().expect("a group has analyses").group;
    let number = group.uuid().as_u128();
    NewGroup { analyses, job: new_job(number, JobKind::Analysis, number) }
}

/// Group of liveness analyses of a folder.
pub(super) fn new_group(group: u128, folder: u128, analyses: &[u128]) -> NewGroup {
    group_of(analyses.iter().map(|number| new_analysis(*number, group, folder)).collect())
}

pub(super) fn with_media(media: Vec<StoredMedia>) -> FolderContent {
    FolderContent { media, ..FolderContent::default() }
}

pub(super) fn with_group(group: NewGroup) -> FolderContent {
    FolderContent { group: Some(group), ..FolderContent::default() }
}

/// Results with one best shot for each blob.
pub(super) fn with_best_shots(blobs: &[u128]) -> AnalysisResults {
    let media = blobs.iter().map(|number| MediaResult { best_shot: Some(blob(*number)), ..plain_result() });
    AnalysisResults { media: media.collect(), ..AnalysisResults::default() }
}

pub(super) fn plain_result() -> MediaResult {
    MediaResult {
        media: id(1),
        liveness: None,
        best_shot: None,
        quality: None,
        gestures: Vec::new(),
        scores: None,
        candidates: Vec::new(),
    }
}

pub(super) fn resolved(analysis: u128, resolution: Resolution, results: AnalysisResults) -> AnalysisResult {
    AnalysisResult { analysis: id(analysis), outcome: Ok((resolution, results)) }
}

pub(super) fn passed(analysis: u128) -> AnalysisResult {
    resolved(analysis, Resolution::Success, AnalysisResults::default())
}

impl Database {
    /// Stores a folder, after its company and after staging its blobs.
    pub(super) async fn put(&self, folder: &Folder, content: &FolderContent) {
        self.put_company(folder.company).await;
        self.stage(&content.media).await;
        self.folders.create_folder(folder, content).await.unwrap();
    }

    async fn put_company(&self, id: CompanyId) {
        let name = format!("Company {id}");
        let company = Company { id, name, metadata: Metadata::default(), created: at(0), updated: at(0) };
        if self.accounts.company(&ALL, id).await.is_err() {
            self.accounts.create_company(&company).await.unwrap();
        }
    }

    /// Stages the blobs of media.
    pub(super) async fn stage(&self, media: &[StoredMedia]) {
        let keys: Vec<BlobKey> = media.iter().flat_map(StoredMedia::blobs).collect();
        self.erasures.stage(&keys, at(UPLOAD)).await.unwrap();
    }

    pub(super) async fn stage_blobs(&self, numbers: &[u128]) {
        let keys: Vec<BlobKey> = numbers.iter().map(|number| blob(*number)).collect();
        self.erasures.stage(&keys, at(UPLOAD)).await.unwrap();
    }

    /// Numbers of the blobs that are due, in ascending order.
    pub(super) async fn due_blobs(&self, seconds: i64) -> Vec<u128> {
        let due = self.erasures.due(at(seconds), 100).await.unwrap();
        let mut numbers: Vec<u128> = due.iter().map(|key| key.id.as_u128()).collect();
        numbers.sort_unstable();
        numbers
    }

    /// Stores folder 1 with media 1 and 2, whose blobs are 1 and 2, and starts group 7 with the analyses 1
    /// and 2.
    pub(super) async fn populate(&self) {
        let media = vec![new_media(1, 1), new_media(2, 1)];
        let group = Some(new_group(7, 1, &[1, 2]));
        self.put(&new_folder(1), &FolderContent { media, group, jobs: Vec::new() }).await;
    }

    /// Leases the job of a group.
    pub(super) async fn lease(&self, group: u128, seconds: i64) -> Lease {
        let kinds = [JobKind::Analysis.name()];
        let leased = self.jobs.lease(&kinds, LEASE, at(seconds)).await.unwrap().expect("a group is ready");
        assert_eq!(leased.job.id, group_job(id(group)));
        leased.lease
    }

    /// Leases the job of a group and stores results.
    pub(super) async fn answer(&self, group: u128, results: &[AnalysisResult], seconds: i64) {
        let lease = self.lease(group, seconds).await;
        self.folders.finish(&lease, id(group), results, &[], at(seconds)).await.unwrap();
    }

    pub(super) async fn folder(&self, number: u128) -> Folder {
        self.folders.folder(&ALL, id::<FolderId>(number)).await.unwrap()
    }

    pub(super) async fn media(&self, number: u128) -> StoredMedia {
        self.folders.media(&ALL, id::<MediaId>(number)).await.unwrap()
    }

    pub(super) async fn analysis(&self, number: u128) -> Analysis {
        self.folders.analysis(&ALL, id::<AnalysisId>(number)).await.unwrap()
    }

    /// Numbers of the analyses of a group.
    pub(super) async fn group(&self, number: u128) -> Vec<u128> {
        let analyses = self.folders.group(id::<GroupId>(number)).await.unwrap();
        analyses.iter().map(|analysis| analysis.id.uuid().as_u128()).collect()
    }

    /// State of an analysis and its failure code.
    pub(super) async fn end_state(&self, number: u128) -> (AnalysisState, Option<String>) {
        let analysis = self.analysis(number).await;
        (analysis.state, analysis.failure.map(|failure| failure.code))
    }

    pub(super) async fn has_job(&self, id: JobId) -> bool {
        self.jobs.job(id).await.is_ok()
    }
}
