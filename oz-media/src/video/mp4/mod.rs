//! ISO base media: MP4, MOV and 3GP, plain or fragmented.
//!
//! Invariant: boxes are read forward with a fixed nesting. Tables are bounded by their box, and the list of
//! samples is bounded by the limit on frames. No allocation is sized by a number from the file alone.
//!
//! Source: ISO/IEC 14496-12:2022, 14496-15:2022; QuickTime File Format Specification for files before `ftyp`.

mod boxes;
mod edits;
mod entry;
mod fragments;
mod matrix;
mod sample;
mod table;
mod trak;

use oz_core::media::MediaBytes;
use oz_core::{Error, Result};

use self::boxes::{IsoBox, boxes};
use self::fragments::Fragments;
use self::trak::Trak;
use super::track::{Ending, Track};
use crate::budget::Budget;

/// Finds the video track of `media`.
///
/// # Errors
/// `media.unsupported_codec`, `media.truncated`, `media.corrupt`, `media.no_frames` or
/// `media.limit_exceeded`.
pub(crate) fn demux(media: &MediaBytes, budget: &Budget) -> Result<Track> {
    let mut demuxer = Demuxer::default();
    match demuxer.run(media, budget) {
        // Samples found before the damage can still be decoded.
        Err(Error::MediaCorrupt { .. }) if demuxer.trak.is_some() => demuxer.ending = Ending::Corrupt,
        done => done?,
    }

    match demuxer.trak {
        Some(trak) => trak.finish(demuxer.fragments.is_some(), demuxer.ending, budget),
        None => Err(demuxer
            .ending
            .error()
            .unwrap_or_else(|| Error::corrupt("the index (moov box) of the MP4 file is missing"))),
    }
}

/// State of demuxing.
#[derive(Default)]
struct Demuxer<'a> {
    trak: Option<Trak<'a>>,
    fragments: Option<Fragments>,
    ending: Ending,
}

impl<'a> Demuxer<'a> {
    fn run(&mut self, media: &'a [u8], budget: &Budget) -> Result<()> {
        for found in boxes(media) {
            let found = found?;
            if !found.complete {
                self.ending = Ending::Truncated;
            }
            match &found.kind {
                b"moov" if self.trak.is_none() => {
                    let trak = select_track(&found)?;
                    self.fragments = Fragments::of(&found, trak.id);
                    self.trak = Some(trak);
                }
                b"moof" => {
                    if let (Some(trak), Some(fragments)) = (&mut self.trak, &mut self.fragments) {
                        fragments.append(&found, &mut trak.samples, budget)?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// Selects the first video track that can be decoded.
///
/// # Errors
/// Error of the first video track when none can be decoded; without one, `media.no_frames` or
/// `media.truncated` if the index is incomplete.
fn select_track<'a>(moov: &IsoBox<'a>) -> Result<Trak<'a>> {
    let mut movie_scale = 0;
    let mut first_error = None;

    for found in moov.children() {
        let found = found?;
        match &found.kind {
            b"mvhd" => movie_scale = trak::movie_scale(&found)?,
            b"trak" => match Trak::parse(&found, movie_scale) {
                Ok(Some(trak)) => return Ok(trak),
                Ok(None) => {}
                Err(error) => first_error = first_error.or(Some(error)),
            },
            _ => {}
        }
    }

    Err(first_error.unwrap_or_else(|| {
        if moov.complete { Error::MediaNoFrames } else { Error::truncated(ENDS_IN_INDEX) }
    }))
}

const ENDS_IN_INDEX: &str = "the MP4 file ends inside its index (moov box); send the complete file";
