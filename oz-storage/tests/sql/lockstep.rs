//! Random sequences of calls on the memory store and on SQLite. Results and state must be equal after every
//! call. The memory store is simple enough to serve as the reference implementation of the port.

use std::sync::Arc;
use std::time::Duration;

use oz_conformance::folder::Database;
use oz_core::account::{Company, Scope};
use oz_core::folder::{
    Analysis, AnalysisFilter, AnalysisKind, AnalysisParams, AnalysisResult, AnalysisResults, AnalysisState,
    Folder, FolderContent, FolderFilter, FolderState, JobKind, MediaResult, NewGroup, OperatorDecision,
    Preview, Resolution, Statistics, StoredMedia,
};
use oz_core::listing::{Slice, SortKey, Sorting, TimeRange};
use oz_core::media::{MediaKind, MediaType};
use oz_core::metadata::Metadata;
use oz_core::storage::{BlobKey, Failure, Job, JobId, LeasedJob, NewJob, Retry};
use oz_core::system::Timestamp;
use oz_storage::memory::MemoryStore;
use oz_storage::sql::{SqliteStore, StoreOptions};
use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestCaseResult};

use crate::support::{at, id, wait};

const ALL: Scope = Scope::Everything;
const KINDS: [&str; 3] = ["analysis", "preview", "notice"];
const LEASE: Duration = Duration::from_secs(20);

/// One call. Numbers select among everything created so far, deleted or not.
#[derive(Debug, Clone)]
enum Op {
    Create { has_endpoint: bool, media: u8, analyses: u8 },
    AddMedia { folder: u8, staged: bool },
    Start { folder: u8, analyses: u8 },
    Lease { kind: u8 },
    Heartbeat { lease: u8 },
    Finish { lease: u8, answered: u8, resolution: u8, staged: bool },
    Fail { lease: u8, again: bool },
    Preview { lease: u8, media: u8 },
    Complete { lease: u8 },
    Cancel { job: u8 },
    Revive { job: u8 },
    Expire,
    Decide { analysis: u8, resolution: u8 },
    DeleteAnalysis { analysis: u8 },
    DeleteMedia { media: u8 },
    DeleteFolder { folder: u8 },
    Clear { folder: u8 },
    Sweep { erase: bool },
    Wait { seconds: u8 },
}

fn op() -> impl Strategy<Value = Op> {
    let any8 = any::<u8>;
    prop_oneof![
        3 => (any::<bool>(), 0..3u8, 0..3u8).prop_map(|(has_endpoint, media, analyses)| {
            Op::Create { has_endpoint, media, analyses }
        }),
        2 => (any8(), prop::bool::weighted(0.8)).prop_map(|(folder, staged)| Op::AddMedia { folder, staged }),
        3 => (any8(), 1..4u8).prop_map(|(folder, analyses)| Op::Start { folder, analyses }),
        6 => (0..4u8).prop_map(|kind| Op::Lease { kind }),
        1 => any8().prop_map(|lease| Op::Heartbeat { lease }),
        5 => (any8(), any8(), 0..3u8, prop::bool::weighted(0.8)).prop_map(
            |(lease, answered, resolution, staged)| Op::Finish { lease, answered, resolution, staged }
        ),
        2 => (any8(), any::<bool>()).prop_map(|(lease, again)| Op::Fail { lease, again }),
        2 => (any8(), any8()).prop_map(|(lease, media)| Op::Preview { lease, media }),
        1 => any8().prop_map(|lease| Op::Complete { lease }),
        1 => any8().prop_map(|job| Op::Cancel { job }),
        1 => any8().prop_map(|job| Op::Revive { job }),
        1 => Just(Op::Expire),
        2 => (any8(), 0..3u8).prop_map(|(analysis, resolution)| Op::Decide { analysis, resolution }),
        2 => any8().prop_map(|analysis| Op::DeleteAnalysis { analysis }),
        1 => any8().prop_map(|media| Op::DeleteMedia { media }),
        1 => any8().prop_map(|folder| Op::DeleteFolder { folder }),
        1 => any8().prop_map(|folder| Op::Clear { folder }),
        1 => any::<bool>().prop_map(|erase| Op::Sweep { erase }),
        3 => (1..30u8).prop_map(|seconds| Op::Wait { seconds }),
    ]
}

