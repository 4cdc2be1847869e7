//! Concurrent connections.

use std::collections::BTreeSet;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use oz_core::collection::port::CollectionRepository;
use oz_core::collection::{Collection, Reference, Revision, Subject};
use oz_core::face::FeatureVector;
use oz_core::inference::ModelId;
use oz_core::metadata::Metadata;
use oz_core::storage::port::{AuditLog, ErasureList, JobQueue};
use oz_core::storage::{AuditEvent, BlobKey, JobId, NewJob, verify_chain};
use tokio::task::JoinSet;

use crate::support::{Files, at, connect, id, open, schema, wait};

const KIND: &str = "analysis";
const WORKERS: u128 = 4;
const JOBS: u128 = 80;

fn job(number: u128) -> NewJob {
    NewJob { id: id(number), kind: KIND.into(), payload: vec![], priority: 0, max_attempts: 3, due: at(0) }
}

/// Leases and completes jobs until none is left.
async fn work(queue: Arc<dyn JobQueue>) -> Vec<JobId> {
    let mut done = Vec::new();
    while let Some(leased) = queue.lease(&[KIND], Duration::from_secs(30), at(1)).await.unwrap() {
        queue.complete(&leased.lease, b"done", at(2)).await.unwrap();
        done.push(leased.job.id);
    }
    done
}

/// Every worker has its own store and connections, like a separate process.
fn no_job_is_leased_twice(connections: Vec<Arc<dyn JobQueue>>) {
    let done = wait(async {
        for number in 0..JOBS {
            connections[0].enqueue(job(number), at(0)).await.unwrap();
        }
        let mut workers = JoinSet::new();
        for queue in connections {
            workers.spawn(work(queue));
        }
        workers.join_all().await.concat()
    });
    let distinct: BTreeSet<JobId> = done.iter().copied().collect();
    assert_eq!((done.len(), distinct.len()), (80, 80));
}

#[test]
fn no_job_is_leased_twice_on_sqlite() {
    let files = Files::new();
    let path = files.path();
    no_job_is_leased_twice((0..WORKERS).map(|_| Arc::new(open(&path)) as _).collect());
}

#[test]
fn no_job_is_leased_twice_on_postgres() {
    let Some(url) = schema("no job is leased twice") else { return };
    no_job_is_leased_twice((0..WORKERS).map(|_| Arc::new(connect(&url)) as _).collect());
}

fn event(number: u128) -> AuditEvent {
    let (action, object) = ("subject.read".into(), format!("subject {number}"));
    AuditEvent { at: at(0), actor: "user 1".into(), action, object, details: [].into() }
}

fn concurrent_writers_keep_one_audit_chain(connections: Vec<Arc<dyn AuditLog>>) {
    let entries = wait(async {
        let log = connections[0].clone();
        let mut writers = JoinSet::new();
        for log in connections {
            writers.spawn(async move {
                for number in 0..10 {
                    log.append(event(number)).await.unwrap();
                }
            });
        }
        writers.join_all().await;
        log.entries(0, 100).await.unwrap()
    });
    assert_eq!(entries.len(), 40);
    assert_eq!(verify_chain(None, &entries), Ok(()));
}

#[test]
fn concurrent_writers_keep_one_audit_chain_on_sqlite() {
    let files = Files::new();
    let path = files.path();
    concurrent_writers_keep_one_audit_chain((0..WORKERS).map(|_| Arc::new(open(&path)) as _).collect());
}

#[test]
fn concurrent_writers_keep_one_audit_chain_on_postgres() {
    let Some(url) = schema("concurrent writers keep one audit chain") else { return };
    concurrent_writers_keep_one_audit_chain((0..WORKERS).map(|_| Arc::new(connect(&url)) as _).collect());
}

fn image(number: u128) -> BlobKey {
    BlobKey { owner: id(1), id: id(number) }
}

async fn with_collection(repository: &dyn CollectionRepository) {
    let metadata = Metadata::default();
    let (created, updated) = (at(0), at(0));
    let new = Collection { id: id(1), company: id(1), alias: "list".into(), metadata, created, updated };
    repository.create_collection(&new).await.unwrap();
}

fn subject(number: u128) -> Subject {
    let metadata = Metadata::default();
    Subject { id: id(number), collection: id(1), metadata, created: at(0), updated: at(0) }
}

fn reference(number: u128, owner: u128) -> Reference {
    let template = FeatureVector::normalized(ModelId::new("m"), vec![1.0, number as f32]).unwrap();
    let image = Some(image(number));
    Reference { id: id(number), collection: id(1), subject: id(owner), template, image, created: at(0) }
}

