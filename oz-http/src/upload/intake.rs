//! Collects the parts of a request, independently of its encoding.

use std::time::Duration;

use async_trait::async_trait;
use oz_core::digest::Digest;
use oz_core::media::port::MediaDecoder;
use oz_core::media::{MediaKind, MediaType};
use oz_core::{Error, LimitKind};
use sha2::{Digest as _, Sha256};

use super::{Payload, parse_payload};
use crate::ApiError;
use crate::config::UploadConfig;
use crate::field::FieldError;

/// Bytes after which every format can be detected.
const HEAD: usize = 4096;

/// Longest media key in bytes.
const MAX_KEY: usize = 256;

/// Longest stored file name in characters; longer names are truncated.
const MAX_NAME: usize = 255;

/// Limits of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct UploadLimits {
    /// Largest number of media.
    pub(crate) files: usize,
    /// Largest size of one media, in bytes.
    pub(crate) file_bytes: u64,
    /// Largest payload, in bytes.
    pub(crate) payload_bytes: usize,
    /// Largest body, in bytes.
    pub(crate) body_bytes: u64,
    /// Idle timeout: longest time between two chunks of the body.
    pub(crate) idle: Duration,
}

/// Idle timeout.
const IDLE: Duration = Duration::from_secs(30);

/// Allowance for headers and boundaries, in addition to the contents, in bytes.
const HEADINGS: u64 = 1 << 20;

impl From<&UploadConfig> for UploadLimits {
    fn from(config: &UploadConfig) -> Self {
        let payload_bytes = config.max_json_bytes;
        let files = (config.max_files as u64).saturating_mul(config.max_file_bytes);
        Self {
            files: config.max_files,
            file_bytes: config.max_file_bytes,
            payload_bytes,
            body_bytes: files.saturating_add(payload_bytes as u64).saturating_add(HEADINGS),
            idle: IDLE,
        }
    }
}

/// Destination of media.
#[async_trait]
pub(crate) trait Sink: Send {
    /// Media being written.
    type Open: Send;
    /// Reference to the complete media.
    type Kept: Send;

    async fn open(&mut self) -> Result<Self::Open, Error>;
    async fn write(&mut self, open: &mut Self::Open, bytes: &[u8]) -> Result<(), Error>;
    async fn close(&mut self, open: Self::Open) -> Result<Self::Kept, Error>;
}

/// Received media.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Received<K> {
    /// Media key: the client's name for it within the request.
    pub(crate) key: String,
    /// File name sent by the client, sanitized.
    pub(crate) name: String,
    /// Format, detected from the content.
    pub(crate) media_type: MediaType,
    /// Kind of media: image, video or shot set. Derived from the format.
    pub(crate) kind: MediaKind,
    /// Size in bytes.
    pub(crate) size: u64,
    /// SHA-256 of the content.
    pub(crate) digest: Digest,
    /// Reference to the content in the sink.
    pub(crate) kept: K,
}

/// Received upload.
#[derive(Debug)]
pub(crate) struct Upload<K> {
    /// Payload of the client.
    pub(crate) payload: Payload,
    /// Media, in the order of arrival.
    pub(crate) media: Vec<Received<K>>,
}

/// Collects the parts of one request.
pub(super) struct Intake<'a, S: Sink> {
    sink: S,
    decoder: &'a dyn MediaDecoder,
    limits: &'a UploadLimits,
    current: Option<Current<S::Open>>,
    payload: Option<Vec<u8>>,
    received: Vec<Received<S::Kept>>,
}

/// Part being received.
enum Current<O> {
    /// Payload.
    Text(Vec<u8>),
    /// Media.
    Media(Box<Incoming<O>>),
}

struct Incoming<O> {
    key: String,
    name: String,
    head: Vec<u8>,
    opened: Option<(MediaType, O)>,
    size: u64,
    digest: Sha256,
}

impl<'a, S: Sink> Intake<'a, S> {
    pub(super) fn new(sink: S, decoder: &'a dyn MediaDecoder, limits: &'a UploadLimits) -> Self {
        Self { sink, decoder, limits, current: None, payload: None, received: Vec::new() }
    }

    /// Starts the payload.
    pub(super) fn begin_payload(&mut self) -> Result<(), ApiError> {
        if self.payload.is_some() {
            return Err(FieldError::value("payload", "duplicate part").into());
        }
        self.current = Some(Current::Text(Vec::new()));
        Ok(())
    }

    /// Starts media under `key`; `name` is the client's file name.
    pub(super) fn begin_media(&mut self, key: &str, name: &str) -> Result<(), ApiError> {
        if key.is_empty() || key.len() > MAX_KEY {
            return Err(
                FieldError::value("name", format!("a media key must have 1 to {MAX_KEY} bytes")).into()
            );
        }
        if self.received.iter().any(|media| media.key == key) {
            return Err(FieldError::value(key, "duplicate media key").into());
        }
        if self.received.len() >= self.limits.files {
            let detail = format!("must not exceed {} files per request", self.limits.files);
            return Err(FieldError::value(key, detail).into());
        }

        self.current = Some(Current::Media(Box::new(Incoming {
            key: key.to_owned(),
            name: sanitized(name, key),
            head: Vec::new(),
            opened: None,
            size: 0,
            digest: Sha256::new(),
        })));
        Ok(())
    }