/// Everything created so far. A new object gets the next number.
#[derive(Debug, Default)]
struct Script {
    seconds: i64,
    next: u128,
    folders: Vec<u128>,
    media: Vec<u128>,
    analyses: Vec<u128>,
    jobs: Vec<JobId>,
    leases: Vec<LeasedJob>,
}

impl Script {
    fn now(&self) -> Timestamp {
        at(self.seconds)
    }

    fn number(&mut self) -> u128 {
        self.next += 1;
        self.next
    }

    fn media(&mut self, folder: u128) -> StoredMedia {
        let number = self.number();
        self.media.push(number);
        StoredMedia {
            id: id(number),
            folder: id(folder),
            company: id(1),
            owner: id(1),
            kind: MediaKind::Image,
            media_type: MediaType::Png,
            original_name: String::new(),
            tags: vec![format!("tag {number}")],
            blob: Some(blob(number)),
            size: 1,
            preview: Preview::default(),
            metadata: Metadata::default(),
            created: self.now(),
            updated: self.now(),
        }
    }

    fn preview_job(&mut self, media: &StoredMedia) -> NewJob {
        let job = id(self.number());
        self.jobs.push(job);
        new_job(job, JobKind::Preview, media.id.to_string(), self.now())
    }

    fn group(&mut self, folder: u128, analyses: u8) -> NewGroup {
        let group = self.number();
        let job = new_job(
            id(group),
            JobKind::Analysis,
            id::<oz_core::folder::GroupId>(group).to_string(),
            self.now(),
        );
        self.jobs.extend([job.id, oz_core::folder::notice_id(id(group))]);
        NewGroup { analyses: (0..analyses).map(|_| self.analysis(group, folder)).collect(), job }
    }

    fn analysis(&mut self, group: u128, folder: u128) -> Analysis {
        let number = self.number();
        self.analyses.push(number);
        Analysis {
            id: id(number),
            folder: id(folder),
            company: id(1),
            owner: id(1),
            group: id(group),
            kind: AnalysisKind::BUILT_IN[number as usize % 3],
            params: AnalysisParams::default(),
            sources: vec![],
            state: AnalysisState::Processing,
            resolution: None,
            decision: None,
            failure: None,
            results: None,
            metadata: Metadata::default(),
            created: self.now(),
            updated: self.now(),
            finished: None,
        }
    }

    /// Results with a best shot each, for the analyses selected by the bits of `answered`.
    fn answers(&mut self, group: &[Analysis], answered: u8, resolution: u8) -> Vec<AnalysisResult> {
        let is_answered = |place: usize| answered >> (place % 8) & 1 == 1;
        let chosen: Vec<_> =
            (0..).zip(group).filter(|(place, _)| is_answered(*place)).map(|(_, one)| one.id).collect();
        chosen.into_iter().map(|analysis| self.answer(analysis, resolution)).collect()
    }

    fn answer(&mut self, analysis: oz_core::folder::AnalysisId, resolution: u8) -> AnalysisResult {
        let best_shot = Some(blob(self.number()));
        let media = MediaResult {
            media: id(1),
            liveness: None,
            best_shot,
            quality: None,
            gestures: vec![],
            scores: None,
            candidates: vec![],
        };
        let results = AnalysisResults { media: vec![media], ..AnalysisResults::default() };
        AnalysisResult { analysis, outcome: Ok((resolution_of(resolution), results)) }
    }
}

fn blob(number: u128) -> BlobKey {
    BlobKey { owner: id(1), id: id(number) }
}

