//! Content of SQLite database files: acknowledged data survives, deleted data is overwritten.

use oz_core::account::port::AccountRepository;
use oz_core::account::{Company, Scope};
use oz_core::metadata::Metadata;
use oz_core::storage::port::{ErasureList, JobQueue};
use oz_core::storage::{BlobKey, NewJob};
use serde_json::json;
use sqlx::{Connection as _, SqliteConnection};

use crate::support::{Files, at, id, open, wait};

fn company(number: u128, name: &str) -> Company {
    // Longer than a page, so that it uses overflow pages too.
    let metadata = Metadata::new(json!({"note": "filler".repeat(2_000) + name})).unwrap();
    Company { id: id(number), name: name.into(), metadata, created: at(0), updated: at(0) }
}

#[test]
fn deleted_data_is_in_no_file() {
    let files = Files::new();
    let store = files.open();
    let marker = "Lorelei-4711";
    wait(async {
        for number in 0..20 {
            store.create_company(&company(number, &format!("{marker}-{number}"))).await.unwrap();
        }
        // An update leaves an old copy too.
        store.update_company(&company(3, &format!("{marker}-renamed"))).await.unwrap();
        store.stage(&[BlobKey { owner: id(1), id: id(1) }], at(0)).await.unwrap();
    });
    assert!(files.contain(marker.as_bytes()), "the marker is stored in plain");
    wait(async {
        for number in 0..20 {
            store.delete_company(id(number)).await.unwrap();
        }
    });
    assert!(files.contain(marker.as_bytes()), "the write-ahead log still contains the marker");
    wait(store.scrub()).unwrap();
    assert!(!files.contain(marker.as_bytes()));
    assert!(!files.contain(b"fillerfiller"));
}

#[test]
fn log_is_kept_while_a_reader_uses_an_old_snapshot() {
    let files = Files::new();
    let path = files.path();
    let store = open(&path);
    let key = BlobKey { owner: id(1), id: id(1) };
    wait(async {
        store.create_company(&company(1, "one")).await.unwrap();
        store.stage(&[key], at(0)).await.unwrap();
        let mut reader = SqliteConnection::connect(&format!("sqlite:{}", path.display())).await.unwrap();
        let mut old = reader.begin().await.unwrap();
        sqlx::query("SELECT * FROM company").fetch_all(&mut *old).await.unwrap();
        store.delete_company(id(1)).await.unwrap();
        assert!(store.scrub().await.unwrap_err().is_retryable());
        store.erased(&[key]).await.unwrap();
        assert_eq!(store.staged().await.unwrap(), 0, "erased blobs leave the list despite the failed scrub");
        old.rollback().await.unwrap();
        store.scrub().await.unwrap();
    });
}

#[test]
fn acknowledged_data_survives_reopening() {
    let files = Files::new();
    let path = files.path();
    let store = open(&path);
    wait(store.create_company(&company(1, "kept"))).unwrap();
    drop(store);
    let again = open(&path);
    assert_eq!(wait(again.company(&Scope::Everything, id(1))).unwrap(), company(1, "kept"));
    wait(again.close());
    assert!(wait(again.ping()).is_err());
}

#[test]
fn backup_is_a_consistent_database() {
    let files = Files::new();
    let store = files.open();
    let copy = files.path();
    wait(async {
        store.create_company(&company(1, "one")).await.unwrap();
        store.backup_to(&copy).await.unwrap();
        store.create_company(&company(2, "two")).await.unwrap();
        assert_eq!(store.backup_to(&copy).await.unwrap_err().code(), "storage.conflict");
    });
    let restored = open(&copy);
    let all = wait(restored.companies(&Scope::Everything, &Default::default(), &Default::default()));
    assert_eq!(all.unwrap(), [company(1, "one")]);
}

#[test]
fn new_file_can_be_opened_concurrently() {
    let files = Files::new();
    let path = files.path();
    let opened: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| open(&path))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let job = |number| NewJob {
        id: id(number),
        kind: "analysis".into(),
        payload: vec![],
        priority: 0,
        max_attempts: 1,
        due: at(0),
    };
    for (number, store) in opened.iter().enumerate() {
        wait(store.enqueue(job(number as u128), at(0))).unwrap();
    }
    assert_eq!(wait(opened[0].ready("analysis", at(0))).unwrap(), 4);
}

#[cfg(unix)]
#[test]
fn files_are_readable_by_the_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let files = Files::new();
    let path = files.path();
    let store = open(&path);
    wait(store.create_company(&company(1, "one"))).unwrap();
    for file in std::fs::read_dir(path.parent().unwrap()).unwrap().map(Result::unwrap) {
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o077, 0, "{file:?}");
    }
}
