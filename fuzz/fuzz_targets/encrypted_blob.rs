#![no_main]

use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use oz_core::Result;
use oz_core::storage::BlobKey;
use oz_core::storage::port::BlobStore;
use oz_core::system::{CompanyId, Uuid};
use oz_storage::layer::EncryptedBlobStore;
use oz_storage::memory::{MemoryBlobStore, MemoryKeyProvider};

/// Polls a future of adapters that never block.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match Box::pin(future).as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a memory adapter must not block"),
    }
}

/// Next number of the input; 0 after its end.
fn next(bytes: &mut &[u8]) -> usize {
    let Some((first, rest)) = bytes.split_first_chunk::<4>() else { return 0 };
    *bytes = rest;
    u32::from_le_bytes(*first) as usize
}

/// Asserts that a read returns the original content or a typed error.
fn check(content: &[u8], read: Result<Vec<u8>>, offset: usize, length: usize) {
    match read {
        Ok(read) => {
            let start = offset.min(content.len());
            assert_eq!(read, content[start..offset.saturating_add(length).min(content.len())]);
        }
        Err(error) => assert!(["storage.backend", "storage.not_found"].contains(&error.code()), "{error}"),
    }
}

// Reads arbitrary bytes as an encrypted blob, and encrypted blobs with arbitrary changes.
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut bytes = bytes;
    let key = BlobKey { owner: CompanyId::from(Uuid::from_u128(1)), id: Uuid::from_u128(2) };

    let (below, keys) = (Arc::new(MemoryBlobStore::default()), Arc::new(MemoryKeyProvider::default()));
    let store = EncryptedBlobStore::new(below.clone(), keys);
    let content = vec![7; next(&mut bytes) % 200_000];
    ready(store.put(key, &content)).expect("a memory store accepts every blob");

    let mut stored = ready(below.read(key)).expect("the blob was stored");
    let (offset, length) = (next(&mut bytes) % 300_000, next(&mut bytes) % 300_000);
    let (place, change) = (next(&mut bytes), next(&mut bytes));
    let place = place % stored.len();
    match change % 5 {
        0 => stored.truncate(place),
        1 => stored[place] ^= (change >> 8) as u8,
        2 => stored.extend_from_slice(bytes),
        3 => drop(stored.drain(place / 2..place)),
        _ => stored = bytes.to_vec(),
    }

    ready(below.delete(key)).expect("a memory store deletes every blob");
    ready(below.put(key, &stored)).expect("a memory store accepts every blob");
    check(&content, ready(store.read_range(key, offset as u64, length as u64)), offset, length);
    check(&content, ready(store.read(key)), 0, usize::MAX);
    if let Ok(size) = ready(store.size(key)) {
        assert_eq!(size, content.len() as u64, "the size is wrong");
    }
});
