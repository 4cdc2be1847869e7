//! [`FrameSource`] of a video track.

use oz_core::Result;
use oz_core::media::port::FrameSource;
use oz_core::media::{Frame, MediaBytes, MediaInfo, MediaKind};

use super::playback::Playback;
use super::track::Track;
use crate::budget::Budget;

/// Video being decoded.
pub(super) struct Video {
    info: MediaInfo,
    /// `None` after the last frame or an error.
    playback: Option<Playback>,
}

impl Video {
    /// Opens the track and decodes its first sample, so that an unsupported codec is an error here.
    pub(super) fn open(track: Track, media: MediaBytes, budget: Budget) -> Result<Self> {
        track.check(&budget)?;
        let info = info(&track);
        let mut playback = Playback::new(track, media, budget)?;
        playback.prime()?;
        Ok(Self { info, playback: Some(playback) })
    }
}

impl FrameSource for Video {
    fn info(&self) -> &MediaInfo {
        &self.info
    }

    fn next_frame(&mut self) -> Result<Option<Frame>> {
        let Some(playback) = &mut self.playback else { return Ok(None) };
        let frame = playback.next_frame();
        if !matches!(frame, Ok(Some(_))) {
            self.playback = None;
        }
        frame
    }
}

fn info(track: &Track) -> MediaInfo {
    let (width, height) = track.orientation.upright_size(track.size.0, track.size.1);
    MediaInfo {
        media_type: track.media_type,
        kind: MediaKind::Video,
        codec: track.codec.name().to_owned(),
        width: Some(width).filter(|&width| width > 0),
        height: Some(height).filter(|&height| height > 0),
        duration: track.last_time(),
        frames: Some(track.samples.iter().filter(|sample| sample.shown).count() as u64),
        orientation: track.orientation,
        decoder: "video",
    }
}
