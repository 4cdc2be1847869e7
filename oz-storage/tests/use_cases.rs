//! Use cases over memory adapters, including concurrent use.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use oz_conformance::testing::{ManualClock, SequentialIds};
use oz_core::Result;
use oz_core::collection::{Collections, LiveIndex, ReferenceSample, SearchQuery};
use oz_core::face::{Calibration, ComparisonDecision, FeatureVector, Threshold};
use oz_core::inference::ModelId;
use oz_core::license::port::LicenseProvider;
use oz_core::license::{Allowance, Entitlements, Feature};
use oz_core::metadata::Metadata;
use oz_core::storage::port::{AuditLog, JobQueue};
use oz_core::storage::{AuditEvent, BlobKey, JobId, NewJob, verify_chain};
use oz_core::system::{CompanyId, Timestamp, Uuid};
use oz_storage::license::UnlimitedLicense;
use oz_storage::memory::{
    MemoryAuditLog, MemoryBlobStore, MemoryCollectionRepository, MemoryStore, MemoryVectorIndex,
};

#[path = "support/static_license.rs"]
mod static_license;

use static_license::StaticLicense;

/// Polls a future once; the futures of memory adapters never wait.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match Box::pin(future).as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a memory adapter waits"),
    }
}

fn company() -> CompanyId {
    CompanyId::from(Uuid::from_u128(1))
}

fn image(number: u128) -> BlobKey {
    BlobKey { owner: company(), id: Uuid::from_u128(number) }
}

fn collections(license: impl LicenseProvider + 'static) -> Collections {
    let repository = Arc::new(MemoryCollectionRepository::default());
    Collections {
        repository: repository.clone(),
        index: Arc::new(LiveIndex::new(repository, Arc::new(MemoryVectorIndex::default()))),
        blobs: Arc::new(MemoryBlobStore::default()),
        license: Arc::new(license),
        clock: Arc::new(ManualClock::default()),
        ids: Arc::new(SequentialIds::default()),
    }
}

/// Calibration that maps similarity 0.5 to score 0.5, and similarity 1 to nearly 1.
fn calibration() -> Calibration {
    Calibration::uncalibrated(0.5, 20.0).unwrap()
}

fn face(values: &[f32]) -> FeatureVector {
    FeatureVector::normalized(ModelId::new("toy"), values.to_vec()).unwrap()
}

fn sample(values: &[f32], picture: Option<u128>) -> ReferenceSample {
    ReferenceSample { template: face(values), image: picture.map(image) }
}

#[test]
fn enrolled_subject_is_identified_and_verified() -> Result<()> {
    let collections = collections(UnlimitedLicense::default());
    let list = ready(collections.create(company(), "blacklist", Metadata::default()))?.id;
    let ada =
        ready(collections.enrol(list, Metadata::default(), vec![sample(&[1.0, 0.0, 0.0], None)]))?.subject.id;
    let bob =
        ready(collections.enrol(list, Metadata::default(), vec![sample(&[0.0, 1.0, 0.0], None)]))?.subject.id;

    let probe = face(&[1.0, 0.1, 0.0]);
    let found = ready(collections.identify(list, &probe, &calibration(), &SearchQuery::default()))?;
    assert_eq!(found.candidates.len(), 1, "a dissimilar subject is not a candidate");
    assert_eq!(found.best_match().map(|best| best.subject), Some(ada));
    let all = SearchQuery { include_non_matching: true, ..SearchQuery::default() };
    let unfiltered = ready(collections.identify(list, &probe, &calibration(), &all))?;
    assert_eq!(
        unfiltered.candidates.iter().map(|candidate| candidate.subject).collect::<Vec<_>>(),
        [ada, bob]
    );

    let verify =
        |subject| ready(collections.verify(list, subject, &probe, &calibration(), Threshold::default()));
    assert_eq!(verify(ada)?.decision, ComparisonDecision::Match);
    assert_eq!(verify(bob)?.decision, ComparisonDecision::NonMatch);
    assert_eq!(collections_used(&collections)?, (2, 2));
    Ok(())
}

fn collections_used(collections: &Collections) -> Result<(u64, u64)> {
    let used = |feature| ready(collections.license.used(feature));
    Ok((used(Feature::Identification)?, used(Feature::Verification)?))
}