fn new_job(job: JobId, kind: JobKind, payload: String, due: Timestamp) -> NewJob {
    let (kind, payload) = (kind.name().into(), payload.into_bytes());
    NewJob { id: job, kind, payload, priority: 0, max_attempts: 2, due }
}

fn resolution_of(number: u8) -> Resolution {
    [Resolution::Success, Resolution::OperatorRequired, Resolution::Declined][usize::from(number) % 3]
}

fn pick<T: Clone>(from: &[T], number: u8) -> Option<T> {
    let place = usize::from(number).checked_rem(from.len())?;
    from.get(place).cloned()
}

/// Two stores that receive the same calls.
struct Pair {
    memory: Database,
    sqlite: Database,
}

/// Makes the same call on both stores, compares the results and returns them.
macro_rules! both {
    ($pair:expr, $db:ident => $ask:expr) => {{
        let expected = answer({
            let $db = &$pair.memory;
            $ask.await
        });
        let found = answer({
            let $db = &$pair.sqlite;
            $ask.await
        });
        prop_assert_eq!(&found, &expected, "{}", stringify!($ask));
        expected
    }};
}

fn answer<T>(result: oz_core::Result<T>) -> Result<T, &'static str> {
    result.map_err(|error| error.code())
}

impl Pair {
    async fn new() -> Self {
        let memory = Database::of(&Arc::new(MemoryStore::default()));
        let sqlite = Database::of(&Arc::new(SqliteStore::in_memory(StoreOptions::default()).await.unwrap()));
        let (name, metadata) = ("Company".into(), Metadata::default());
        let company = Company { id: id(1), name, metadata, created: at(0), updated: at(0) };
        for db in [&memory, &sqlite] {
            db.accounts.create_company(&company).await.unwrap();
        }
        Self { memory, sqlite }
    }

    async fn stage(&self, keys: &[BlobKey], due: Timestamp) -> TestCaseResult {
        both!(self, db => db.erasures.stage(keys, due)).map_err(TestCaseError::fail)
    }

    async fn step(&self, script: &mut Script, op: &Op) -> TestCaseResult {
        let now = script.now();
        match *op {
            Op::Create { has_endpoint, media, analyses } => {
                self.create(script, has_endpoint, media, analyses).await?;
            }
            Op::AddMedia { folder, staged } => {
                let Some(folder) = pick(&script.folders, folder) else { return Ok(()) };
                let media = [script.media(folder)];
                let jobs = [script.preview_job(&media[0])];
                if staged {
                    self.stage(&[blob(media[0].id.uuid().as_u128())], now.after(LEASE)).await?;
                }
                let _ = both!(self, db => db.folders.add_media(&ALL, id(folder), &media, &jobs, now));
            }
            Op::Start { folder, analyses } => {
                let Some(folder) = pick(&script.folders, folder) else { return Ok(()) };
                let group = script.group(folder, analyses);
                let _ = both!(self, db => db.folders.start(&ALL, id(folder), &group, now));
            }
            Op::Lease { kind } => {
                let kinds = KINDS.get(usize::from(kind)).map_or(&KINDS[..], std::slice::from_ref);
                let leased = both!(self, db => db.jobs.lease(kinds, LEASE, now));
                script.leases.extend(leased.ok().flatten());
            }
            Op::Finish { lease, answered, resolution, staged } => {
                self.finish(script, lease, answered, resolution, staged).await?;
            }
            Op::Decide { analysis, resolution } => {
                let Some(analysis) = pick(&script.analyses, analysis) else { return Ok(()) };
                let resolution = resolution_of(resolution);
                let decision = OperatorDecision { resolution, comment: None, by: id(9), at: now };
                let _ = both!(self, db => db.folders.decide(&ALL, id(analysis), &decision));
            }
            Op::Wait { seconds } => script.seconds += i64::from(seconds),
            Op::Expire => {
                let (delivery, processing) = (Duration::from_secs(30), Duration::from_secs(30));
                let _ = both!(self, db => db.folders.expire(delivery, processing, now));
            }
            Op::Sweep { erase } => {
                let due = both!(self, db => db.erasures.due(now, 3)).unwrap_or_default();
                if erase {
                    let _ = both!(self, db => db.erasures.erased(&due));
                }
            }
            _ => return self.step_of_job(script, op).await,
        }
        Ok(())
    }

