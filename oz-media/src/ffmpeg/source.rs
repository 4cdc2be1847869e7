//! The program's pictures as a source of the port.

use std::io::Write as _;

use oz_core::media::port::FrameSource;
use oz_core::media::{Frame, MediaBytes, MediaInfo, MediaKind, MediaType, Orientation};
use oz_core::{Error, Result};
use tempfile::NamedTempFile;

use super::process::{Program, Running};
use super::times::Times;
use super::{failed, ppm};
use crate::budget::Budget;

/// A video being decoded by the program; without it, at its end.
pub(super) struct Play {
    info: MediaInfo,
    running: Option<Running>,
    times: Times,
    budget: Budget,
    index: u32,
    /// Deleted with the source.
    _input: NamedTempFile,
}

impl Play {
    pub(super) fn open(
        program: &Program,
        media_type: MediaType,
        demuxer: &str,
        media: &MediaBytes,
        mut budget: Budget,
    ) -> Result<Self> {
        let mut input =
            NamedTempFile::new().map_err(|error| Error::backend("keeping the video", true, error))?;
        input.write_all(media).map_err(|error| Error::backend("keeping the video", true, error))?;
        let times = budget.timed(|budget| {
            let list = ["-c", "copy", "-f", "framecrc"];
            let mut running = program.run(demuxer, (input.path(), &[]), &list, budget)?;
            Times::read(&mut running.output, budget)
        })?;
        if times.len() == 0 {
            return Err(failed("find a video"));
        }
        let frames = (budget.limits().frames + 1).to_string();
        let pictures = [
            "-vsync",
            "passthrough",
            "-frames:v",
            &frames,
            "-f",
            "image2pipe",
            "-c:v",
            "ppm",
            "-pix_fmt",
            "rgb24",
        ];
        let most = ["-max_pixels", &budget.video_pixels().to_string()];
        let running = program.run(demuxer, (input.path(), &most), &pictures, &budget)?;
        let info = info(media_type, &times);
        Ok(Self { info, running: Some(running), times, budget, index: 0, _input: input })
    }

    fn advance(&mut self) -> Result<Option<Frame>> {
        let Some(running) = &mut self.running else { return Ok(None) };
        let image = self.budget.timed(|budget| {
            let image = ppm::read(&mut running.output, budget)?;
            if image.is_none() && !running.succeeded() {
                return Err(failed("decode the video to its end"));
            }
            Ok(image)
        })?;
        let Some(image) = image else {
            self.running = None;
            return if self.index == 0 { Err(Error::MediaNoFrames) } else { Ok(None) };
        };
        self.budget.frames(u64::from(self.index) + 1)?;
        let frame = Frame { image, time: self.times.of(self.index), index: u64::from(self.index) };
        self.budget.duration(frame.time)?;
        self.index += 1;
        Ok(Some(frame))
    }
}

impl FrameSource for Play {
    fn info(&self) -> &MediaInfo {
        &self.info
    }

    fn next_frame(&mut self) -> Result<Option<Frame>> {
        self.advance().inspect_err(|_| self.running = None)
    }
}

fn info(media_type: MediaType, times: &Times) -> MediaInfo {
    MediaInfo {
        media_type,
        kind: MediaKind::Video,
        codec: "ffmpeg".to_owned(),
        width: None,
        height: None,
        duration: Some(times.last()),
        frames: Some(times.len() as u64),
        orientation: Orientation::Upright,
        decoder: "ffmpeg",
    }
}
