//! Suite of [`BlobStore`].

use std::sync::Arc;

use crate::{AsyncClaim, Drive, Make, assert_code, async_claims, check_async_claims};
use oz_core::storage::BlobKey;
use oz_core::storage::port::BlobStore;
use oz_core::system::{CompanyId, Uuid};

/// Checks a blob store.
///
/// # Panics
/// When a claim does not hold.
pub fn blob_store(adapter: &str, make: Make<'_, dyn BlobStore>, drive: Drive<'_>) {
    let claims: &[AsyncClaim<dyn BlobStore>] = async_claims![
        a_blob_is_read_back_unchanged,
        an_empty_blob_is_stored,
        parts_are_joined_in_order,
        an_unfinished_blob_is_absent,
        an_abandoned_blob_leaves_its_key_free,
        a_blob_is_never_overwritten,
        of_two_writers_of_one_key_one_finishes,
        a_range_ends_at_the_end_of_the_blob,
        reading_an_absent_blob_is_not_found,
        deleting_an_absent_blob_succeeds,
        a_deleted_blob_is_absent,
        blobs_are_listed_by_owner_in_order_and_in_pages,
    ];
    check_async_claims(adapter, claims, make, drive);
}

fn key(owner: u128, id: u128) -> BlobKey {
    BlobKey { owner: CompanyId::from(Uuid::from_u128(owner)), id: Uuid::from_u128(id) }
}

async fn a_blob_is_read_back_unchanged(store: Arc<dyn BlobStore>) {
    let content: Vec<u8> = (0..100_000u32).map(|value| (value % 251) as u8).collect();
    store.put(key(1, 1), &content).await.unwrap();
    assert_eq!(store.size(key(1, 1)).await.unwrap(), 100_000);
    assert!(store.read(key(1, 1)).await.unwrap() == content, "the content differs");
}

async fn an_empty_blob_is_stored(store: Arc<dyn BlobStore>) {
    store.put(key(1, 1), &[]).await.unwrap();
    assert_eq!(store.size(key(1, 1)).await.unwrap(), 0);
    assert_eq!(store.read(key(1, 1)).await.unwrap(), [0; 0]);
}

async fn parts_are_joined_in_order(store: Arc<dyn BlobStore>) {
    let mut writer = store.create(key(1, 1)).await.unwrap();
    for part in [b"shot ".as_slice(), b"", b"set"] {
        writer.write(part).await.unwrap();
    }
    writer.finish().await.unwrap();
    assert_eq!(store.read(key(1, 1)).await.unwrap(), b"shot set");
}

async fn an_unfinished_blob_is_absent(store: Arc<dyn BlobStore>) {
    let mut writer = store.create(key(1, 1)).await.unwrap();
    writer.write(b"half").await.unwrap();
    assert_code(store.read(key(1, 1)).await, "storage.not_found");
    assert_code(store.size(key(1, 1)).await, "storage.not_found");
    assert_eq!(store.list(key(1, 1).owner, None, 10).await.unwrap(), []);
}

async fn an_abandoned_blob_leaves_its_key_free(store: Arc<dyn BlobStore>) {
    let mut writer = store.create(key(1, 1)).await.unwrap();
    writer.write(b"half").await.unwrap();
    drop(writer);
    assert_code(store.read(key(1, 1)).await, "storage.not_found");
    store.put(key(1, 1), b"whole").await.unwrap();
    assert_eq!(store.read(key(1, 1)).await.unwrap(), b"whole");
}

async fn a_blob_is_never_overwritten(store: Arc<dyn BlobStore>) {
    store.put(key(1, 1), b"first").await.unwrap();
    assert_code(store.put(key(1, 1), b"second").await, "storage.conflict");
    assert_code(store.put(key(1, 1), b"first").await, "storage.conflict");
    assert_eq!(store.read(key(1, 1)).await.unwrap(), b"first");
}

async fn of_two_writers_of_one_key_one_finishes(store: Arc<dyn BlobStore>) {
    let mut first = store.create(key(1, 1)).await.unwrap();
    let mut second = store.create(key(1, 1)).await.unwrap();
    first.write(b"first").await.unwrap();
    second.write(b"second").await.unwrap();
    second.finish().await.unwrap();
    assert_code(first.finish().await, "storage.conflict");
    assert_eq!(store.read(key(1, 1)).await.unwrap(), b"second");
}

async fn a_range_ends_at_the_end_of_the_blob(store: Arc<dyn BlobStore>) {
    store.put(key(1, 1), b"0123456789").await.unwrap();
    for (offset, length, expected) in
        [(0, 3, "012"), (4, 2, "45"), (8, 9, "89"), (0, u64::MAX, "0123456789"), (3, u64::MAX, "3456789")]
    {
        assert_eq!(store.read_range(key(1, 1), offset, length).await.unwrap(), expected.as_bytes());
    }
    for (offset, length) in [(10, 1), (11, 1), (u64::MAX, u64::MAX), (5, 0)] {
        assert_eq!(store.read_range(key(1, 1), offset, length).await.unwrap(), [0; 0], "{offset} {length}");
    }
}

async fn reading_an_absent_blob_is_not_found(store: Arc<dyn BlobStore>) {
    store.put(key(1, 1), b"another blob").await.unwrap();
    for absent in [key(1, 2), key(2, 1)] {
        assert_code(store.read(absent).await, "storage.not_found");
        assert_code(store.read_range(absent, 0, 1).await, "storage.not_found");
        assert_code(store.size(absent).await, "storage.not_found");
    }
}

async fn deleting_an_absent_blob_succeeds(store: Arc<dyn BlobStore>) {
    store.delete(key(1, 1)).await.unwrap();
    store.put(key(1, 1), b"there").await.unwrap();
    store.delete(key(1, 1)).await.unwrap();
    store.delete(key(1, 1)).await.unwrap();
}

async fn a_deleted_blob_is_absent(store: Arc<dyn BlobStore>) {
    store.put(key(1, 1), b"one").await.unwrap();
    store.put(key(1, 2), b"two").await.unwrap();
    store.delete(key(1, 1)).await.unwrap();
    assert_code(store.read(key(1, 1)).await, "storage.not_found");
    assert_eq!(store.list(key(1, 1).owner, None, 10).await.unwrap(), [key(1, 2)]);
}

async fn blobs_are_listed_by_owner_in_order_and_in_pages(store: Arc<dyn BlobStore>) {
    for id in [3, 1, 5, 2, 4] {
        store.put(key(1, id), b"theirs").await.unwrap();
        store.put(key(2, id), b"others'").await.unwrap();
    }
    let owner = key(1, 1).owner;
    assert_eq!(store.list(owner, None, 2).await.unwrap(), [key(1, 1), key(1, 2)]);
    assert_eq!(store.list(owner, Some(key(1, 2)), 2).await.unwrap(), [key(1, 3), key(1, 4)]);
    assert_eq!(store.list(owner, Some(key(1, 4)), 2).await.unwrap(), [key(1, 5)]);
    assert_eq!(store.list(owner, Some(key(1, 5)), 2).await.unwrap(), []);
}
