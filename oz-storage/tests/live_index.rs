//! Live index: it follows the repository through the changes of every process.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use oz_conformance::testing::{ManualClock, SequentialIds};
use oz_core::collection::port::{CollectionRepository, VectorIndex};
use oz_core::collection::{
    CollectionId, Collections, IndexQuery, LiveIndex, Page, ReferenceId, ReferenceSample, SubjectId,
};
use oz_core::face::FeatureVector;
use oz_core::inference::ModelId;
use oz_core::metadata::Metadata;
use oz_core::system::{CompanyId, Uuid};
use oz_storage::license::UnlimitedLicense;
use oz_storage::memory::{MemoryBlobStore, MemoryCollectionRepository, MemoryVectorIndex};
use proptest::prelude::*;

/// Polls a future once; the futures of memory adapters never wait.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match Box::pin(future).as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a memory adapter waits"),
    }
}

/// Simulates a process: its own index over a shared repository.
fn process(repository: &Arc<MemoryCollectionRepository>, ids: &Arc<SequentialIds>) -> Collections {
    let index = LiveIndex::new(repository.clone(), Arc::new(MemoryVectorIndex::default()));
    Collections {
        repository: repository.clone(),
        index: Arc::new(index),
        blobs: Arc::new(MemoryBlobStore::default()),
        license: Arc::new(UnlimitedLicense::default()),
        clock: Arc::new(ManualClock::default()),
        ids: ids.clone(),
    }
}

fn face(direction: u16) -> FeatureVector {
    let angle = f32::from(direction) / 1_000.0;
    FeatureVector::normalized(ModelId::new("toy"), vec![angle.cos(), angle.sin(), 0.1]).unwrap()
}

fn sample(direction: u16) -> ReferenceSample {
    ReferenceSample { template: face(direction), image: None }
}

/// Result of searching an index without limits: subjects with their nearest references.
fn found(index: &dyn VectorIndex, list: CollectionId) -> BTreeMap<SubjectId, ReferenceId> {
    let query = IndexQuery { limit: usize::MAX, ..IndexQuery::default() };
    let neighbours = index.search(list, &face(0), &query).unwrap();
    neighbours.into_iter().map(|near| (near.subject, near.reference)).collect()
}

/// Expected result, from a fresh index over all references in the repository, and the number of references.
fn expected(
    repository: &dyn CollectionRepository,
    list: CollectionId,
) -> (BTreeMap<SubjectId, ReferenceId>, usize) {
    let fresh = MemoryVectorIndex::default();
    let page = Page { after: None, limit: usize::MAX };
    let subjects = ready(repository.subjects(list, &page)).unwrap();
    let mut count = 0;
    for subject in &subjects {
        let references = ready(repository.references(list, subject.id)).unwrap();
        let entries: Vec<_> = references.iter().map(Into::into).collect();
        fresh.add(list, &entries).unwrap();
        count += entries.len();
    }
    (found(&fresh, list), count)
}

/// Write by one of two processes. Numbers select among the existing subjects and references.
#[derive(Debug, Clone)]
enum Write {
    Enrol(Vec<u16>),
    Add(u8, u16),
    DeleteSubject(u8),
    DeleteReference(u8, u8),
}

fn writes() -> impl Strategy<Value = Vec<(bool, Write)>> {
    let write = prop_oneof![
        3 => prop::collection::vec(0u16..3_000, 1..4).prop_map(Write::Enrol),
        2 => (any::<u8>(), 0u16..3_000).prop_map(|(subject, face)| Write::Add(subject, face)),
        1 => any::<u8>().prop_map(Write::DeleteSubject),
        2 => (any::<u8>(), any::<u8>()).prop_map(|(subject, at)| Write::DeleteReference(subject, at)),
    ];
    prop::collection::vec((any::<bool>(), write), 0..40)
}

