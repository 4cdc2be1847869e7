//! Frames that are in memory already.

use super::port::FrameSource;
use super::{Frame, Image, MediaInfo, MediaKind, MediaType, Orientation};
use crate::Result;

/// Decoded frames as a source: from a camera, a test, or a caller that decodes by itself.
#[derive(Debug)]
pub struct FrameList {
    info: MediaInfo,
    frames: std::vec::IntoIter<Frame>,
}

impl FrameList {
    /// One still picture.
    #[must_use]
    pub fn still(image: Image) -> Self {
        let frame = Frame { image, time: std::time::Duration::ZERO, index: 0 };
        Self::new(MediaKind::Image, vec![frame])
    }

    /// Frames in order of time; `kind` says how they belong together.
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
