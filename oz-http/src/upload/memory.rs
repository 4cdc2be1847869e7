//! Sink that keeps media in memory for the duration of the request.

use async_trait::async_trait;
use oz_core::Error;
use oz_core::media::MediaBytes;

use super::intake::Sink;

/// Keeps media in memory.
#[derive(Debug, Default)]
pub(crate) struct MemorySink;

#[async_trait]
impl Sink for MemorySink {
    type Open = Vec<u8>;
    type Kept = MediaBytes;

    async fn open(&mut self) -> Result<Vec<u8>, Error> {
        Ok(Vec::new())
    }

    async fn write(&mut self, open: &mut Vec<u8>, bytes: &[u8]) -> Result<(), Error> {
        open.extend_from_slice(bytes);
        Ok(())
    }

    async fn close(&mut self, open: Vec<u8>) -> Result<MediaBytes, Error> {
        Ok(open.into())
    }
}
