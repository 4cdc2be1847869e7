//! Storage of templates, with and without encryption.

use std::sync::Arc;

use oz_core::collection::port::CollectionRepository;
use oz_core::collection::{Collection, Reference, Subject};
use oz_core::face::FeatureVector;
use oz_core::inference::ModelId;
use oz_core::metadata::Metadata;
use oz_core::storage::port::KeyProvider;
use oz_storage::layer::Sealer;
use oz_storage::memory::MemoryKeyProvider;
use oz_storage::sql::{SqliteStore, StoreOptions};
use sqlx::{Connection as _, SqliteConnection};

use crate::support::{Files, at, id, open, wait};

fn reference(number: u128) -> Reference {
    let values = (0..64).map(|value| (value as f32 + number as f32).sin()).collect();
    let template = FeatureVector::normalized(ModelId::new("m"), values).unwrap();
    Reference { id: id(number), collection: id(1), subject: id(1), template, image: None, created: at(0) }
}

fn bytes(reference: &Reference) -> Vec<u8> {
    reference.template.values().iter().flat_map(|value| value.to_le_bytes()).collect()
}

async fn fill(store: &SqliteStore) {
    let metadata = Metadata::default();
    let (created, updated) = (at(0), at(0));
    let collection =
        Collection { id: id(1), company: id(1), alias: "list".into(), metadata, created, updated };
    store.create_collection(&collection).await.unwrap();
    let subject = Subject { id: id(1), collection: id(1), metadata: Metadata::default(), created, updated };
    store.create_subject(&subject, &[reference(1), reference(2)]).await.unwrap();
}

struct Sealed {
    files: Files,
    path: std::path::PathBuf,
    keys: Arc<MemoryKeyProvider>,
    store: SqliteStore,
}

fn sealed() -> Sealed {
    let files = Files::new();
    let path = files.path();
    let keys = Arc::new(MemoryKeyProvider::default());
    let options = StoreOptions { sealer: Some(Sealer::new(keys.clone())), ..StoreOptions::default() };
    let store = wait(SqliteStore::open(&path, options)).unwrap();
    wait(fill(&store));
    Sealed { files, path, keys, store }
}

fn code(store: &SqliteStore) -> &'static str {
    wait(store.references(id(1), id(1))).unwrap_err().code()
}

#[test]
fn encrypted_template_round_trips_and_is_not_stored_in_plain() {
    let Sealed { files, store, .. } = sealed();
    assert_eq!(wait(store.references(id(1), id(1))).unwrap(), [reference(1), reference(2)]);
    assert!(!files.contain(&bytes(&reference(1))[..32]));
    let plain = Files::new();
    wait(fill(&plain.open()));
    assert!(plain.contain(&bytes(&reference(1))[..32]), "an unencrypted template is stored in plain");
}

#[test]
fn encrypted_template_is_unreadable_without_the_keys() {
    let Sealed { files: _files, path, keys, store } = sealed();
    assert_eq!(code(&open(&path)), "storage.backend");
    wait(keys.destroy(id(1))).unwrap();
    assert_eq!(code(&store), "storage.not_found");
}

#[test]
fn unencrypted_template_is_readable_after_enabling_encryption() {
    let files = Files::new();
    let path = files.path();
    wait(fill(&open(&path)));
    let sealer = Some(Sealer::new(Arc::new(MemoryKeyProvider::default())));
    let options = StoreOptions { sealer, ..StoreOptions::default() };
    let store = wait(SqliteStore::open(&path, options)).unwrap();
    assert_eq!(wait(store.references(id(1), id(1))).unwrap(), [reference(1), reference(2)]);
    wait(store.add_references(&[reference(3)])).unwrap();
    assert_eq!(wait(store.references(id(1), id(1))).unwrap(), [1, 2, 3].map(reference));
}

fn check_tampering(statement: &'static str) {
    let Sealed { path, store, files: _files, .. } = sealed();
    wait(async {
        let mut own = SqliteConnection::connect(&format!("sqlite:{}", path.display())).await.unwrap();
        assert!(sqlx::query(statement).execute(&mut own).await.unwrap().rows_affected() > 0);
    });
    assert_eq!(code(&store), "storage.backend");
}

#[test]
fn template_opens_only_in_its_row_and_for_its_model() {
    check_tampering("UPDATE reference SET model = 'another'");
    check_tampering(
        "UPDATE reference SET template = (SELECT template FROM reference ORDER BY id DESC LIMIT 1)",
    );
    check_tampering("UPDATE reference SET length = length - 1");
    check_tampering("UPDATE reference SET sealed = 0");
}