#[test]
fn unknown_probe_has_no_candidates() -> Result<()> {
    let collections = collections(UnlimitedLicense::default());
    let list = ready(collections.create(company(), "staff", Metadata::default()))?.id;
    ready(collections.enrol(list, Metadata::default(), vec![sample(&[1.0, 0.0], None)]))?;
    let found =
        ready(collections.identify(list, &face(&[0.0, 1.0]), &calibration(), &SearchQuery::default()))?;
    assert_eq!(found.best_match(), None);
    assert_eq!(found.candidates, []);
    Ok(())
}

#[test]
fn enrolment_without_a_sample_is_refused() -> Result<()> {
    let collections = collections(UnlimitedLicense::default());
    let list = ready(collections.create(company(), "staff", Metadata::default()))?.id;
    let error = ready(collections.enrol(list, Metadata::default(), Vec::new())).unwrap_err();
    assert_eq!(error.code(), "input.invalid_value");
    Ok(())
}

#[test]
fn licence_without_identification_denies_it() -> Result<()> {
    let entitlements = Entitlements {
        holder: "test".into(),
        valid_from: Timestamp::EPOCH,
        expires_at: None,
        features: [(Feature::Verification, Allowance::Unlimited)].into(),
    };
    let collections = collections(StaticLicense::new(entitlements));
    let list = ready(collections.create(company(), "staff", Metadata::default()))?.id;
    let denied = ready(collections.identify(list, &face(&[1.0]), &calibration(), &SearchQuery::default()));
    assert_eq!(denied.unwrap_err().code(), "license.denied");
    Ok(())
}

#[test]
fn use_is_counted_only_after_the_record_was_found() -> Result<()> {
    let collections = collections(UnlimitedLicense::default());
    let list = ready(collections.create(company(), "staff", Metadata::default()))?.id;
    let ada =
        ready(collections.enrol(list, Metadata::default(), vec![sample(&[1.0, 0.0], None)]))?.subject.id;
    ready(collections.delete_subject(list, ada))?;
    let absent = oz_core::collection::CollectionId::from(Uuid::from_u128(77));
    let other = FeatureVector::normalized(ModelId::new("other"), vec![1.0, 0.0]).unwrap();

    let (probe, query) = (face(&[1.0, 0.0]), SearchQuery::default());
    let verify = |subject, probe| {
        ready(collections.verify(list, subject, probe, &calibration(), Threshold::default()))
    };
    assert_eq!(verify(ada, &probe).unwrap_err().code(), "storage.not_found");
    let bob =
        ready(collections.enrol(list, Metadata::default(), vec![sample(&[1.0, 0.0], None)]))?.subject.id;
    assert_eq!(verify(bob, &other).unwrap_err().code(), "storage.not_found");
    let missing = ready(collections.identify(absent, &probe, &calibration(), &query));
    assert_eq!(missing.unwrap_err().code(), "storage.not_found");
    assert_eq!(collections_used(&collections)?, (0, 0));

    verify(bob, &probe)?;
    ready(collections.identify(list, &probe, &calibration(), &query))?;
    assert_eq!(collections_used(&collections)?, (1, 1));
    Ok(())
}

#[test]
fn deleted_subject_leaves_no_image_record_or_vector() -> Result<()> {
    let collections = collections(UnlimitedLicense::default());
    let list = ready(collections.create(company(), "staff", Metadata::default()))?.id;
    ready(collections.blobs.put(image(1), b"a face"))?;
    ready(collections.blobs.put(image(2), b"another face"))?;
    let samples = vec![sample(&[1.0, 0.0], Some(1))];
    let ada = ready(collections.enrol(list, Metadata::default(), samples))?.subject.id;
    ready(collections.enrol(list, Metadata::default(), vec![sample(&[0.0, 1.0], Some(2))]))?;

    ready(collections.delete_subject(list, ada))?;
    ready(collections.delete_subject(list, ada))?;
    assert_eq!(ready(collections.blobs.list(company(), None, 10))?, [image(2)]);
    assert_eq!(ready(collections.repository.subject(list, ada)).unwrap_err().code(), "storage.not_found");
    assert_eq!(collections.index.count(list, &ModelId::new("toy")), 1);

    ready(collections.delete(list))?;
    assert_eq!(ready(collections.blobs.list(company(), None, 10))?, []);
    assert_eq!(collections.index.count(list, &ModelId::new("toy")), 0);
    Ok(())
}

