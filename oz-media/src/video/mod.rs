//! Videos in ISO base media and Matroska: H.264, HEVC, VP8, VP9 and AV1, decoded in process by pure Rust.
//!
//! Invariant: a demuxer reduces the file to a [`track::Track`], a list of samples with their times. Decoders
//! receive one sample at a time, and [`reorder::Reorder`] sorts the pictures by the times of the container.

pub(crate) mod codec;
pub(crate) mod color;
mod convert;
pub(crate) mod header;
pub(crate) mod matroska;
pub(crate) mod mp4;
mod picture;
mod playback;
mod reader;
mod reorder;
mod source;
mod track;

use oz_core::Result;
use oz_core::media::port::{FrameSource, MediaDecoder};
use oz_core::media::{DecodeLimits, MediaBytes, MediaType};

use self::source::Video;
use crate::budget::Budget;
use crate::guard::guarded;
use crate::sniff;

/// In-process decoder of videos.
///
/// Rotation, cropping and edit lists with a single segment are applied; times start at zero. Samples of more
/// than eight bits are narrowed without tone mapping. Non-square pixels are kept; audio is ignored.
///
/// [`MediaDecoder::open`] decodes the first sample, so an unsupported codec is refused there.
#[derive(Debug, Clone, Copy, Default)]
pub struct VideoDecoder;

impl MediaDecoder for VideoDecoder {
    fn name(&self) -> &'static str {
        "video"
    }

    fn sniff(&self, head: &[u8]) -> Option<MediaType> {
        sniff::media_type(head).filter(|found| matches!(found, MediaType::Mp4 | MediaType::Matroska))
    }

    fn open(&self, media: MediaBytes, limits: &DecodeLimits) -> Result<Box<dyn FrameSource>> {
        let media_type = self.sniff(&media).ok_or_else(|| sniff::refusal(&media))?;
        let mut budget = Budget::new(limits, media.len())?;

        let track = budget.timed(|budget| {
            guarded("container", || match media_type {
                MediaType::Matroska => matroska::demux(&media, budget),
                MediaType::Mp4 => mp4::demux(&media, budget),
                _ => Err(sniff::refusal(&media)),
            })
        })?;
        Ok(Box::new(Video::open(track, media, budget)?))
    }
}
