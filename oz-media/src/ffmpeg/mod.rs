//! The `ffmpeg` program as fallback decoder, run as a confined child process and never linked.
//!
//! Invariant: the program reads one temporary file and writes to one pipe. The demuxer is forced, because
//! with format detection a playlist disguised as a video would be followed. Network and file output are
//! disabled, memory and time are limited, and dropping the source or exceeding
//! the time kills the process.

mod ppm;
mod process;
mod source;
mod times;

use std::path::PathBuf;

use oz_core::media::port::{FrameSource, MediaDecoder};
use oz_core::media::{DecodeLimits, MediaBytes, MediaType};
use oz_core::{Error, Result};

use self::process::Program;
use self::source::FfmpegSource;
use crate::budget::Budget;
use crate::sniff;

/// Location and limits of the `ffmpeg` program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FfmpegConfig {
    /// Path of the program, or its name to be found in `PATH`.
    pub program: PathBuf,
    /// Maximum address space of the program in bytes, enforced by `prlimit` if that is installed.
    pub memory: u64,
}

impl Default for FfmpegConfig {
    fn default() -> Self {
        Self { program: PathBuf::from("ffmpeg"), memory: 2 << 30 }
    }
}

/// Decodes formats that no in-process decoder supports (H.263, MPEG-4 Part 2, AVI, MPEG-TS, …) with the
/// `ffmpeg` program.
///
/// It should be the last of the [`Decoders`](crate::Decoders). The program applies rotation. Frame times are
/// the sorted presentation times of the container's packets: a first run lists the packets without decoding,
/// a second run decodes.
#[derive(Debug, Clone)]
pub struct FfmpegDecoder {
    program: Program,
}

impl FfmpegDecoder {
    /// Locates the program by starting it once.
    ///
    /// # Errors
    /// `input.invalid_value` when the program cannot be started.
    pub fn new(config: FfmpegConfig) -> Result<Self> {
        Ok(Self { program: Program::find(config)? })
    }
}

impl MediaDecoder for FfmpegDecoder {
    fn name(&self) -> &'static str {
        "ffmpeg"
    }

    fn sniff(&self, head: &[u8]) -> Option<MediaType> {
        demuxer(head).and_then(|_| sniff::media_type(head))
    }

    fn open(&self, media: MediaBytes, limits: &DecodeLimits) -> Result<Box<dyn FrameSource>> {
        let demuxer = demuxer(&media).ok_or_else(|| sniff::refusal(&media))?;
        let media_type = sniff::media_type(&media).unwrap_or(MediaType::OtherVideo);
        let budget = Budget::new(limits, media.len())?;
        Ok(Box::new(FfmpegSource::open(&self.program, media_type, demuxer, &media, budget)?))
    }
}

/// Demuxer to force for `head`; `None` for formats that are not passed to the program.
fn demuxer(head: &[u8]) -> Option<&'static str> {
    match sniff::media_type(head)? {
        MediaType::Mp4 => Some("mov"),
        MediaType::Matroska => Some("matroska"),
        MediaType::OtherVideo => Some(match head {
            [b'R', ..] => "avi",
            [b'F', ..] => "flv",
            [b'O', ..] => "ogg",
            [0x30, ..] => "asf",
            [0, 0, 1, 0xB3, ..] => "mpegvideo",
            [0, ..] => "mpeg",
            _ => "mpegts",
        }),
        _ => None,
    }
}

/// `media.corrupt` for a failure of the program.
fn failed(detail: &str) -> Error {
    Error::corrupt(format!("ffmpeg: {detail}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_program_is_refused_when_configured() {
        let config = FfmpegConfig { program: "/nonexistent/ffmpeg".into(), ..FfmpegConfig::default() };
        assert_eq!(FfmpegDecoder::new(config).unwrap_err().code(), "input.invalid_value");
    }

    #[test]
    fn playlist_is_not_passed_to_any_demuxer() {
        assert_eq!(demuxer(b"#EXTM3U\nfile:///etc/passwd"), None);
        assert_eq!(demuxer(b"RIFF\0\0\0\0AVI LIST"), Some("avi"));
    }
}
