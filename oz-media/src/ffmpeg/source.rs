//! [`FrameSource`] over the output of the program.

use std::io::Write as _;

use oz_core::media::port::FrameSource;
use oz_core::media::{Frame, MediaBytes, MediaInfo, MediaKind, MediaType, Orientation};
use oz_core::{Error, Result};
use tempfile::NamedTempFile;

use super::process::{Program, Running};
use super::times::Times;
use super::{failed, ppm};
use crate::budget::Budget;

/// Video decoded by the program.
pub(super) struct FfmpegSource {
    info: MediaInfo,
    /// `None` after the last frame or an error.
    running: Option<Running>,
    times: Times,
    budget: Budget,
    index: u32,
    /// Temporary file, deleted with the source.
    _input: NamedTempFile,
}

impl FfmpegSource {
    pub(super) fn open(
        program: &Program,
        media_type: MediaType,
        demuxer: &str,
        media: &MediaBytes,
        mut budget: Budget,
    ) -> Result<Self> {
        let input = temporary_file(media)?;

        let times = budget.timed(|budget| {
            let list = ["-c", "copy", "-f", "framecrc"];
            let mut running = program.run(demuxer, (input.path(), &[]), &list, budget)?;
            Times::read(&mut running.output, budget)
        })?;
        if times.len() == 0 {
            return Err(failed("no video stream found"));
        }

        let running = decode(program, demuxer, &input, &budget)?;
        let info = info(media_type, &times);
        Ok(Self { info, running: Some(running), times, budget, index: 0, _input: input })
    }

    fn advance(&mut self) -> Result<Option<Frame>> {
        let Some(running) = &mut self.running else { return Ok(None) };
        let image = self.budget.timed(|budget| {
            let image = ppm::read(&mut running.output, budget)?;
            if image.is_none() && !running.succeeded() {
                return Err(failed("decoding stopped before the end of the video"));
            }
            Ok(image)
        })?;

        let Some(image) = image else {
            self.running = None;
            return if self.index == 0 { Err(Error::MediaNoFrames) } else { Ok(None) };
        };

        self.budget.ensure_frames(u64::from(self.index) + 1)?;
        let frame = Frame { image, time: self.times.of(self.index), index: u64::from(self.index) };
        self.budget.ensure_duration(frame.time)?;
        self.index += 1;
        Ok(Some(frame))
    }
}

impl FrameSource for FfmpegSource {
    fn info(&self) -> &MediaInfo {
        &self.info
    }

    fn next_frame(&mut self) -> Result<Option<Frame>> {
        self.advance().inspect_err(|_| self.running = None)
    }
}

fn temporary_file(media: &MediaBytes) -> Result<NamedTempFile> {
    let failure = |error| Error::backend("writing the video to a temporary file", true, error);
    let mut file = NamedTempFile::new().map_err(failure)?;
    file.write_all(media).map_err(failure)?;
    Ok(file)
}

/// Starts decoding `input` to PPM pictures on the pipe.
fn decode(program: &Program, demuxer: &str, input: &NamedTempFile, budget: &Budget) -> Result<Running> {
    // One frame beyond the limit, so that exceeding it is noticed.
    let frames = (budget.limits().frames + 1).to_string();
    let pixels = budget.video_pixels().to_string();

    let options = ["-max_pixels", &pixels];
    let output = [
        ["-vsync", "passthrough"],
        ["-frames:v", &frames],
        ["-f", "image2pipe"],
        ["-c:v", "ppm"],
        ["-pix_fmt", "rgb24"],
    ];
    program.run(demuxer, (input.path(), &options), output.as_flattened(), budget)
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
