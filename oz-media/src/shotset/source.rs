//! [`FrameSource`] of a shot set.

use oz_core::media::port::FrameSource;
use oz_core::media::{Frame, MediaInfo, MediaKind, MediaType, Orientation};
use oz_core::{Error, Result};

use super::ShotSetDecoder;
use super::archive::Archive;
use crate::budget::Budget;
use crate::guard::guarded;
use crate::picture::decode_still;

/// Shot set being decoded.
pub(super) struct ShotSet {
    info: MediaInfo,
    /// `None` after the last picture or an error.
    archive: Option<Archive>,
    budget: Budget,
    index: u32,
}

impl ShotSet {
    pub(super) fn new(archive: Archive, budget: Budget) -> Self {
        let info = MediaInfo {
            media_type: MediaType::Zip,
            kind: MediaKind::ShotSet,
            codec: "zip".to_owned(),
            width: None,
            height: None,
            duration: None,
            frames: None,
            orientation: Orientation::Upright,
            decoder: "shot_set",
        };
        Self { info, archive: Some(archive), budget, index: 0 }
    }

    fn advance(&mut self) -> Result<Option<Frame>> {
        let Some(archive) = &mut self.archive else { return Ok(None) };
        let image = self.budget.timed(|budget| {
            let Some((format, bytes)) = guarded("zip", || archive.next())? else { return Ok(None) };
            decode_still(format, &bytes, budget).map(Some)
        })?;

        let Some(image) = image else {
            self.archive = None;
            return if self.index == 0 { Err(Error::MediaNoFrames) } else { Ok(None) };
        };

        let frame = Frame { image, time: ShotSetDecoder::SPACING * self.index, index: u64::from(self.index) };
        self.budget.ensure_frames(frame.index + 1)?;
        self.index += 1;
        Ok(Some(frame))
    }
}

impl FrameSource for ShotSet {
    fn info(&self) -> &MediaInfo {
        &self.info
    }

    fn next_frame(&mut self) -> Result<Option<Frame>> {
        self.advance().inspect_err(|_| self.archive = None)
    }
}