fn apply(process: &Collections, list: CollectionId, write: &Write) {
    let page = Page { after: None, limit: usize::MAX };
    let subjects = ready(process.repository.subjects(list, &page)).unwrap();
    let chosen = |at: u8| subjects.get(usize::from(at) % subjects.len().max(1)).map(|subject| subject.id);
    match write {
        Write::Enrol(faces) => {
            let samples = faces.iter().map(|face| sample(*face)).collect();
            ready(process.enrol(list, Metadata::default(), samples)).unwrap();
        }
        Write::Add(at, face) => {
            if let Some(subject) = chosen(*at) {
                ready(process.add_references(list, subject, vec![sample(*face)])).unwrap();
            }
        }
        Write::DeleteSubject(at) => {
            if let Some(subject) = chosen(*at) {
                ready(process.delete_subject(list, subject)).unwrap();
            }
        }
        Write::DeleteReference(at, reference) => {
            if let Some(subject) = chosen(*at) {
                let references = ready(process.repository.references(list, subject)).unwrap();
                let at = usize::from(*reference) % references.len().max(1);
                if let Some(reference) = references.get(at) {
                    ready(process.delete_reference(list, subject, reference.id)).unwrap();
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn every_process_finds_the_content_of_the_repository(writes in writes(), restart in 0usize..40) {
        let repository = Arc::new(MemoryCollectionRepository::default());
        let ids = Arc::new(SequentialIds::default());
        let (here, mut there) = (process(&repository, &ids), process(&repository, &ids));
        let company = CompanyId::from(Uuid::from_u128(1));
        let list = ready(here.create(company, "list", Metadata::default())).unwrap().id;
        for (at, (by_here, write)) in writes.iter().enumerate() {
            if at == restart {
                there = process(&repository, &ids);
            }
            apply(if *by_here { &here } else { &there }, list, write);
            let (expected, count) = expected(repository.as_ref(), list);
            for process in [&here, &there] {
                ready(process.prepare_search(list)).unwrap();
                prop_assert_eq!(found(process.index.vectors().as_ref(), list), expected.clone());
                prop_assert_eq!(process.index.count(list, &ModelId::new("toy")), count);
            }
        }
    }
}

#[test]
fn collection_deleted_by_another_process_is_removed() {
    let (repository, ids) =
        (Arc::new(MemoryCollectionRepository::default()), Arc::new(SequentialIds::default()));
    let (here, there) = (process(&repository, &ids), process(&repository, &ids));
    let list =
        ready(here.create(CompanyId::from(Uuid::from_u128(1)), "list", Metadata::default())).unwrap().id;
    ready(here.enrol(list, Metadata::default(), vec![sample(1)])).unwrap();
    ready(there.prepare_search(list)).unwrap();
    assert_eq!(there.index.count(list, &ModelId::new("toy")), 1);
    ready(here.delete(list)).unwrap();
    assert_eq!(ready(there.prepare_search(list)).unwrap_err().code(), "storage.not_found");
    assert_eq!(there.index.count(list, &ModelId::new("toy")), 0);
}

#[test]
fn concurrent_enrolment_and_deletion_leave_no_stale_entry() {
    let (repository, ids) =
        (Arc::new(MemoryCollectionRepository::default()), Arc::new(SequentialIds::default()));
    let collections = process(&repository, &ids);
    let company = CompanyId::from(Uuid::from_u128(1));
    let list = ready(collections.create(company, "list", Metadata::default())).unwrap().id;
    std::thread::scope(|scope| {
        for thread in 0..4u16 {
            let collections = &collections;
            scope.spawn(move || {
                for round in 0..100u16 {
                    let face = vec![sample(thread * 100 + round)];
                    let enrolled = ready(collections.enrol(list, Metadata::default(), face)).unwrap();
                    if round % 3 != 0 {
                        ready(collections.delete_subject(list, enrolled.subject.id)).unwrap();
                    }
                }
            });
        }
    });
    let (expected, count) = expected(repository.as_ref(), list);
    assert_eq!(count, 4 * 34);
    assert_eq!(found(collections.index.vectors().as_ref(), list), expected);
}
