//! Movie fragments: samples described next to their data.

use oz_core::Result;

use super::boxes::IsoBox;
use super::sample::RawSample;
use crate::budget::Budget;

/// Default values for samples of a fragment.
#[derive(Debug, Clone, Copy, Default)]
struct Defaults {
    duration: u32,
    size: u32,
}

/// Fragment parser of one track.
#[derive(Debug)]
pub(super) struct Fragments {
    track: u32,
    defaults: Defaults,
    /// Decoding time of the next sample, in units of the track.
    decoding: i64,
}

impl Fragments {
    /// Parser for `track`; `None` when `moov` announces no fragments.
    pub(super) fn of(moov: &IsoBox<'_>, track: u32) -> Option<Self> {
        let mvex = moov.child(b"mvex").ok()??;
        let defaults =
            mvex.children().filter_map(|found| trex(&found.ok()?, track)).next().unwrap_or_default();
        Some(Self { track, defaults, decoding: 0 })
    }

    /// Appends the samples of the track that `moof` describes.
    pub(super) fn append(
        &mut self,
        moof: &IsoBox<'_>,
        samples: &mut Vec<RawSample>,
        budget: &Budget,
    ) -> Result<()> {
        for traf in moof.children() {
            let traf = traf?;
            if &traf.kind == b"traf" {
                self.traf(moof.start as u64, &traf, samples, budget)?;
            }
        }
        Ok(())
    }

    /// Track fragment. Bits of the flags: ISO/IEC 14496-12:2022, section 8.8.7.
    fn traf(
        &mut self,
        moof: u64,
        traf: &IsoBox<'_>,
        samples: &mut Vec<RawSample>,
        budget: &Budget,
    ) -> Result<()> {
        let Some(tfhd) = traf.child(b"tfhd")? else { return Ok(()) };
        let (_, flags, mut reader) = tfhd.full()?;
        if reader.u32()? != self.track {
            return Ok(());
        }

        let mut defaults = self.defaults;
        let base = if flags & 0x01 == 0 { moof } else { reader.u64()? };
        if flags & 0x02 != 0 {
            reader.skip(4)?;
        }
        if flags & 0x08 != 0 {
            defaults.duration = reader.u32()?;
        }
        if flags & 0x10 != 0 {
            defaults.size = reader.u32()?;
        }

        if let Some(tfdt) = traf.child(b"tfdt")? {
            let (version, _, mut reader) = tfdt.full()?;
            let time = if version == 1 { reader.u64()? } else { u64::from(reader.u32()?) };
            self.decoding = i64::try_from(time).unwrap_or(i64::MAX);
        }

        let mut end = base;
        for trun in traf.children() {
            let trun = trun?;
            if &trun.kind == b"trun" {
                end = self.trun(base, end, defaults, &trun, samples, budget)?;
            }
        }
        Ok(())
    }

    /// Run of samples, starting at `end` of the previous run unless it states an offset. Returns its own end.
    ///
    /// Bits of the flags: ISO/IEC 14496-12:2022, section 8.8.8.
    fn trun(
        &mut self,
        base: u64,
        end: u64,
        defaults: Defaults,
        trun: &IsoBox<'_>,
        samples: &mut Vec<RawSample>,
        budget: &Budget,
    ) -> Result<u64> {
        let (_, flags, mut reader) = trun.full()?;
        let count = reader.u32()?;
        budget.ensure_frames((samples.len() as u64).saturating_add(u64::from(count)))?;

        let mut offset = end;
        if flags & 0x01 != 0 {
            offset = base.saturating_add_signed(i64::from(reader.i32()?));
        }
        if flags & 0x04 != 0 {
            reader.skip(4)?;
        }

        for _ in 0..count {
            let duration = if flags & 0x100 == 0 { defaults.duration } else { reader.u32()? };
            let size = if flags & 0x200 == 0 { defaults.size } else { reader.u32()? };
            if flags & 0x400 != 0 {
                reader.skip(4)?;
            }
            let shift = if flags & 0x800 == 0 { 0 } else { reader.i32()? };
            samples.push(RawSample { offset, size, time: self.decoding.saturating_add(i64::from(shift)) });
            offset = offset.saturating_add(u64::from(size));
            self.decoding = self.decoding.saturating_add(i64::from(duration));
        }

        Ok(offset)
    }
}

/// Defaults in a `trex` box for `track`; `None` for any other box.
fn trex(found: &IsoBox<'_>, track: u32) -> Option<Defaults> {
    if &found.kind != b"trex" {
        return None;
    }
    let (_, _, mut reader) = found.full().ok()?;
    if reader.u32().ok()? != track {
        return None;
    }
    reader.skip(4).ok()?;
    Some(Defaults { duration: reader.u32().ok()?, size: reader.u32().ok()? })
}
