//! Encrypted blobs: they are read whole and by range, and refused after any modification.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};

use async_trait::async_trait;
use oz_conformance::{at_once, storage};
use oz_core::Result;
use oz_core::storage::BlobKey;
use oz_core::storage::port::{BlobStore, BlobWriter, KeyProvider};
use oz_core::system::{CompanyId, Uuid};
use oz_storage::layer::EncryptedBlobStore;
use oz_storage::memory::{MemoryBlobStore, MemoryKeyProvider};
use proptest::prelude::*;

const HEADER: usize = 72;
const CHUNK: usize = 65_536;
const SEALED: usize = CHUNK + 16;

/// Polls a future once; the futures of memory adapters never wait.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match Box::pin(future).as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a memory adapter waits"),
    }
}

fn key(owner: u128, id: u128) -> BlobKey {
    BlobKey { owner: CompanyId::from(Uuid::from_u128(owner)), id: Uuid::from_u128(id) }
}

fn content(size: usize) -> Vec<u8> {
    (0..size as u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

/// Encrypted store with its inner store and its keys.
struct Fixture {
    store: EncryptedBlobStore,
    below: Arc<MemoryBlobStore>,
    keys: Arc<MemoryKeyProvider>,
}

impl Fixture {
    fn new() -> Self {
        let (below, keys) = (Arc::new(MemoryBlobStore::default()), Arc::new(MemoryKeyProvider::default()));
        Self { store: EncryptedBlobStore::new(below.clone(), keys.clone()), below, keys }
    }

    /// Copies the stored bytes of `from` to `to` with a modification.
    fn tamper(&self, from: BlobKey, to: BlobKey, change: impl FnOnce(&mut Vec<u8>)) {
        let mut stored = ready(self.below.read(from)).unwrap();
        change(&mut stored);
        ready(self.below.delete(to)).unwrap();
        ready(self.below.put(to, &stored)).unwrap();
    }

    /// Asserts that a blob can be read neither whole nor by range.
    #[track_caller]
    fn assert_refused(&self, key: BlobKey, offset: u64, what: &str) {
        assert_eq!(ready(self.store.read(key)).unwrap_err().code(), "storage.backend", "read, {what}");
        let range = ready(self.store.read_range(key, offset, 10));
        assert_eq!(range.unwrap_err().code(), "storage.backend", "range at {offset}, {what}");
    }
}

#[test]
fn encrypted_store_keeps_the_contract() {
    storage::blob_store("encrypted", &|| Arc::new(Fixture::new().store), &at_once);
}

#[test]
fn content_is_not_stored_in_plain() {
    let fixture = Fixture::new();
    let marker = b"a marker that would be found".repeat(5_000);
    ready(fixture.store.put(key(1, 1), &marker)).unwrap();
    let stored = ready(fixture.below.read(key(1, 1))).unwrap();
    assert_eq!(stored.len(), HEADER + marker.len() + 16 * marker.len().div_ceil(CHUNK));
    assert!(!stored.windows(8).any(|part| part == b"a marker"));
}

#[test]
fn sizes_around_chunk_boundaries_round_trip() {
    let fixture = Fixture::new();
    for (id, size) in (1..).zip([0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK - 1, 3 * CHUNK, 3 * CHUNK + 1])
    {
        let content = content(size);
        ready(fixture.store.put(key(1, id), &content)).unwrap();
        assert_eq!(ready(fixture.store.size(key(1, id))).unwrap(), size as u64);
        assert!(ready(fixture.store.read(key(1, id))).unwrap() == content, "{size} bytes differ");
        for offset in [0, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK, 9 * CHUNK] {
            for length in [1, CHUNK, CHUNK + 1, usize::MAX] {
                let read = ready(fixture.store.read_range(key(1, id), offset as u64, length as u64)).unwrap();
                let start = offset.min(size);
                let end = offset.saturating_add(length).min(size);
                assert!(read == content[start..end], "{size} bytes, {length} from {offset}");
            }
        }
    }
}

#[test]
fn truncation_is_refused_at_every_place() {
    let size = 3 * CHUNK + 100;
    for cut in [
        0,
        1,
        8,
        HEADER - 1,
        HEADER,
        HEADER + 15,
        HEADER + SEALED,
        HEADER + 2 * SEALED,
        HEADER + 3 * SEALED + 50,
    ] {
        let fixture = Fixture::new();
        ready(fixture.store.put(key(1, 1), &content(size))).unwrap();
        fixture.tamper(key(1, 1), key(1, 1), |stored| stored.truncate(cut));
        fixture.assert_refused(key(1, 1), 3 * CHUNK as u64, &format!("cut at {cut}"));
        assert_eq!(
            ready(fixture.store.size(key(1, 1))).unwrap_err().code(),
            "storage.backend",
            "cut at {cut}"
        );
    }
}

#[test]
fn appended_bytes_are_refused() {
    let fixture = Fixture::new();
    ready(fixture.store.put(key(1, 1), &content(CHUNK))).unwrap();
    fixture.tamper(key(1, 1), key(1, 1), |stored| stored.push(0));
    fixture.assert_refused(key(1, 1), 0, "appended");
}

#[test]
fn exchanged_chunks_are_refused() {
    let fixture = Fixture::new();
    ready(fixture.store.put(key(1, 1), &[7; 3 * CHUNK])).unwrap();
    fixture.tamper(key(1, 1), key(1, 1), |stored| {
        let (first, second) = stored[HEADER..].split_at_mut(SEALED);
        first.swap_with_slice(&mut second[..SEALED]);
    });
    fixture.assert_refused(key(1, 1), 0, "exchanged chunks");
}

#[test]
fn blob_under_another_id_or_owner_is_refused() {
    let fixture = Fixture::new();
    for owner in [1, 2] {
        ready(fixture.store.put(key(owner, 1), b"theirs")).unwrap();
    }
    for other in [key(1, 2), key(2, 1)] {
        fixture.tamper(key(1, 1), other, |_| {});
        fixture.assert_refused(other, 0, "another key");
    }
}

#[test]
fn chunks_of_another_blob_are_refused() {
    let fixture = Fixture::new();
    let mut other = Vec::new();
    ready(fixture.store.put(key(1, 1), &[7; 2 * CHUNK])).unwrap();
    ready(fixture.store.put(key(1, 2), &[7; 2 * CHUNK])).unwrap();
    fixture.tamper(key(1, 2), key(1, 2), |stored| other.clone_from(stored));
    fixture.tamper(key(1, 1), key(1, 1), |stored| stored[HEADER..].copy_from_slice(&other[HEADER..]));
    fixture.assert_refused(key(1, 1), 0, "chunks of another blob");
}

#[test]
fn unencrypted_blob_is_refused() {
    let fixture = Fixture::new();
    ready(fixture.keys.current(key(1, 1).owner)).unwrap();
    ready(fixture.below.put(key(1, 1), &content(1_000))).unwrap();
    fixture.assert_refused(key(1, 1), 0, "never encrypted");
}

#[test]
fn blobs_of_old_keys_are_readable_until_the_keys_are_destroyed() {
    let fixture = Fixture::new();
    ready(fixture.store.put(key(1, 1), b"old")).unwrap();
    ready(fixture.keys.rotate(key(1, 1).owner)).unwrap();
    ready(fixture.store.put(key(1, 2), b"new")).unwrap();
    assert_eq!(ready(fixture.store.read(key(1, 1))).unwrap(), b"old");
    assert_eq!(ready(fixture.store.read(key(1, 2))).unwrap(), b"new");
    ready(fixture.keys.destroy(key(1, 1).owner)).unwrap();
    for id in [1, 2] {
        assert_eq!(ready(fixture.store.read(key(1, id))).unwrap_err().code(), "storage.not_found");
    }
}

/// Blob store that counts the bytes read.
#[derive(Debug, Default)]
struct Counting {
    below: MemoryBlobStore,
    read: AtomicU64,
}

#[async_trait]
impl BlobStore for Counting {
    async fn create(&self, key: BlobKey) -> Result<Box<dyn BlobWriter>> {
        self.below.create(key).await
    }

    async fn read(&self, key: BlobKey) -> Result<Vec<u8>> {
        self.below.read(key).await
    }

    async fn read_range(&self, key: BlobKey, offset: u64, length: u64) -> Result<Vec<u8>> {
        let read = self.below.read_range(key, offset, length).await?;
        self.read.fetch_add(read.len() as u64, Ordering::Relaxed);
        Ok(read)
    }

    async fn size(&self, key: BlobKey) -> Result<u64> {
        self.below.size(key).await
    }

    async fn delete(&self, key: BlobKey) -> Result<()> {
        self.below.delete(key).await
    }

    async fn list(&self, owner: CompanyId, after: Option<BlobKey>, limit: usize) -> Result<Vec<BlobKey>> {
        self.below.list(owner, after, limit).await
    }
}

#[test]
fn range_reads_only_the_chunks_it_overlaps() {
    let below = Arc::new(Counting::default());
    let store = EncryptedBlobStore::new(below.clone(), Arc::new(MemoryKeyProvider::default()));
    ready(store.put(key(1, 1), &content(40 * CHUNK))).unwrap();
    for (offset, length, chunks) in
        [(0, 10, 1), (30 * CHUNK + 5, 10, 1), (31 * CHUNK - 5, 10, 2), (39 * CHUNK, CHUNK, 1)]
    {
        below.read.store(0, Ordering::Relaxed);
        ready(store.read_range(key(1, 1), offset as u64, length as u64)).unwrap();
        let read = below.read.load(Ordering::Relaxed) as usize;
        assert!(read <= HEADER + chunks * SEALED + 1, "{length} bytes at {offset} read {read} bytes");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_parts_are_readable_by_any_range(
        parts in prop::collection::vec(0usize..CHUNK * 3 / 2, 0..5),
        offset in 0u64..300_000,
        length in 0u64..300_000,
    ) {
        let fixture = Fixture::new();
        let content = content(parts.iter().sum());
        let mut writer = ready(fixture.store.create(key(1, 1))).unwrap();
        let mut rest = content.as_slice();
        for part in parts {
            let (now, later) = rest.split_at(part);
            ready(writer.write(now)).unwrap();
            rest = later;
        }
        ready(writer.finish()).unwrap();
        let clamp = |at: u64| (at as usize).min(content.len());
        let read = ready(fixture.store.read_range(key(1, 1), offset, length)).unwrap();
        prop_assert!(read == content[clamp(offset)..clamp(offset + length)]);
    }

    #[test]
    fn flipped_bit_is_refused(size in 0usize..2 * CHUNK, at: prop::sample::Index, bit in 0u32..8) {
        let fixture = Fixture::new();
        ready(fixture.store.put(key(1, 1), &content(size))).unwrap();
        let mut place = 0;
        fixture.tamper(key(1, 1), key(1, 1), |stored| {
            place = at.index(stored.len());
            stored[place] ^= 1u8 << bit;
        });
        // A changed key version refers to a key that does not exist.
        let code = if (8..12).contains(&place) { "storage.not_found" } else { "storage.backend" };
        prop_assert_eq!(ready(fixture.store.read(key(1, 1))).unwrap_err().code(), code);
    }
}