#[test]
fn one_of_two_references_is_deleted() -> Result<()> {
    let collections = collections(UnlimitedLicense::default());
    let list = ready(collections.create(company(), "staff", Metadata::default()))?.id;
    let ada =
        ready(collections.enrol(list, Metadata::default(), vec![sample(&[1.0, 0.0], None)]))?.subject.id;
    let added = ready(collections.add_references(list, ada, vec![sample(&[0.0, 1.0], None)]))?;
    ready(collections.delete_reference(list, ada, added[0].id))?;
    assert_eq!(ready(collections.repository.references(list, ada))?.len(), 1);
    assert_eq!(collections.index.count(list, &ModelId::new("toy")), 1);
    Ok(())
}

#[test]
fn index_is_rebuilt_from_the_repository() -> Result<()> {
    let collections = collections(UnlimitedLicense::default());
    let list = ready(collections.create(company(), "staff", Metadata::default()))?.id;
    for angle in 0..1_500 {
        let angle = angle as f32 / 1_000.0;
        ready(collections.enrol(list, Metadata::default(), vec![sample(&[angle.cos(), angle.sin()], None)]))?;
    }
    let probe = face(&[1.0, 0.2]);
    let search =
        |with: &Collections| ready(with.identify(list, &probe, &calibration(), &SearchQuery::default()));
    let before = search(&collections)?;
    let index = LiveIndex::new(collections.repository.clone(), Arc::new(MemoryVectorIndex::default()));
    let restarted = Collections { index: Arc::new(index), ..collections };
    assert_eq!(ready(restarted.index.catch_up(list))?, 1_500);
    assert_eq!(restarted.index.count(list, &ModelId::new("toy")), 1_500);
    assert_eq!(search(&restarted)?, before);
    Ok(())
}

#[test]
fn concurrent_workers_do_every_job_once() {
    const JOBS: u128 = 400;
    let queue = MemoryStore::default();
    let now = Timestamp::EPOCH;
    for number in 0..JOBS {
        let id = JobId::from(Uuid::from_u128(number));
        let job = NewJob { id, kind: "work".into(), payload: vec![], priority: 0, max_attempts: 1, due: now };
        ready(queue.enqueue(job, now)).unwrap();
    }
    let done = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(leased) = ready(queue.lease(&["work"], Duration::from_secs(1), now)).unwrap() {
                    ready(queue.complete(&leased.lease, b"", now)).unwrap();
                    done.lock().unwrap().push(leased.job.id);
                }
            });
        }
    });
    let done = done.into_inner().unwrap();
    assert_eq!(done.len(), 400);
    assert_eq!(done.into_iter().collect::<HashSet<_>>().len(), 400);
}

#[test]
fn concurrent_writers_do_not_fork_the_audit_chain() {
    let log = MemoryAuditLog::default();
    std::thread::scope(|scope| {
        for actor in 0..4 {
            let log = &log;
            scope.spawn(move || {
                for _ in 0..50 {
                    let event = AuditEvent {
                        at: Timestamp::EPOCH,
                        actor: format!("user {actor}"),
                        action: "subject.read".into(),
                        object: "subject 1".into(),
                        details: BTreeMap::new(),
                    };
                    ready(log.append(event)).unwrap();
                }
            });
        }
    });
    let entries = ready(log.entries(0, 1_000)).unwrap();
    assert_eq!(entries.len(), 200);
    assert_eq!(verify_chain(None, &entries), Ok(()));
}

#[test]
fn concurrent_uses_never_exceed_the_allowance() {
    let entitlements = Entitlements {
        holder: "test".into(),
        valid_from: Timestamp::EPOCH,
        expires_at: None,
        features: [(Feature::Liveness, Allowance::Times(100))].into(),
    };
    let license = StaticLicense::new(entitlements);
    let consume = || ready(license.consume(Feature::Liveness, 1, Timestamp::EPOCH)).is_ok();
    let allowed: usize = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..4).map(|_| scope.spawn(|| (0..50).filter(|_| consume()).count())).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).sum()
    });
    assert_eq!(allowed, 100);
}