/// Polls a future at most `steps` times and drops it, as a cancelled request does. Returns whether it
/// completed.
async fn abandon(future: impl Future, steps: usize) -> bool {
    let (mut future, mut left) = (pin!(future), steps);
    poll_fn(move |context| {
        left -= 1;
        match future.as_mut().poll(context) {
            Poll::Ready(_) => Poll::Ready(true),
            Poll::Pending if left == 0 => Poll::Ready(false),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

fn abandoned_write_is_stored_whole_or_not_at_all(repository: &(impl CollectionRepository + ErasureList)) {
    wait(async {
        with_collection(repository).await;
        let (mut steps, mut number) = (1, 100);
        loop {
            let references: Vec<Reference> = (number..number + 5).map(|own| reference(own, number)).collect();
            let ended = abandon(repository.create_subject(&subject(number), &references), steps).await;
            // A later write waits for the abandoned transaction to end.
            repository.stage(&[image(number + 50)], at(0)).await.unwrap();
            let stored = repository.references(id(1), id(number)).await.map_or(0, |found| found.len());
            assert!(stored == 5 || (!ended && stored == 0), "{stored} of 5 after {steps} steps");
            if ended {
                break;
            }
            (steps, number) = (steps + 1, number + 100);
        }
        let changes = repository.changes(id(1), Revision(0), 10_000).await.unwrap();
        assert_eq!(changes.last().map(|last| last.revision.0), Some(changes.len() as u64));
    });
}

#[test]
fn abandoned_write_is_stored_whole_or_not_at_all_on_sqlite() {
    abandoned_write_is_stored_whole_or_not_at_all(&Files::new().open());
}

#[test]
fn abandoned_write_is_stored_whole_or_not_at_all_on_postgres() {
    let Some(url) = schema("abandoned write is stored whole or not at all") else { return };
    abandoned_write_is_stored_whole_or_not_at_all(&connect(&url));
}

fn image_is_erased_with_its_last_reference(repository: &(impl CollectionRepository + ErasureList)) {
    wait(async {
        with_collection(repository).await;
        repository.stage(&[image(7)], at(9)).await.unwrap();
        let shared = |number| Reference { image: Some(image(7)), ..reference(number, 1) };
        repository.create_subject(&subject(1), &[shared(1), shared(2)]).await.unwrap();
        assert_eq!(repository.staged().await.unwrap(), 0, "a record refers to it");
        assert_eq!(repository.delete_reference(id(1), id(1)).await.unwrap(), []);
        assert_eq!(repository.staged().await.unwrap(), 0, "another record refers to it");
        assert_eq!(repository.delete_subject(id(1), id(1)).await.unwrap(), [image(7)]);
        assert_eq!(repository.due(at(0), 9).await.unwrap(), [image(7)]);
    });
}

#[test]
fn image_is_erased_with_its_last_reference_on_sqlite() {
    image_is_erased_with_its_last_reference(&Files::new().open());
}

#[test]
fn image_is_erased_with_its_last_reference_on_postgres() {
    let Some(url) = schema("image is erased with its last reference") else { return };
    image_is_erased_with_its_last_reference(&connect(&url));
}

fn blob_given_out_for_erasure_cannot_be_referenced(repository: &(impl CollectionRepository + ErasureList)) {
    wait(async {
        with_collection(repository).await;
        repository.stage(&[image(1), image(2)], at(5)).await.unwrap();
        repository.create_subject(&subject(1), &[reference(1, 1)]).await.unwrap();
        assert_eq!(repository.due(at(5), 9).await.unwrap(), [image(2)]);
        let refused = repository.add_references(&[reference(2, 1)]).await.unwrap_err();
        assert_eq!(refused.code(), "storage.conflict");
        assert_eq!(repository.due(at(5), 9).await.unwrap(), [image(2)], "a sweep may be repeated");
        repository.erased(&[image(2)]).await.unwrap();
        assert_eq!(repository.staged().await.unwrap(), 0);
    });
}

#[test]
fn blob_given_out_for_erasure_cannot_be_referenced_on_sqlite() {
    blob_given_out_for_erasure_cannot_be_referenced(&Files::new().open());
}

#[test]
fn blob_given_out_for_erasure_cannot_be_referenced_on_postgres() {
    let Some(url) = schema("blob given out for erasure cannot be referenced") else { return };
    blob_given_out_for_erasure_cannot_be_referenced(&connect(&url));
}
