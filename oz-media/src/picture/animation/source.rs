//! [`FrameSource`] of an animation.

use std::time::Duration;

use oz_core::media::port::FrameSource;
use oz_core::media::{Frame, Image, MediaInfo, MediaKind, Orientation};
use oz_core::{Error, Result};

use super::AnimationDecoder;
use crate::budget::Budget;
use crate::flatten::rgba_over_white;
use crate::guard::guarded;
use crate::picture::PictureFormat;

/// Browsers display frames of less than 20 ms for 100 ms; frame times follow them.
const SHORTEST_MS: u64 = 20;
const NOMINAL_MS: u64 = 100;

/// Animation being decoded.
pub(super) struct Animation {
    info: MediaInfo,
    /// `None` after the last frame or an error.
    decoder: Option<Box<dyn AnimationDecoder>>,
    budget: Budget,
    index: u64,
    time: Duration,
}

impl Animation {
    pub(super) fn new(format: PictureFormat, decoder: Box<dyn AnimationDecoder>, budget: Budget) -> Self {
        let (width, height) = decoder.size();
        let info = MediaInfo {
            media_type: format.media_type(),
            kind: MediaKind::Video,
            codec: format.codec().to_owned(),
            width: Some(width),
            height: Some(height),
            duration: None,
            frames: Some(decoder.frames()),
            orientation: Orientation::Upright,
            decoder: "image",
        };
        Self { info, decoder: Some(decoder), budget, index: 0, time: Duration::ZERO }
    }

    fn advance(&mut self) -> Result<Option<Frame>> {
        let Some(decoder) = self.decoder.as_mut() else { return Ok(None) };
        let (width, height) = decoder.size();
        let next = self.budget.timed(|_| guarded("animation", || decoder.next()))?;
        let Some((rgba, shown_ms)) = next else {
            self.decoder = None;
            return if self.index == 0 { Err(Error::MediaNoFrames) } else { Ok(None) };
        };

        self.budget.ensure_frames(self.index + 1)?;
        self.budget.ensure_duration(self.time)?;
        let image = Image::from_rgb(width, height, rgba_over_white(&rgba))?;
        let frame = Frame { image, time: self.time, index: self.index };
        self.index += 1;
        self.time += Duration::from_millis(if shown_ms < SHORTEST_MS { NOMINAL_MS } else { shown_ms });
        Ok(Some(frame))
    }
}

impl FrameSource for Animation {
    fn info(&self) -> &MediaInfo {
        &self.info
    }

    fn next_frame(&mut self) -> Result<Option<Frame>> {
        self.advance().inspect_err(|_| self.decoder = None)
    }
}