    async fn step_of_job(&self, script: &mut Script, op: &Op) -> TestCaseResult {
        let now = script.now();
        let lease_of = |number| pick(&script.leases, number).map(|leased| leased.lease);
        match *op {
            Op::Heartbeat { lease } => {
                let Some(lease) = lease_of(lease) else { return Ok(()) };
                let _ = both!(self, db => db.jobs.heartbeat(&lease, LEASE, now));
            }
            Op::Fail { lease, again } => {
                let Some(lease) = lease_of(lease) else { return Ok(()) };
                let failure = Failure { code: "media.corrupt".into(), message: String::new() };
                let retry = if again { Retry::After(Duration::from_secs(5)) } else { Retry::Never };
                let group = id(lease.job.uuid().as_u128());
                let _ = both!(self, db => db.folders.fail(&lease, group, &failure, retry, now));
            }
            Op::Complete { lease } => {
                let Some(lease) = lease_of(lease) else { return Ok(()) };
                let _ = both!(self, db => db.jobs.complete(&lease, b"", now));
            }
            Op::Preview { lease, media } => {
                let Some((lease, media)) = lease_of(lease).zip(pick(&script.media, media)) else {
                    return Ok(());
                };
                let preview = Preview { thumbnail: Some(blob(script.number())), ..Preview::default() };
                self.stage(&preview.blobs().collect::<Vec<_>>(), now.after(LEASE)).await?;
                let _ = both!(self, db => db.folders.complete_preview(&lease, id(media), &preview, now));
            }
            Op::Cancel { job } => {
                let Some(job) = pick(&script.jobs, job) else { return Ok(()) };
                let _ = both!(self, db => db.jobs.cancel(job, now));
            }
            Op::Revive { job } => {
                let Some(job) = pick(&script.jobs, job) else { return Ok(()) };
                let _ = both!(self, db => db.jobs.revive(job, now));
            }
            _ => return self.step_of_deletion(script, op).await,
        }
        Ok(())
    }

    async fn step_of_deletion(&self, script: &Script, op: &Op) -> TestCaseResult {
        let now = script.now();
        match *op {
            Op::DeleteAnalysis { analysis } => {
                let Some(analysis) = pick(&script.analyses, analysis) else { return Ok(()) };
                let _ = both!(self, db => db.folders.delete_analysis(&ALL, id(analysis), now));
            }
            Op::DeleteMedia { media } => {
                let Some(media) = pick(&script.media, media) else { return Ok(()) };
                let _ = both!(self, db => db.folders.delete_media(&ALL, id(media), now));
            }
            Op::DeleteFolder { folder } => {
                let Some(folder) = pick(&script.folders, folder) else { return Ok(()) };
                let _ = both!(self, db => db.folders.delete_folder(&ALL, id(folder), now));
            }
            Op::Clear { folder } => {
                let Some(folder) = pick(&script.folders, folder) else { return Ok(()) };
                let _ = both!(self, db => db.folders.clear_folder(&ALL, id(folder), now));
            }
            ref other => panic!("{other:?} is not a deletion"),
        }
        Ok(())
    }

