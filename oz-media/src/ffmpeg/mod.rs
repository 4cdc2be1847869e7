//! The `ffmpeg` program as a decoder of last resort: in a process of its own, on a leash, never linked.
//!
//! Invariant: the program sees one temporary file and one pipe. It is told the container instead of guessing it (a
//! playlist that poses as a video would be followed), may open no network, write no file, use no more memory and time
//! than allowed, and is killed when the source is dropped or the time is over.

mod ppm;
mod process;
mod source;
mod times;

use std::path::PathBuf;

use oz_core::media::port::{FrameSource, MediaDecoder};
use oz_core::media::{DecodeLimits, MediaBytes, MediaType};
use oz_core::{Error, Result};

use self::process::Program;
use self::source::Play;
use crate::budget::Budget;
use crate::sniff;

/// Where the program is and what it may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FfmpegConfig {
    /// Path or name of the program.
    pub program: PathBuf,
    /// Address space of the program in bytes; kept by `prlimit`, where that is installed.
    pub memory: u64,
}

impl Default for FfmpegConfig {
    fn default() -> Self {
        Self { program: PathBuf::from("ffmpeg"), memory: 2 << 30 }
    }
}

/// Decodes with the `ffmpeg` program what no decoder in process can: H.263, MPEG-4 part 2, AVI, MPEG-TS, FLV, …
///
/// Put it last among the [`Decoders`](crate::Decoders). Rotation is applied by the program. Times are those of the
/// container's packets, sorted: the packets are listed first, which decodes nothing, then the pictures are decoded.
#[derive(Debug, Clone)]
pub struct FfmpegDecoder {
    program: Program,
}

impl FfmpegDecoder {
    /// Finds the program.
    ///
    /// # Errors
    /// `input.invalid_value` when it cannot be started.
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
        Ok(Box::new(Play::open(&self.program, media_type, demuxer, &media, budget)?))
    }
}

/// Name of the demuxer that is forced on the program; `None` for what it is not asked to open.
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

/// The error for a program that did not do what it was asked to.
fn failed(what: &str) -> Error {
    Error::corrupt(format!("ffmpeg could not {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_is_not_there_is_refused_when_it_is_configured() {
        let config = FfmpegConfig { program: "/nonexistent/ffmpeg".into(), ..FfmpegConfig::default() };
        assert_eq!(FfmpegDecoder::new(config).unwrap_err().code(), "input.invalid_value");
    }

    #[test]
    fn a_playlist_is_opened_by_no_demuxer() {
        assert_eq!(demuxer(b"#EXTM3U\nfile:///etc/passwd"), None);
        assert_eq!(demuxer(b"RIFF\0\0\0\0AVI LIST"), Some("avi"));
    }
}
