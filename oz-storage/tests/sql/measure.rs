//! Measurements of speed. Run them with
//! `cargo test -p oz-storage --features memory,sqlite,postgres --test sql -- --ignored --nocapture measure`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use oz_core::account::Scope;
use oz_core::collection::port::CollectionRepository;
use oz_core::collection::{Collection, Reference, Revision, Subject};
use oz_core::face::FeatureVector;
use oz_core::folder::FolderFilter;
use oz_core::folder::port::FolderRepository;
use oz_core::inference::ModelId;
use oz_core::listing::{Slice, SortKey, Sorting};
use oz_core::metadata::Metadata;
use oz_core::storage::NewJob;
use oz_core::storage::port::JobQueue;
use oz_storage::layer::Sealer;
use oz_storage::memory::MemoryKeyProvider;
use oz_storage::sql::{PostgresStore, SqliteStore, StoreOptions};
use tokio::task::JoinSet;

use crate::metadata_search::{filled_postgres, filled_sqlite};
use crate::server::Server;
use crate::support::{Files, at, connect, id, schema, wait};

const REFERENCES: usize = 100_000;

fn report(what: &str, mut times: Vec<Duration>) {
    times.sort();
    let part = |percent: usize| times[(times.len() - 1) * percent / 100];
    println!("{what:60} p50 {:9.2?}  p95 {:9.2?}  max {:9.2?}", part(50), part(95), part(100));
}

async fn timed<F: Future>(runs: u64, run: impl Fn(u64) -> F) -> Vec<Duration> {
    let mut times = Vec::new();
    for number in 0..runs {
        let start = Instant::now();
        run(number).await;
        times.push(start.elapsed());
    }
    times
}

fn measure_lists(engine: &str, store: &impl FolderRepository, scope: &Scope) {
    let sorting = Sorting { key: SortKey::Created, descending: true };
    let filter = FolderFilter::default();
    for offset in [0, 50_000] {
        let slice = Slice { offset, limit: 100, sorting };
        let list = async |_| {
            let found = store.folders(scope, &filter, &slice).await.unwrap();
            assert_eq!(found.len(), 100);
        };
        report(&format!("{engine} list of 100 folders at {offset}"), wait(timed(50, list)));
    }
    let count = async |_| assert_eq!(store.count_folders(scope, &filter).await.unwrap(), 100_000);
    report(&format!("{engine} count of all folders"), wait(timed(20, count)));
}

#[test]
#[ignore = "a measurement"]
fn measure_lists_on_sqlite() {
    let files = Files::new();
    let (store, company) = filled_sqlite(&files);
    measure_lists("sqlite", &store, &Scope::Company(id(company)));
}

#[test]
#[ignore = "a measurement"]
fn measure_lists_on_postgres() {
    let Some(url) = schema("lists are measured") else { return };
    measure_lists("postgres", &filled_postgres(&url), &Scope::Company(id(1)));
}

fn job(number: u128) -> NewJob {
    let (kind, payload) = ("analysis".into(), vec![0; 36]);
    NewJob { id: id(number), kind, payload, priority: 0, max_attempts: 3, due: at(0) }
}

/// Runs writing transactions from `clients` concurrent clients for two seconds.
fn measure_writes(engine: &str, store: &(impl JobQueue + Clone + 'static), clients: u128) {
    let start = Instant::now();
    let written: u64 = wait(async {
        let mut writers = JoinSet::new();
        for client in 0..clients {
            let store = store.clone();
            writers.spawn(async move {
                let mut written = 0;
                while start.elapsed() < Duration::from_secs(2) {
                    let number = clients << 64 | client << 32 | u128::from(written);
                    store.enqueue(job(number), at(0)).await.unwrap();
                    written += 1;
                }
                written
            });
        }
        writers.join_all().await.into_iter().sum()
    });
    let rate = written as f64 / start.elapsed().as_secs_f64();
    println!("{engine}: {rate:.0} writing transactions per second from {clients} clients");
}

/// Measures leasing from a queue with many waiting jobs.
fn measure_leases(engine: &str, store: &impl JobQueue) {
    let lease = async |_| {
        let leased = store.lease(&["analysis", "preview"], Duration::from_secs(60), at(1)).await.unwrap();
        store.complete(&leased.unwrap().lease, b"", at(2)).await.unwrap();
    };
    let ready = wait(store.ready("analysis", at(1))).unwrap();
    report(&format!("{engine} lease and complete, {ready} jobs waiting"), wait(timed(100, lease)));
}

#[test]
#[ignore = "a measurement"]
fn measure_writes_to_sqlite() {
    let files = Files::new();
    let store = files.open();
    for clients in [1, 8] {
        measure_writes("sqlite, synchronous=FULL", &store, clients);
    }
    measure_leases("sqlite", &store);
}

#[test]
#[ignore = "a measurement"]
fn measure_writes_to_postgres() {
    let Ok(server) = Server::start("on") else { return };
    let store = connect(&server.url());
    for clients in [1, 8] {
        measure_writes("postgres, fsync=on", &store, clients);
    }
    measure_leases("postgres", &store);
}

async fn enrol(store: &impl CollectionRepository) {
    let (created, updated) = (at(0), at(0));
    let metadata = Metadata::default;
    let collection = Collection {
        id: id(1),
        company: id(1),
        alias: "list".into(),
        metadata: metadata(),
        created,
        updated,
    };
    store.create_collection(&collection).await.unwrap();
    let values: Vec<f32> = (0..512).map(|number| (number as f32).sin()).collect();
    let template = FeatureVector::normalized(ModelId::new("m"), values).unwrap();
    for batch in 0..REFERENCES / 1_000 {
        let subject =
            Subject { id: id(batch as u128), collection: id(1), metadata: metadata(), created, updated };
        let reference = |number: usize| Reference {
            id: id((batch * 1_000 + number) as u128),
            collection: id(1),
            subject: subject.id,
            template: template.clone(),
            image: None,
            created,
        };
        let references: Vec<Reference> = (0..1_000).map(reference).collect();
        store.create_subject(&subject, &references).await.unwrap();
    }
}

/// Measures reading all changes of a collection, as an index does at start-up.
fn measure_changes(engine: &str, store: &impl CollectionRepository) {
    wait(enrol(store));
    let start = Instant::now();
    let read = wait(async {
        let (mut read, mut reached) = (0, Revision::default());
        loop {
            let changes = store.changes(id(1), reached, 1_000).await.unwrap();
            let Some(last) = changes.last() else { return read };
            (read, reached) = (read + changes.len(), last.revision);
        }
    });
    println!("{engine}: {read} encrypted references of 512 values read in {:.2?}", start.elapsed());
    assert_eq!(read, REFERENCES);
}

fn encrypting() -> StoreOptions {
    let sealer = Sealer::new(Arc::new(MemoryKeyProvider::default()));
    StoreOptions { sealer: Some(sealer), ..StoreOptions::default() }
}

#[test]
#[ignore = "a measurement"]
fn measure_changes_on_sqlite() {
    let files = Files::new();
    measure_changes("sqlite", &wait(SqliteStore::open(files.path(), encrypting())).unwrap());
}

#[test]
#[ignore = "a measurement"]
fn measure_changes_on_postgres() {
    let Some(url) = schema("changes are measured") else { return };
    measure_changes("postgres", &wait(PostgresStore::connect(&url, encrypting())).unwrap());
}
