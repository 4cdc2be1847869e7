//! Shot sets: a ZIP of pictures, frame by frame.
//!
//! Invariant: names order the pictures and are never used to reach a file; sizes that an archive states are checked and
//! then not believed: unpacking stops at the limit. Archives within archives are refused.

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

/// Decodes shot sets in process.
///
/// Pictures come in the natural order of their names: `frame_2` before `frame_10`. A shot set has no times of its own; its
/// frames are given [`ShotSetDecoder::SPACING`] apart. Folders, files that are not pictures and macOS resource forks are
/// passed over, but count towards the limit on entries.
#[derive(Debug, Clone, Copy, Default)]
pub struct ShotSetDecoder;

impl ShotSetDecoder {
    /// Nominal time from one picture to the next.
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
