//! ISO base media: MP4, MOV, 3GP, whole or in fragments.
//!
//! Invariant: boxes are walked forward in a fixed nesting, tables are no longer than the box that holds them, and the
//! list of samples is no longer than the limit on frames. Nothing is allocated after a number in the file alone.
//!
//! Source: ISO/IEC 14496-12:2022, 14496-15:2022; QuickTime File Format Specification for files before `ftyp`.

mod boxes;
mod edits;
mod entry;
mod fragments;
mod matrix;
mod table;
mod trak;

use oz_core::media::{MediaBytes, MediaType};
use oz_core::{Error, Result};

use self::boxes::{Box4, boxes};
use self::fragments::Fragments;
use self::trak::Trak;
use super::track::{self, Ending, Sample, Track};
use crate::budget::Budget;

/// Finds the video track of `media`.
pub(crate) fn demux(media: &MediaBytes, budget: &Budget) -> Result<Track> {
    let mut walk = Walk::default();
    match walk.run(media, budget) {
        // What was found before the damage can be decoded.
        Err(Error::MediaCorrupt { .. }) if walk.trak.is_some() => walk.ending = Ending::Broken,
        done => done?,
    }
    match walk.trak {
        Some(trak) => trak.finish(walk.fragments.is_some(), walk.ending, budget),
        None => Err(walk.ending.error().unwrap_or_else(|| Error::corrupt("there is no index (moov)"))),
    }
}

/// What is known so far.
#[derive(Default)]
struct Walk<'a> {
    trak: Option<Trak<'a>>,
    fragments: Option<Fragments>,
    ending: Ending,
}

impl<'a> Walk<'a> {
    fn run(&mut self, media: &'a [u8], budget: &Budget) -> Result<()> {
        for found in boxes(media) {
            let found = found?;
            if !found.complete {
                self.ending = Ending::Cut;
            }
            match &found.kind {
                b"moov" if self.trak.is_none() => {
                    let trak = choose(&found)?;
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

/// The first video track that can be decoded; if none can, the complaint about the first.
fn choose<'a>(moov: &Box4<'a>) -> Result<Trak<'a>> {
    let mut movie_scale = 0;
    let mut complaint = None;
    for found in moov.children() {
        let found = found?;
        match &found.kind {
            b"mvhd" => movie_scale = trak::movie_scale(&found)?,
            b"trak" => match Trak::parse(&found, movie_scale) {
                Ok(Some(trak)) => return Ok(trak),
                Ok(None) => {}
                Err(error) => complaint = complaint.or(Some(error)),
            },
            _ => {}
        }
    }
    Err(complaint.unwrap_or_else(|| {
        if moov.complete { Error::MediaNoFrames } else { Error::truncated("the file ends inside its index") }
    }))
}

/// A track of the container, before limits are known to hold.
fn described(trak: &Trak<'_>, samples: Vec<Sample>, ending: Ending) -> Track {
    Track {
        media_type: MediaType::Mp4,
        codec: trak.entry.codec,
        config: trak.entry.config.to_vec(),
        color: trak.entry.color,
        size: trak.entry.size,
        orientation: trak.orientation,
        origin: track::origin(&samples),
        samples,
        ending,
    }
}
