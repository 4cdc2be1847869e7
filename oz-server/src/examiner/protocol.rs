//! Protocol between the service and a worker process, over a pair of pipes.
//!
//! All messages are frames: the length in four bytes, little-endian, then that many bytes. The service first
//! sends the settings, and the worker replies with [`Ready`]. Each request then consists of two frames,
//! [`Ask`] and the media, and each response of four, [`Answer`] and three images: best shot, thumbnail,
//! animation (empty if absent). Structures are JSON. A frame longer than its limit ends the connection.

use std::io::{self, Read, Write};
use std::time::Duration;

use oz_core::analysis::{EncodedPicture, Examination, ExaminationRequest};
use oz_core::{Error, LimitKind};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// Maximum size of a structure in bytes.
pub(super) const MAX_STRUCTURE: usize = 16 << 20;
/// Maximum size of an image in bytes.
pub(super) const MAX_PICTURE: usize = 256 << 20;
/// Number of images in a response.
pub(super) const PICTURES: usize = 3;

/// Result of loading the models, sent once at the start.
pub(super) type Ready = Result<(), Fault>;

/// Request, followed by the media.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Ask {
    pub(super) request: ExaminationRequest,
    pub(super) deadline: Duration,
}

/// Response, followed by its images.
pub(super) type Answer = Result<Examination, Fault>;

/// Takes the images out of an examination, so that they are sent as bytes instead of JSON.
pub(super) fn take_pictures(examination: &mut Examination) -> [Vec<u8>; PICTURES] {
    let taken = |picture: Option<&mut EncodedPicture>| {
        picture.map(|it| std::mem::take(&mut it.0)).unwrap_or_default()
    };
    [
        taken(examination.subject.as_mut().map(|subject| &mut subject.best_shot)),
        taken(examination.thumbnail.as_mut()),
        taken(examination.animation.as_mut()),
    ]
}

/// Inserts the images taken by [`take_pictures`].
pub(super) fn put_pictures(examination: &mut Examination, pictures: [Vec<u8>; PICTURES]) {
    let [best, thumbnail, animation] = pictures;
    if let Some(subject) = &mut examination.subject {
        subject.best_shot = EncodedPicture(best);
    }
    let put = |slot: &mut Option<EncodedPicture>, bytes| {
        if let Some(picture) = slot {
            picture.0 = bytes;
        }
    };
    put(&mut examination.thumbnail, thumbnail);
    put(&mut examination.animation, animation);
}

/// Serialisable form of an error that preserves its code and text. `code` is the code of the error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", content = "detail")]
pub(super) enum Fault {
    #[serde(rename = "media.empty")]
    Empty,
    #[serde(rename = "media.unsupported_type")]
    UnsupportedType(String),
    #[serde(rename = "media.unsupported_codec")]
    UnsupportedCodec(String),
    #[serde(rename = "media.truncated")]
    Truncated(String),
    #[serde(rename = "media.corrupt")]
    Corrupt(String),
    #[serde(rename = "media.limit_exceeded")]
    LimitExceeded { limit: LimitKind, actual: u64, allowed: u64 },
    #[serde(rename = "media.no_frames")]
    NoFrames,
    #[serde(rename = "analysis.degenerate_landmarks")]
    DegenerateLandmarks,
    #[serde(rename = "inference.failed")]
    Inference(String),
    /// Any other error, with its code: a fault of the worker, such as a model that cannot be loaded.
    #[serde(rename = "storage.backend")]
    Other { code: String, message: String },
}

impl From<&Error> for Fault {
    fn from(error: &Error) -> Self {
        match error {
            Error::MediaEmpty => Self::Empty,
            Error::MediaUnsupportedType { detected } => Self::UnsupportedType(detected.clone()),
            Error::MediaUnsupportedCodec { codec } => Self::UnsupportedCodec(codec.clone()),
            Error::MediaTruncated { detail } => Self::Truncated(detail.clone()),
            Error::MediaCorrupt { detail } => Self::Corrupt(detail.clone()),
            Error::MediaLimitExceeded { limit, actual, allowed } => {
                Self::LimitExceeded { limit: *limit, actual: *actual, allowed: *allowed }
            }
            Error::MediaNoFrames => Self::NoFrames,
            Error::DegenerateLandmarks => Self::DegenerateLandmarks,
            Error::InferenceFailed { detail, .. } => Self::Inference(detail.clone()),
            other => Self::Other { code: other.code().into(), message: other.to_string() },
        }
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Empty => Self::MediaEmpty,
            Fault::UnsupportedType(detected) => Self::MediaUnsupportedType { detected },
            Fault::UnsupportedCodec(codec) => Self::MediaUnsupportedCodec { codec },
            Fault::Truncated(detail) => Self::MediaTruncated { detail },
            Fault::Corrupt(detail) => Self::MediaCorrupt { detail },
            Fault::LimitExceeded { limit, actual, allowed } => {
                Self::MediaLimitExceeded { limit, actual, allowed }
            }
            Fault::NoFrames => Self::MediaNoFrames,
            Fault::DegenerateLandmarks => Self::DegenerateLandmarks,
            Fault::Inference(detail) => Self::InferenceFailed { detail, source: None },
            Fault::Other { code, message } => {
                Self::backend("examining media", false, format!("{message} ({code})"))
            }
        }
    }
}