    async fn create(
        &self,
        script: &mut Script,
        has_endpoint: bool,
        media: u8,
        analyses: u8,
    ) -> TestCaseResult {
        let number = script.number();
        script.folders.push(number);
        let folder = Folder {
            id: id(number),
            company: id(1),
            owner: id(1),
            state: FolderState::default(),
            endpoint: has_endpoint.then(|| "https://example.org".into()),
            metadata: Metadata::from_json(&format!(r#"{{"person": "{}"}}"#, number % 3)).unwrap(),
            cleared: false,
            created: script.now(),
            updated: script.now(),
        };
        let media: Vec<StoredMedia> = (0..media).map(|_| script.media(number)).collect();
        let blobs: Vec<BlobKey> = media.iter().flat_map(StoredMedia::blobs).collect();
        self.stage(&blobs, script.now().after(LEASE)).await?;
        let jobs = media.iter().map(|media| script.preview_job(media)).collect();
        let group = (analyses > 0).then(|| script.group(number, analyses));
        let content = FolderContent { media, group, jobs };
        let _ = both!(self, db => db.folders.create_folder(&folder, &content));
        Ok(())
    }

    async fn finish(
        &self,
        script: &mut Script,
        lease: u8,
        answered: u8,
        resolution: u8,
        staged: bool,
    ) -> TestCaseResult {
        let Some(lease) = pick(&script.leases, lease).map(|leased| leased.lease) else { return Ok(()) };
        let group = id(lease.job.uuid().as_u128());
        let analyses = both!(self, db => db.folders.group(group)).unwrap_or_default();
        let results = script.answers(&analyses, answered, resolution);
        if staged {
            let named = results.iter().filter_map(|result| result.outcome.as_ref().ok());
            let blobs: Vec<BlobKey> = named.flat_map(|(_, results)| results.blobs()).collect();
            self.stage(&blobs, script.now().after(LEASE)).await?;
        }
        let _ = both!(self, db => db.folders.finish(&lease, group, &results, &[], script.now()));
        Ok(())
    }

    async fn check_state(&self, script: &Script) -> TestCaseResult {
        let expected = Snapshot::of(&self.memory, script).await;
        prop_assert_eq!(Snapshot::of(&self.sqlite, script).await, expected);
        Ok(())
    }
}

/// Observable state of a store.
#[derive(Debug, PartialEq)]
struct Snapshot {
    folders: Vec<Folder>,
    media: Vec<StoredMedia>,
    analyses: Vec<Analysis>,
    jobs: Vec<Result<Job, &'static str>>,
    ready: Vec<u64>,
    staged: u64,
    statistics: Statistics,
}

impl Snapshot {
    async fn of(db: &Database, script: &Script) -> Self {
        let sorting = Sorting { key: SortKey::Updated, descending: true };
        let slice = Slice { offset: 0, limit: 1_000, sorting };
        let folders = db.folders.folders(&ALL, &FolderFilter::default(), &slice).await.unwrap();
        let ids: Vec<_> = folders.iter().map(|folder| folder.id).collect();
        let (mut jobs, mut ready) = (vec![], vec![]);
        for job in &script.jobs {
            jobs.push(answer(db.jobs.job(*job).await));
        }
        for kind in KINDS {
            ready.push(db.jobs.ready(kind, script.now()).await.unwrap());
        }
        Self {
            media: db.folders.media_of(&ALL, &ids).await.unwrap(),
            analyses: db.folders.analyses(&ALL, &AnalysisFilter::default(), &slice).await.unwrap(),
            staged: db.erasures.staged().await.unwrap(),
            statistics: db.folders.statistics(&ALL, &TimeRange::default(), "person").await.unwrap(),
            folders,
            jobs,
            ready,
        }
    }
}

async fn play(ops: Vec<Op>) -> TestCaseResult {
    let (pair, mut script) = (Pair::new().await, Script::default());
    for op in &ops {
        pair.step(&mut script, op).await?;
        pair.check_state(&script).await?;
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 64,
        max_shrink_iters: 400,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn memory_and_sqlite_behave_equally(ops in prop::collection::vec(op(), 1..50)) {
        wait(play(ops))?;
    }
}
