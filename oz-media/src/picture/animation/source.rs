//! A strip of frames as a source of the port.

use std::time::Duration;

use oz_core::media::port::FrameSource;
use oz_core::media::{Frame, Image, MediaInfo, MediaKind, MediaType, Orientation};
use oz_core::{Error, Result};

use super::Strip;
use crate::budget::Budget;
use crate::flatten::rgba_over_white;
use crate::guard::guarded;
use crate::picture::still;

/// Browsers show frames that ask for less than 20 ms for 100 ms; so are they timed here.
const SHORTEST_MS: u64 = 20;
const NOMINAL_MS: u64 = 100;

/// An animation being played.
pub(super) struct Animation {
    info: MediaInfo,
    /// `None` after the last frame or an error.
    strip: Option<Box<dyn Strip>>,
    budget: Budget,
    index: u64,
    time: Duration,
}

impl Animation {
    pub(super) fn new(media_type: MediaType, strip: Box<dyn Strip>, budget: Budget) -> Self {
        let (width, height) = strip.size();
        let info = MediaInfo {
            media_type,
            kind: MediaKind::Video,
            codec: still::codec(media_type).to_owned(),
            width: Some(width),
            height: Some(height),
            duration: None,
            frames: Some(strip.frames()),
            orientation: Orientation::Upright,
            decoder: "image",
        };
        Self { info, strip: Some(strip), budget, index: 0, time: Duration::ZERO }
    }

    fn advance(&mut self) -> Result<Option<Frame>> {
        let Some(strip) = self.strip.as_mut() else { return Ok(None) };
        let (width, height) = strip.size();
        let next = self.budget.timed(|_| guarded("animation", || strip.next()))?;
        let Some((rgba, shown_ms)) = next else {
            self.strip = None;
            return if self.index == 0 { Err(Error::MediaNoFrames) } else { Ok(None) };
        };
        self.budget.frames(self.index + 1)?;
        self.budget.duration(self.time)?;
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
        self.advance().inspect_err(|_| self.strip = None)
    }
}
