//! Shot sets: ZIP archives of pictures, decoded as frames.
//!
//! Invariant: names only order the pictures and are never used as paths. Sizes stated by an archive are
//! checked but not trusted: unpacking stops at the limit. Nested archives are refused.

mod archive;
mod natural;
mod source;

use oz_core::Result;
use oz_core::media::port::{FrameSource, MediaDecoder};
use oz_core::media::{DecodeLimits, MediaBytes, MediaType};

use crate::budget::Budget;
use crate::guard::guarded;
use crate::sniff;
use archive::Archive;
use source::ShotSet;

pub use natural::compare as natural_order;

/// In-process decoder of shot sets.
///
/// Pictures are ordered by the natural order of their names: `frame_2` before `frame_10`. A shot set has no
/// timestamps; its frames are spaced by [`ShotSetDecoder::SPACING`]. Directories, other files and macOS
/// resource forks are skipped but count towards the limit on archive entries.
#[derive(Debug, Clone, Copy, Default)]
pub struct ShotSetDecoder;

impl ShotSetDecoder {
    /// Nominal time between two pictures.
    pub const SPACING: std::time::Duration = std::time::Duration::from_millis(100);
}

impl MediaDecoder for ShotSetDecoder {
    fn name(&self) -> &'static str {
        "shot_set"
    }

    fn sniff(&self, head: &[u8]) -> Option<MediaType> {
        sniff::media_type(head).filter(|&found| found == MediaType::Zip)
    }

    fn open(&self, media: MediaBytes, limits: &DecodeLimits) -> Result<Box<dyn FrameSource>> {
        if self.sniff(&media).is_none() {
            return Err(sniff::refusal(&media));
        }
        let mut budget = Budget::new(limits, media.len())?;
        let archive = budget.timed(|budget| guarded("zip", || Archive::open(media, budget)))?;
        Ok(Box::new(ShotSet::new(archive, budget)))
    }
}