    /// Appends bytes to the current part.
    pub(super) async fn push(&mut self, bytes: &[u8]) -> Result<(), ApiError> {
        match self.current.as_mut() {
            Some(Current::Text(text)) if text.len() + bytes.len() > self.limits.payload_bytes => {
                Err(payload_too_large(self.limits))
            }
            Some(Current::Text(text)) => {
                text.extend_from_slice(bytes);
                Ok(())
            }
            Some(Current::Media(incoming)) => {
                incoming.size += bytes.len() as u64;
                if incoming.size > self.limits.file_bytes {
                    return Err(file_too_large(incoming.size, self.limits));
                }
                incoming.digest.update(bytes);
                incoming.take(bytes, &mut self.sink, self.decoder).await
            }
            None => Ok(()),
        }
    }

    /// Completes the current part.
    pub(super) async fn end(&mut self) -> Result<(), ApiError> {
        match self.current.take() {
            Some(Current::Text(text)) => self.payload = Some(text),
            Some(Current::Media(incoming)) => {
                let received = incoming.finish(&mut self.sink, self.decoder).await?;
                self.received.push(received);
            }
            None => {}
        }
        Ok(())
    }

    pub(super) fn has_payload(&self) -> bool {
        self.payload.is_some()
    }

    pub(super) fn has_media(&self) -> bool {
        !self.received.is_empty()
    }

    /// Parses the payload and returns the upload.
    pub(super) fn finish(self) -> Result<Upload<S::Kept>, ApiError> {
        let payload = parse_payload(self.payload.as_deref().unwrap_or_default())?;
        Ok(Upload { payload, media: self.received })
    }
}

impl<O: Send> Incoming<O> {
    /// Buffers the head until the format can be detected, then passes bytes on to the sink.
    async fn take<S: Sink<Open = O>>(
        &mut self,
        bytes: &[u8],
        sink: &mut S,
        decoder: &dyn MediaDecoder,
    ) -> Result<(), ApiError> {
        if let Some((_, open)) = &mut self.opened {
            return Ok(sink.write(open, bytes).await?);
        }
        self.head.extend_from_slice(bytes);
        if self.head.len() >= HEAD { self.open(sink, decoder).await } else { Ok(()) }
    }

    async fn open<S: Sink<Open = O>>(
        &mut self,
        sink: &mut S,
        decoder: &dyn MediaDecoder,
    ) -> Result<(), ApiError> {
        let media_type = decoder.sniff(&self.head).ok_or_else(|| self.refusal())?;
        let mut open = sink.open().await?;
        sink.write(&mut open, &std::mem::take(&mut self.head)).await?;
        self.opened = Some((media_type, open));
        Ok(())
    }

    async fn finish<S: Sink<Open = O>>(
        mut self,
        sink: &mut S,
        decoder: &dyn MediaDecoder,
    ) -> Result<Received<S::Kept>, ApiError> {
        if self.opened.is_none() {
            self.open(sink, decoder).await?;
        }

        let (media_type, open) = self.opened.expect("the sink was opened above");
        let kept = sink.close(open).await?;
        let digest = Digest::from_bytes(self.digest.finalize().into());
        // Animations count as images here; the examiner determines their kind when it decodes them.
        let kind = media_type.kind();
        Ok(Received { key: self.key, name: self.name, media_type, kind, size: self.size, digest, kept })
    }

    fn refusal(&self) -> ApiError {
        let error = if self.head.is_empty() {
            Error::MediaEmpty
        } else {
            Error::MediaUnsupportedType { detected: "an unknown format".into() }
        };
        let detail = error.to_string();
        ApiError::from(FieldError::value(&self.key, detail)).with_code(error.code())
    }
}

fn file_too_large(actual: u64, limits: &UploadLimits) -> ApiError {
    let allowed = limits.file_bytes;
    let error = Error::MediaLimitExceeded { limit: LimitKind::Bytes, actual, allowed };
    ApiError::too_large(format!("a file exceeds {allowed} bytes")).with_code(error.code())
}

fn payload_too_large(limits: &UploadLimits) -> ApiError {
    ApiError::too_large(format!("the payload exceeds {} bytes", limits.payload_bytes))
}

/// Last component of the client's file name, without control characters; the media key if nothing remains.
fn sanitized(name: &str, key: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = name.chars().filter(|c| !c.is_control()).take(MAX_NAME).collect();
    if name.is_empty() { key.to_owned() } else { name }
}
