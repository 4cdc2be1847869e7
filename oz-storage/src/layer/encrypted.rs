//! Encryption of blobs at rest.

use std::sync::Arc;

use async_trait::async_trait;
use oz_core::Result;
use oz_core::storage::BlobKey;
use oz_core::storage::port::{BlobStore, BlobWriter, KeyProvider};
use oz_core::system::CompanyId;

use super::damage::Damage;
use super::envelope::{CHUNK, Envelope, HEADER, Header, SEALED, measure, offset_of};

/// Encrypts every blob with its own random key, and that key with the data key of the blob's owner.
///
/// Reading a range decrypts the 64 KiB chunks it overlaps. A modified, truncated or exchanged blob is refused
/// with `storage.backend`; after the owner's key was destroyed, the owner's blobs are `storage.not_found`.
/// IDs and sizes are not hidden. Blobs stored without encryption are refused.
#[derive(Debug)]
pub struct EncryptedBlobStore {
    inner: Arc<dyn BlobStore>,
    keys: Arc<dyn KeyProvider>,
}

impl EncryptedBlobStore {
    /// Encrypts the blobs of `inner` with keys from `keys`.
    #[must_use]
    pub fn new(inner: Arc<dyn BlobStore>, keys: Arc<dyn KeyProvider>) -> Self {
        Self { inner, keys }
    }

    /// Decrypts up to `count` chunks from chunk `first` on. Reads one byte more than that, which shows
    /// whether the blob continues after the last chunk.
    async fn chunks(&self, key: BlobKey, first: u64, count: u64) -> Result<Vec<u8>> {
        let Some(offset) = offset_of(first) else { return Ok(Vec::new()) };
        let length = count.saturating_mul(SEALED as u64).saturating_add(1);
        let (header, mut body) = if first == 0 {
            let mut stored = self.inner.read_range(key, 0, length.saturating_add(HEADER as u64)).await?;
            let body = stored.split_off(HEADER.min(stored.len()));
            (stored, body)
        } else {
            let header = self.inner.read_range(key, 0, HEADER as u64).await?;
            (header, self.inner.read_range(key, offset, length).await?)
        };

        let envelope = self.envelope(key, &header).await?;
        envelope.open(first, count, &mut body).map_err(reading(key))
    }

    async fn envelope(&self, key: BlobKey, header: &[u8]) -> Result<Envelope> {
        let header = Header::parse(header).map_err(reading(key))?;
        let data_key = self.keys.key(key.owner, header.version).await?;
        header.open(&data_key, key).map_err(reading(key))
    }

    /// Returns no content if the blob ends at or before `offset`, and an error otherwise.
    async fn read_past_end(&self, key: BlobKey, offset: u64) -> Result<Vec<u8>> {
        if offset < self.size(key).await? { Err(reading(key)(Damage::Truncated)) } else { Ok(Vec::new()) }
    }
}

fn reading(key: BlobKey) -> impl Fn(Damage) -> oz_core::Error {
    move |damage| damage.during(format!("decrypting {key:?}"))
}

#[async_trait]
impl BlobStore for EncryptedBlobStore {
    async fn create(&self, key: BlobKey) -> Result<Box<dyn BlobWriter>> {
        let data_key = self.keys.current(key.owner).await?;
        let inner = self.inner.create(key).await?;
        let (envelope, header) = Envelope::create(&data_key, key);

        Ok(Box::new(Writer {
            key,
            inner,
            envelope,
            start: header.len(),
            buffer: header,
            number: 0,
            intact: true,
        }))
    }

    async fn read(&self, key: BlobKey) -> Result<Vec<u8>> {
        let mut stored = self.inner.read(key).await?;
        let mut body = stored.split_off(HEADER.min(stored.len()));
        let envelope = self.envelope(key, &stored).await?;
        measure((HEADER + body.len()) as u64).map_err(reading(key))?;
        envelope.open(0, u64::MAX, &mut body).map_err(reading(key))
    }

    async fn read_range(&self, key: BlobKey, offset: u64, length: u64) -> Result<Vec<u8>> {
        if length == 0 {
            return self.inner.size(key).await.map(|_| Vec::new());
        }

        let first = offset / CHUNK as u64;
        let last = offset.saturating_add(length - 1) / CHUNK as u64;
        let mut content = self.chunks(key, first, last - first + 1).await?;
        if content.is_empty() {
            return self.read_past_end(key, offset).await;
        }

        let start =
            usize::try_from(offset % CHUNK as u64).expect("a chunk offset fits `usize`").min(content.len());
        content.drain(..start);
        content.truncate(usize::try_from(length).unwrap_or(usize::MAX));
        Ok(content)
    }

    /// Size of the content in bytes. Decrypts the last chunk to detect truncation.
    async fn size(&self, key: BlobKey) -> Result<u64> {
        let (chunks, content) = measure(self.inner.size(key).await?).map_err(reading(key))?;
        let last = self.chunks(key, chunks - 1, 1).await?;
        let is_whole = last.len() as u64 == content - (chunks - 1) * CHUNK as u64;
        if is_whole { Ok(content) } else { Err(reading(key)(Damage::Truncated)) }
    }

    async fn delete(&self, key: BlobKey) -> Result<()> {
        self.inner.delete(key).await
    }

    async fn list(&self, owner: CompanyId, after: Option<BlobKey>, limit: usize) -> Result<Vec<BlobKey>> {
        self.inner.list(owner, after, limit).await
    }
}

struct Writer {
    key: BlobKey,
    inner: Box<dyn BlobWriter>,
    envelope: Envelope,
    /// Chunk being filled, from `start` on; before the first flush it is preceded by the header.
    buffer: Vec<u8>,
    start: usize,
    /// Number of the chunk being filled.
    number: u64,
    /// Whether every chunk so far was written completely.
    intact: bool,
}

impl Writer {
    /// Encrypts and writes the buffered chunk.
    async fn flush(&mut self, is_last: bool) -> Result<()> {
        if !self.intact {
            let operation = format!("encrypting {:?}", self.key);
            return Err(oz_core::Error::backend(operation, false, "an earlier part was not written"));
        }

        self.intact = false;
        self.envelope.seal(self.number, is_last, &mut self.buffer, self.start);
        self.inner.write(&self.buffer).await?;
        self.buffer.clear();
        self.start = 0;
        self.number += 1;
        self.intact = true;
        Ok(())
    }
}

#[async_trait]
impl BlobWriter for Writer {
    async fn write(&mut self, part: &[u8]) -> Result<()> {
        let mut part = part;
        while !part.is_empty() {
            if self.buffer.len() == self.start + CHUNK {
                self.flush(false).await?;
            }
            let room = self.start + CHUNK - self.buffer.len();
            let (now, later) = part.split_at(room.min(part.len()));
            self.buffer.extend_from_slice(now);
            part = later;
        }
        Ok(())
    }

    async fn finish(mut self: Box<Self>) -> Result<()> {
        self.flush(true).await?;
        self.inner.finish().await
    }
}
