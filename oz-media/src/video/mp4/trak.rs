//! Track of the index (`trak` box).

use oz_core::media::{MediaType, Orientation};
use oz_core::{Error, Result};

use super::boxes::IsoBox;
use super::edits::Edit;
use super::entry::Entry;
use super::sample::RawSample;
use super::{matrix, table};
use crate::budget::Budget;
use crate::video::track::{self, Ending, Sample, Track};

/// Video track.
#[derive(Debug, Clone)]
pub(super) struct Trak<'a> {
    pub(super) id: u32,
    entry: Entry<'a>,
    orientation: Orientation,
    /// Samples from fragments; [`Self::finish`] adds those of the index.
    pub(super) samples: Vec<RawSample>,
    stbl: IsoBox<'a>,
    /// Time scale in units per second.
    scale: u32,
    edit: Option<Edit>,
}

impl<'a> Trak<'a> {
    /// Parses a `trak` box; `None` for a track that is not video. `movie_scale` is in units per second.
    pub(super) fn parse(trak: &IsoBox<'a>, movie_scale: u32) -> Result<Option<Self>> {
        let handler = trak.descendant(&[b"mdia", b"hdlr"])?;
        if handler.is_none_or(|handler| handler.body.get(8..12) != Some(b"vide")) {
            return Ok(None);
        }

        let (id, orientation) = header(&required(trak, &[b"tkhd"])?)?;
        let scale = scale(&required(trak, &[b"mdia", b"mdhd"])?)?;
        let stbl = required(trak, &[b"mdia", b"minf", b"stbl"])?;
        let entry = Entry::parse(&required(&stbl, &[b"stsd"])?)?;
        let edit = match trak.descendant(&[b"edts", b"elst"])? {
            Some(elst) => Edit::parse(&elst, (movie_scale, scale))?,
            None => None,
        };
        Ok(Some(Self { id, entry, orientation, samples: Vec::new(), stbl, scale, edit }))
    }

    /// Reads the sample tables, applies the edit list and converts times to nanoseconds.
    pub(super) fn finish(self, fragmented: bool, ending: Ending, budget: &Budget) -> Result<Track> {
        let mut raw = match table::samples(&self.stbl, budget) {
            Err(_) if fragmented && !self.samples.is_empty() => Vec::new(),
            samples => samples?,
        };
        raw.extend_from_slice(&self.samples);
        budget.ensure_frames(raw.len() as u64)?;

        let mut samples: Vec<Sample> = raw.iter().map(|raw| self.sample(raw)).collect();
        if let Some(edit) = self.edit {
            let times: Vec<i64> = raw.iter().map(|raw| raw.time).collect();
            edit.apply(&mut samples, &times);
        }

        Ok(Track {
            media_type: MediaType::Mp4,
            codec: self.entry.codec,
            config: self.entry.config.to_vec(),
            color: self.entry.color,
            size: self.entry.size,
            orientation: self.orientation,
            origin: track::origin(&samples),
            samples,
            ending,
        })
    }

    fn sample(&self, raw: &RawSample) -> Sample {
        let nanos = i128::from(raw.time) * 1_000_000_000 / i128::from(self.scale);
        let time = nanos.clamp(i128::from(i64::MIN / 4), i128::from(i64::MAX / 4)) as i64;
        Sample { offset: raw.offset, size: u64::from(raw.size), time, shown: true }
    }
}

/// Descendant at `path`; `media.corrupt` when it is missing.
fn required<'a>(within: &IsoBox<'a>, path: &[&[u8; 4]]) -> Result<IsoBox<'a>> {
    within.descendant(path)?.ok_or_else(|| {
        let name = path.last().map_or_else(String::new, |kind| kind.escape_ascii().to_string());
        Error::corrupt(format!("the {name} box of the MP4 file is missing"))
    })
}

/// Track ID and orientation from a track header.
fn header(tkhd: &IsoBox<'_>) -> Result<(u32, Orientation)> {
    let (version, _, mut reader) = tkhd.full()?;
    reader.skip(if version == 1 { 16 } else { 8 })?;
    let id = reader.u32()?;
    reader.skip(if version == 1 { 12 } else { 8 } + 16)?;
    Ok((id, matrix::orientation(&mut reader)?))
}

/// Time scale of the track, in units per second.
fn scale(mdhd: &IsoBox<'_>) -> Result<u32> {
    let scale = movie_scale(mdhd)?;
    if scale == 0 { Err(Error::corrupt("the time scale of the MP4 track is zero")) } else { Ok(scale) }
}

/// Time scale of a movie or media header, in units per second; both headers have the same first fields.
pub(super) fn movie_scale(header: &IsoBox<'_>) -> Result<u32> {
    let (version, _, mut reader) = header.full()?;
    reader.skip(if version == 1 { 16 } else { 8 })?;
    reader.u32()
}
