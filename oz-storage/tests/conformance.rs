//! Conformance of the memory, licence and system adapters to the contracts of their ports.

use std::sync::Arc;

use oz_conformance::folder::Database;
use oz_conformance::{account, at_once, collection, event, folder, license, storage};
use oz_storage::license::UnlimitedLicense;
use oz_storage::memory::{
    MemoryAuditLog, MemoryBlobStore, MemoryCollectionRepository, MemoryKeyProvider, MemoryStore,
    MemoryVectorIndex,
};

#[path = "support/static_license.rs"]
mod static_license;

use static_license::StaticLicense;

#[test]
fn memory_blob_store_keeps_the_contract() {
    storage::blob_store("memory", &|| Arc::new(MemoryBlobStore::default()), &at_once);
}

#[test]
fn memory_job_queue_keeps_the_contract() {
    storage::job_queue("memory", &|| Arc::new(MemoryStore::default()), &at_once);
}

#[test]
fn memory_store_keeps_the_contract() {
    let store = || Arc::new(MemoryStore::default());
    storage::erasure_list("memory", &|| store(), &at_once);
    account::account_repository("memory", &|| store(), &at_once);
    event::event_session_repository("memory", &|| store(), &at_once);
    folder::folder_repository("memory", &|| Arc::new(Database::of(&store())), &at_once);
}

#[test]
fn memory_audit_log_keeps_the_contract() {
    storage::audit_log("memory", &|| Arc::new(MemoryAuditLog::default()), &at_once);
}

#[test]
fn memory_key_provider_keeps_the_contract() {
    storage::key_provider("memory", &|| Arc::new(MemoryKeyProvider::default()), &at_once);
}

#[test]
fn memory_collection_repository_keeps_the_contract() {
    collection::collection_repository(
        "memory",
        &|| Arc::new(MemoryCollectionRepository::default()),
        &at_once,
    );
}

#[test]
fn memory_vector_index_keeps_the_contract() {
    collection::vector_index("memory", &|| Arc::new(MemoryVectorIndex::default()));
}

#[test]
fn unlimited_license_keeps_the_contract() {
    license::unlimited("unlimited", &|| Arc::new(UnlimitedLicense::default()), &at_once);
}

#[test]
fn static_license_keeps_the_contract() {
    license::restricted("static", &|| Arc::new(StaticLicense::new(license::entitlements())), &at_once);
}
