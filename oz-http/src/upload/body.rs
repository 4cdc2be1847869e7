//! Request body with limits on size and idle time.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::http::StatusCode;
use bytes::Bytes;
use futures_util::{Stream, StreamExt};

use crate::{ApiError, ErrorNumber};

/// Bytes of a refused body that are read and discarded, so that the client can read the error response.
const DRAINED: u64 = 32 * 1024 * 1024;

/// Longest time spent on discarding.
const DRAIN_TIME: Duration = Duration::from_secs(5);

/// Reason why reading the body stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BodyFault {
    /// Body larger than this many bytes.
    TooLarge(u64),
    /// Part headers longer than the limit.
    HeadingTooLong,
    /// Connection lost.
    Broken,
    /// No bytes within the idle timeout.
    Stalled,
}

impl fmt::Display for BodyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge(limit) => write!(f, "the request is larger than {limit} bytes"),
            Self::HeadingTooLong => f.write_str("the headers of a part are too long"),
            Self::Broken => f.write_str("the connection was lost while reading the request"),
            Self::Stalled => f.write_str("no data was received within the idle timeout"),
        }
    }
}

impl std::error::Error for BodyFault {}

impl From<BodyFault> for ApiError {
    fn from(fault: BodyFault) -> Self {
        match fault {
            BodyFault::TooLarge(_) => Self::too_large(fault.to_string()),
            BodyFault::Stalled => {
                Self::new(StatusCode::REQUEST_TIMEOUT, ErrorNumber::InvalidStructure, fault.to_string())
            }
            BodyFault::HeadingTooLong | BodyFault::Broken => Self::invalid_structure(fault.to_string()),
        }
    }
}

struct Meter {
    stream: BodyDataStream,
    taken: u64,
    limit: u64,
    /// Bytes left for the headers of the next part; `None` while reading content.
    heading: Option<u64>,
    /// Set after each chunk, to return `Pending` once. Readers such as `multer` buffer as long as chunks are
    /// ready.
    paused: bool,
}

/// Body as a stream of chunks. Clones share the stream.
#[derive(Clone)]
pub(super) struct MeteredBody(Arc<Mutex<Meter>>);

impl MeteredBody {
    pub(super) fn new(body: Body, limit: u64) -> Self {
        let stream = body.into_data_stream();
        Self(Arc::new(Mutex::new(Meter { stream, taken: 0, limit, heading: None, paused: false })))
    }

    /// Limits the bytes read until [`MeteredBody::in_content`] is called.
    pub(super) fn in_heading(&self, bytes: u64) {
        self.lock().heading = Some(bytes);
    }

    /// Ends the limit on headers. The reader limits the content of the part.
    pub(super) fn in_content(&self) {
        self.lock().heading = None;
    }

    /// Reads and discards the rest of the body within limits. Clients that read the response only after
    /// sending their body then receive it.
    pub(super) async fn drain(mut self) {
        self.in_content();
        self.lock().limit = u64::MAX;

        let start = self.lock().taken;
        let reading = async {
            while let Some(Ok(_)) = self.next().await {
                if self.lock().taken - start > DRAINED {
                    break;
                }
            }
        };
        // A slower client does not get to read the response.
        let _ = tokio::time::timeout(DRAIN_TIME, reading).await;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Meter> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stream for MeteredBody {
    type Item = Result<Bytes, BodyFault>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut meter = self.lock();
        if std::mem::take(&mut meter.paused) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if meter.heading == Some(0) {
            return Poll::Ready(Some(Err(BodyFault::HeadingTooLong)));
        }
        let next = std::task::ready!(meter.stream.poll_next_unpin(cx));
        Poll::Ready(next.map(|chunk| meter.count(chunk)))
    }
}

impl Meter {
    fn count(&mut self, chunk: Result<Bytes, axum::Error>) -> Result<Bytes, BodyFault> {
        let chunk = chunk.map_err(|_| BodyFault::Broken)?;
        let length = chunk.len() as u64;
        self.paused = true;
        self.taken += length;
        self.heading = self.heading.map(|room| room.saturating_sub(length));
        if self.taken > self.limit {
            return Err(BodyFault::TooLarge(self.limit));
        }
        Ok(chunk)
    }
}
