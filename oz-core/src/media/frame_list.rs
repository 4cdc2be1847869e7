//! Decoded frames in memory.

use super::port::FrameSource;
use super::{Frame, Image, MediaInfo, MediaKind, MediaType, Orientation};
use crate::Result;

/// [`FrameSource`] over decoded frames, e.g. from a camera, a test or a decoder outside of `oz`.
#[derive(Debug)]
pub struct FrameList {
    info: MediaInfo,
    frames: std::vec::IntoIter<Frame>,
}

impl FrameList {
    /// Source of a single still picture.
    #[must_use]
    pub fn still(image: Image) -> Self {
        let frame = Frame { image, time: std::time::Duration::ZERO, index: 0 };
        Self::new(MediaKind::Image, vec![frame])
    }

    /// Source of `frames`, which must be ordered by time.
    #[must_use]
    pub fn new(kind: MediaKind, frames: Vec<Frame>) -> Self {
        let size = frames.first().map(|frame| (frame.image.width(), frame.image.height()));
        let info = MediaInfo {
            media_type: MediaType::Decoded,
            kind,
            codec: "rgb".into(),
            width: size.map(|(width, _)| width),
            height: size.map(|(_, height)| height),
            duration: frames.last().map(|frame| frame.time),
            frames: Some(frames.len() as u64),
            orientation: Orientation::Upright,
            decoder: "memory",
        };
        Self { info, frames: frames.into_iter() }
    }
}

impl FrameSource for FrameList {
    fn info(&self) -> &MediaInfo {
        &self.info
    }

    fn next_frame(&mut self) -> Result<Option<Frame>> {
        Ok(self.frames.next())
    }
}
