//! One track of the index.

use oz_core::media::Orientation;
use oz_core::{Error, Result};

use super::boxes::Box4;
use super::edits::Edit;
use super::entry::Entry;
use super::{matrix, table};
use crate::budget::Budget;
use crate::video::track::{Ending, Sample, Track};

/// A sample as the tables have it; times in units of the track.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RawSample {
    pub(super) offset: u64,
    pub(super) size: u32,
    pub(super) time: i64,
}

/// A video track.
#[derive(Debug, Clone)]
pub(super) struct Trak<'a> {
    pub(super) id: u32,
    pub(super) entry: Entry<'a>,
    pub(super) orientation: Orientation,
    /// Samples from fragments; those of the index are read at the end.
    pub(super) samples: Vec<RawSample>,
    stbl: Box4<'a>,
    scale: u32,
    edit: Option<Edit>,
}

impl<'a> Trak<'a> {
    /// `None` for a track that is not video.
    pub(super) fn parse(trak: &Box4<'a>, movie_scale: u32) -> Result<Option<Self>> {
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

    /// Reads the tables and turns times into nanoseconds.
    pub(super) fn finish(self, fragmented: bool, ending: Ending, budget: &Budget) -> Result<Track> {
        let mut raw = match table::samples(&self.stbl, budget) {
            Err(_) if fragmented && !self.samples.is_empty() => Vec::new(),
            samples => samples?,
        };
        raw.extend_from_slice(&self.samples);
        budget.frames(raw.len() as u64)?;
        let mut samples: Vec<Sample> = raw.iter().map(|raw| self.sample(raw)).collect();
        if let Some(edit) = self.edit {
            let times: Vec<i64> = raw.iter().map(|raw| raw.time).collect();
            edit.apply(&mut samples, &times);
        }
        Ok(super::described(&self, samples, ending))
    }

    fn sample(&self, raw: &RawSample) -> Sample {
        let nanos = i128::from(raw.time) * 1_000_000_000 / i128::from(self.scale);
        let time = nanos.clamp(i128::from(i64::MIN / 4), i128::from(i64::MAX / 4)) as i64;
        Sample { offset: raw.offset, size: u64::from(raw.size), time, shown: true }
    }
}

fn required<'a>(within: &Box4<'a>, path: &[&[u8; 4]]) -> Result<Box4<'a>> {
    within.descendant(path)?.ok_or_else(|| {
        let name = path.last().map_or_else(String::new, |kind| kind.escape_ascii().to_string());
        Error::corrupt(format!("the box {name} is missing"))
    })
}

/// Id and orientation from a track header.
fn header(tkhd: &Box4<'_>) -> Result<(u32, Orientation)> {
    let (version, _, mut reader) = tkhd.full()?;
    reader.skip(if version == 1 { 16 } else { 8 })?;
    let id = reader.u32()?;
    reader.skip(if version == 1 { 12 } else { 8 } + 16)?;
    Ok((id, matrix::orientation(&mut reader)?))
}

/// Units a second of the track.
fn scale(mdhd: &Box4<'_>) -> Result<u32> {
    let scale = movie_scale(mdhd)?;
    if scale == 0 { Err(Error::corrupt("the time scale is zero")) } else { Ok(scale) }
}

/// Units a second from a movie header or media header; their first fields are the same.
pub(super) fn movie_scale(header: &Box4<'_>) -> Result<u32> {
    let (version, _, mut reader) = header.full()?;
    reader.skip(if version == 1 { 16 } else { 8 })?;
    reader.u32()
}
