//! Matroska and WebM, including live recordings with unknown sizes.
//!
//! Invariant: elements are read forward in a single pass. Segments and clusters are entered regardless of
//! their size; every other element is a slice of the file. Nothing recurses, and no allocation is sized by a
//! number from the file alone.
//!
//! Source: RFC 8794 (EBML), RFC 9559 (Matroska).

mod ebml;
mod entry;

use oz_core::media::{MediaBytes, MediaType};
use oz_core::{Error, Result};

use self::ebml::{Element, id};
use self::entry::Entry;
use super::track::{self, Ending, Sample, Track};
use crate::budget::Budget;

/// Finds the video track of `media`.
///
/// # Errors
/// `media.unsupported_codec`, `media.truncated`, `media.corrupt`, `media.no_frames` or
/// `media.limit_exceeded`.
pub(crate) fn demux(media: &MediaBytes, budget: &Budget) -> Result<Track> {
    let mut demuxer = Demuxer { scale: 1_000_000, ..Demuxer::default() };
    match demuxer.run(media, budget) {
        // Samples found before the damage can still be decoded.
        Err(Error::MediaCorrupt { .. }) if !demuxer.samples.is_empty() => demuxer.ending = Ending::Corrupt,
        done => done?,
    }
    demuxer.finish()
}

/// State of demuxing.
#[derive(Debug, Default)]
struct Demuxer {
    /// Nanoseconds per tick.
    scale: u64,
    entry: Option<Entry>,
    /// Error of the first video track that cannot be decoded.
    first_error: Option<Error>,
    samples: Vec<Sample>,
    /// Time of the current cluster in ticks.
    cluster: i64,
    ending: Ending,
}

impl Demuxer {
    fn run(&mut self, media: &[u8], budget: &Budget) -> Result<()> {
        let mut at = 0;
        while let Some(element) = ebml::element(media, at)? {
            if !element.complete && !element.open {
                self.ending = Ending::Truncated;
            }
            // Segments and clusters are entered; they end where the next one starts.
            let entered = matches!(element.id, id::SEGMENT | id::CLUSTER);
            at = if entered { element.start } else { element.end() };
            self.visit(&element, budget)?;
        }
        Ok(())
    }

    fn visit(&mut self, element: &Element<'_>, budget: &Budget) -> Result<()> {
        match element.id {
            id::INFO => {
                if let Some(scale) = element.child(id::TIMESTAMP_SCALE)? {
                    self.scale = scale.unsigned()?.clamp(1, 1_000_000_000);
                }
            }
            id::TRACKS if self.entry.is_none() => self.tracks(element)?,
            id::TIMESTAMP => self.cluster = i64::try_from(element.unsigned()?).unwrap_or(i64::MAX / 4),
            id::SIMPLE_BLOCK => self.block(element, budget)?,
            id::BLOCK_GROUP => {
                if let Some(block) = element.child(id::BLOCK)? {
                    self.block(&block, budget)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Selects the first video track that can be decoded.
    fn tracks(&mut self, tracks: &Element<'_>) -> Result<()> {
        for track in tracks.children() {
            let track = track?;
            if track.id != id::TRACK_ENTRY {
                continue;
            }
            match Entry::parse(&track) {
                Ok(Some(entry)) => {
                    self.entry = Some(entry);
                    return Ok(());
                }
                Ok(None) => {}
                Err(error) => self.first_error = self.first_error.take().or(Some(error)),
            }
        }
        Ok(())
    }

    /// Adds the sample of a block: track number, time relative to the cluster, flags, one frame.
    fn block(&mut self, block: &Element<'_>, budget: &Budget) -> Result<()> {
        let Some(entry) = &self.entry else { return Ok(()) };
        let Some((number, length)) = ebml::number(block.body) else { return Ok(()) };
        let Some(&[high, low, flags]) = block.body.get(length..length + 3) else { return Ok(()) };
        if number != entry.number {
            return Ok(());
        }
        if flags & LACING != 0 {
            return Err(track::unsupported_codec("Matroska video with several frames per block (lacing)"));
        }

        let ticks = self.cluster.saturating_add(i64::from(i16::from_be_bytes([high, low])));
        let time = i128::from(ticks) * i128::from(self.scale);

        let header = length + 3;
        self.samples.push(Sample {
            offset: (block.start + header) as u64,
            size: block.length.saturating_sub(header as u64),
            time: time.clamp(i128::from(i64::MIN / 4), i128::from(i64::MAX / 4)) as i64,
            shown: true,
        });
        budget.ensure_frames(self.samples.len() as u64)
    }

    fn finish(self) -> Result<Track> {
        let Some(entry) = self.entry else {
            return Err(match self.first_error {
                Some(first_error) => first_error,
                None => self.ending.error().unwrap_or(Error::MediaNoFrames),
            });
        };

        Ok(Track {
            media_type: MediaType::Matroska,
            codec: entry.codec,
            config: entry.config,
            color: entry.color,
            size: entry.size,
            orientation: entry.orientation,
            origin: track::origin(&self.samples),
            samples: self.samples,
            ending: self.ending,
        })
    }
}

/// Lacing bits of the block flags.
const LACING: u8 = 0x06;
