//! Sample tables of a non-fragmented index.

use oz_core::{Error, Result};

use super::boxes::IsoBox;
use super::sample::RawSample;
use crate::budget::Budget;
use crate::video::reader::Reader;

/// Reads the samples described by the tables in `stbl`, in decoding order.
///
/// # Errors
/// `media.corrupt` or `media.truncated` for an invalid table, `media.limit_exceeded` for too many samples.
pub(super) fn samples(stbl: &IsoBox<'_>, budget: &Budget) -> Result<Vec<RawSample>> {
    let Some(mut sizes) = Sizes::parse(stbl)? else { return Ok(Vec::new()) };
    budget.ensure_frames(sizes.count as u64)?;
    let mut samples = Vec::with_capacity(sizes.count);
    let mut times = Times::parse(stbl)?;
    let mut chunks = Chunks::parse(stbl)?;

    'chunks: while let Some((mut offset, in_chunk)) = chunks.next() {
        for _ in 0..in_chunk {
            let Some(size) = sizes.next() else { break 'chunks };
            samples.push(RawSample { offset, size, time: times.next() });
            offset = offset.saturating_add(u64::from(size));
        }
    }

    Ok(samples)
}

/// Rows of fixed size.
type Rows<'a> = std::iter::Take<std::slice::ChunksExact<'a, u8>>;

/// Rows of the table `kind`, `row` bytes each; `None` without such a table.
///
/// # Errors
/// `media.corrupt` or `media.truncated` when the box does not hold the stated number of rows.
fn rows<'a>(stbl: &IsoBox<'a>, kind: &[u8; 4], row: usize) -> Result<Option<Rows<'a>>> {
    let Some(found) = stbl.child(kind)? else { return Ok(None) };
    let (_, _, mut reader) = found.full()?;
    let count = reader.u32()? as usize;
    let rows = reader.rest().chunks_exact(row);
    if rows.len() < count { Err(short_table(&found)) } else { Ok(Some(rows.take(count))) }
}

/// Rows of a missing table.
fn no_rows<'a>() -> Rows<'a> {
    [].chunks_exact(1).take(0)
}

fn short_table(table: &IsoBox<'_>) -> Error {
    let name = table.kind.escape_ascii();
    if table.complete {
        Error::corrupt(format!("the {name} table of the MP4 file is longer than its box"))
    } else {
        Error::truncated(format!("the MP4 file ends inside its {name} table; send the complete file"))
    }
}

/// Sample sizes (`stsz`): one for all samples, or one per sample.
struct Sizes<'a> {
    count: usize,
    fixed: Option<u32>,
    each: std::slice::ChunksExact<'a, u8>,
    read: usize,
}

impl<'a> Sizes<'a> {
    fn parse(stbl: &IsoBox<'a>) -> Result<Option<Self>> {
        let Some(stsz) = stbl.child(b"stsz")? else { return Ok(None) };
        let (_, _, mut reader) = stsz.full()?;
        let size = reader.u32()?;
        let count = reader.u32()? as usize;
        let each = reader.rest().chunks_exact(4);
        if size == 0 && each.len() < count {
            return Err(short_table(&stsz));
        }
        Ok(Some(Self { count, fixed: (size != 0).then_some(size), each, read: 0 }))
    }

    fn next(&mut self) -> Option<u32> {
        if self.read == self.count {
            return None;
        }
        self.read += 1;
        self.fixed.or_else(|| self.each.next().map(be32))
    }
}

/// Presentation times: decoding times (`stts`) shifted by composition offsets (`ctts`).
struct Times<'a> {
    durations: Runs<'a>,
    offsets: Runs<'a>,
    decoding: i64,
}

impl<'a> Times<'a> {
    fn parse(stbl: &IsoBox<'a>) -> Result<Self> {
        Ok(Self { durations: Runs::parse(stbl, b"stts")?, offsets: Runs::parse(stbl, b"ctts")?, decoding: 0 })
    }

    fn next(&mut self) -> i64 {
        // Version 0 specifies unsigned offsets, but some writers store negative ones; none reach 2^31.
        let time = self.decoding.saturating_add(i64::from(self.offsets.next() as i32));
        self.decoding = self.decoding.saturating_add(i64::from(self.durations.next()));
        time
    }
}

/// Run-length coded values; the value of the last run repeats.
struct Runs<'a> {
    rows: Rows<'a>,
    remaining: u32,
    value: u32,
}

impl<'a> Runs<'a> {
    fn parse(stbl: &IsoBox<'a>, kind: &[u8; 4]) -> Result<Self> {
        Ok(Self { rows: rows(stbl, kind, 8)?.unwrap_or_else(no_rows), remaining: 0, value: 0 })
    }

    fn next(&mut self) -> u32 {
        while self.remaining == 0 {
            let Some(row) = self.rows.next() else { return self.value };
            (self.remaining, self.value) = (be32(row), be32(&row[4..]));
        }
        self.remaining -= 1;
        self.value
    }
}

/// Chunks: their positions (`stco`, `co64`) and numbers of samples (`stsc`).
struct Chunks<'a> {
    offsets: Rows<'a>,
    runs: std::iter::Peekable<Rows<'a>>,
    number: u32,
    in_chunk: u32,
}

impl<'a> Chunks<'a> {
    fn parse(stbl: &IsoBox<'a>) -> Result<Self> {
        let offsets = match rows(stbl, b"stco", 4)? {
            Some(rows) => rows,
            None => rows(stbl, b"co64", 8)?.unwrap_or_else(no_rows),
        };
        let runs = rows(stbl, b"stsc", 12)?.unwrap_or_else(no_rows).peekable();
        Ok(Self { offsets, runs, number: 0, in_chunk: 0 })
    }

    /// Position and number of samples of the next chunk.
    fn next(&mut self) -> Option<(u64, u32)> {
        let offset = self.offsets.next()?;
        self.number += 1;
        while let Some(run) = self.runs.next_if(|run| be32(run) <= self.number) {
            self.in_chunk = be32(&run[4..]);
        }

        let offset =
            if offset.len() == 8 { Reader::new(offset).u64().ok()? } else { u64::from(be32(offset)) };
        Some((offset, self.in_chunk))
    }
}

fn be32(bytes: &[u8]) -> u32 {
    u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}
