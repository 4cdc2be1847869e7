//! Blobs, encrypted at rest.

use std::sync::Arc;

use async_trait::async_trait;
use oz_core::Result;
use oz_core::storage::BlobKey;
use oz_core::storage::port::{BlobStore, BlobWriter, KeyProvider};
use oz_core::system::CompanyId;

use super::damage::Damage;
use super::envelope::{CHUNK, Envelope, HEADER, Header, SEALED, measure, place};

/// Encrypts every blob with a key of its own, and that key with the one of the blob's owner.
///
/// A range costs the chunks of 64 KiB that it touches. Whoever changes, cuts or exchanges what is stored gets
/// `storage.backend` out of it; when the owner's key was destroyed, the owner's blobs are `storage.not_found`. Names and
/// sizes are not hidden. What was stored without encryption is not read.
#[derive(Debug)]
pub struct EncryptedBlobStore {
    inner: Arc<dyn BlobStore>,
    keys: Arc<dyn KeyProvider>,
}

impl EncryptedBlobStore {
    /// Encrypts what goes to `inner` with keys from `keys`.
    #[must_use]
    pub fn new(inner: Arc<dyn BlobStore>, keys: Arc<dyn KeyProvider>) -> Self {
        Self { inner, keys }
    }

    /// The content of up to `count` chunks from `first` on. Whether the last of them is the blob's last is seen from one
    /// byte more.
    async fn chunks(&self, key: BlobKey, first: u64, count: u64) -> Result<Vec<u8>> {
        let Some(place) = place(first) else { return Ok(Vec::new()) };
        let length = count.saturating_mul(SEALED as u64).saturating_add(1);
        let (header, mut body) = if first == 0 {
            let mut stored = self.inner.read_range(key, 0, length.saturating_add(HEADER as u64)).await?;
            let body = stored.split_off(HEADER.min(stored.len()));
            (stored, body)
        } else {
            let header = self.inner.read_range(key, 0, HEADER as u64).await?;
            (header, self.inner.read_range(key, place, length).await?)
        };
        let envelope = self.envelope(key, &header).await?;
        envelope.open(first, count, &mut body).map_err(reading(key))
    }

    async fn envelope(&self, key: BlobKey, header: &[u8]) -> Result<Envelope> {
        let header = Header::parse(header).map_err(reading(key))?;
        let owners = self.keys.key(key.owner, header.version).await?;
        header.open(&owners, key).map_err(reading(key))
    }

    /// Nothing, if the blob ends before `offset`.
    async fn beyond_the_end(&self, key: BlobKey, offset: u64) -> Result<Vec<u8>> {
        if offset < self.size(key).await? { Err(reading(key)(Damage::Truncated)) } else { Ok(Vec::new()) }
    }
}

fn reading(key: BlobKey) -> impl Fn(Damage) -> oz_core::Error {
    move |damage| damage.during(format!("decrypting {key:?}"))
}

#[async_trait]
impl BlobStore for EncryptedBlobStore {
    async fn create(&self, key: BlobKey) -> Result<Box<dyn BlobWriter>> {
        let owners = self.keys.current(key.owner).await?;
        let inner = self.inner.create(key).await?;
        let (envelope, header) = Envelope::create(&owners, key);
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
            return self.beyond_the_end(key, offset).await;
        }
        let start = usize::try_from(offset % CHUNK as u64).expect("a chunk fits").min(content.len());
        content.drain(..start);
        content.truncate(usize::try_from(length).unwrap_or(usize::MAX));
        Ok(content)
    }

    /// The size of the content. The last chunk is read for it: a blob that was cut has none.
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
    /// The header at first, then the chunk that is being filled from `start` on.
    buffer: Vec<u8>,
    start: usize,
    /// Of the chunk that is being filled.
    number: u64,
    /// Whether every chunk so far was written to its end.
    intact: bool,
}

impl Writer {
    /// Writes the chunk in the buffer.
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