/// Writes a frame.
pub(super) fn write(out: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    out.write_all(&length(bytes)?)?;
    out.write_all(bytes)
}

/// Writes a structure.
pub(super) fn write_json(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    write(out, &serde_json::to_vec(value)?)
}

/// Reads a frame; `None` at the end of the input.
pub(super) fn read(input: &mut impl Read, longest: usize) -> io::Result<Option<Vec<u8>>> {
    let mut head = [0; 4];
    match input.read(&mut head[..1])? {
        0 => return Ok(None),
        _ => input.read_exact(&mut head[1..])?,
    }
    let mut bytes = vec![0; checked_length(head, longest)?];
    input.read_exact(&mut bytes)?;
    Ok(Some(bytes))
}

/// Writes a frame.
pub(super) async fn send(out: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) -> io::Result<()> {
    out.write_all(&length(bytes)?).await?;
    out.write_all(bytes).await
}

/// Writes a structure.
pub(super) async fn send_json(out: &mut (impl AsyncWrite + Unpin), value: &impl Serialize) -> io::Result<()> {
    send(out, &serde_json::to_vec(value)?).await
}

/// Reads a frame.
pub(super) async fn receive(input: &mut (impl AsyncRead + Unpin), longest: usize) -> io::Result<Vec<u8>> {
    let mut head = [0; 4];
    input.read_exact(&mut head).await?;
    let mut bytes = vec![0; checked_length(head, longest)?];
    input.read_exact(&mut bytes).await?;
    Ok(bytes)
}

/// Reads a structure.
pub(super) async fn receive_json<T: DeserializeOwned>(input: &mut (impl AsyncRead + Unpin)) -> io::Result<T> {
    Ok(serde_json::from_slice(&receive(input, MAX_STRUCTURE).await?)?)
}

fn length(bytes: &[u8]) -> io::Result<[u8; 4]> {
    let length = u32::try_from(bytes.len()).map_err(|_| io::Error::other("frame too long"))?;
    Ok(length.to_le_bytes())
}

fn checked_length(head: [u8; 4], longest: usize) -> io::Result<usize> {
    let length = u32::from_le_bytes(head) as usize;
    if length > longest { Err(io::Error::other("frame longer than its limit")) } else { Ok(length) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_read_back_until_the_end_of_input() {
        let mut pipe = Vec::new();
        write(&mut pipe, b"one").unwrap();
        write_json(&mut pipe, &Ready::Err(Fault::Empty)).unwrap();
        let mut input = pipe.as_slice();
        assert_eq!(read(&mut input, 3).unwrap().unwrap(), b"one");
        let ready: Ready = serde_json::from_slice(&read(&mut input, 99).unwrap().unwrap()).unwrap();
        assert_eq!(ready, Err(Fault::Empty));
        assert_eq!(read(&mut input, 99).unwrap(), None);
    }

    #[test]
    fn oversized_and_truncated_frames_are_refused() {
        assert!(read(&mut [0xff; 4].as_slice(), 1_000).is_err());
        assert!(read(&mut [3, 0, 0, 0, b'x'].as_slice(), 1_000).is_err());
        assert!(read(&mut [3, 0].as_slice(), 1_000).is_err());
    }

    #[test]
    fn errors_keep_code_and_text() {
        let errors = [
            Error::MediaEmpty,
            Error::MediaUnsupportedType { detected: "text".into() },
            Error::MediaUnsupportedCodec { codec: "av99".into() },
            Error::truncated("the end"),
            Error::corrupt("all"),
            Error::MediaLimitExceeded { limit: LimitKind::Pixels, actual: 9, allowed: 3 },
            Error::MediaNoFrames,
            Error::DegenerateLandmarks,
            Error::InferenceFailed { detail: "running".into(), source: None },
        ];
        for error in errors {
            let text = serde_json::to_string(&Fault::from(&error)).unwrap();
            let sent: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert_eq!(sent["code"], error.code());
            let back = Error::from(serde_json::from_str::<Fault>(&text).unwrap());
            assert_eq!((back.code(), back.to_string()), (error.code(), error.to_string()));
        }
        let other = Error::from(Fault::from(&Error::ModelUnknown { id: "x".into(), known: "y".into() }));
        assert!(other.code() == "storage.backend" && !other.is_retryable());
        let cause = std::error::Error::source(&other).unwrap().to_string();
        assert!(cause.ends_with("(model.unknown)"), "{cause}");
    }
}
