//! Edit lists: the visible part of a track.

use oz_core::Result;

use super::boxes::IsoBox;
use crate::video::track::Sample;

/// Visible segment of the media, in units of the track.
///
/// Empty edits before it only delay the start and have no effect, because times start at the first frame.
/// Lists with several segments, which cameras do not write, are ignored: the whole track is visible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Edit {
    start: i64,
    /// Exclusive; `None` for an open end.
    end: Option<i64>,
}

impl Edit {
    /// Parses an edit list box (`elst`). `movie` and `track` are the time scales in units per second.
    pub(super) fn parse(elst: &IsoBox<'_>, (movie, track): (u32, u32)) -> Result<Option<Self>> {
        let (version, _, mut reader) = elst.full()?;
        let count = reader.u32()?;
        let mut found = None;

        for _ in 0..count {
            if reader.rest().is_empty() {
                break;
            }
            let (duration, start) = if version == 1 {
                (reader.u64()?, reader.u64()? as i64)
            } else {
                (u64::from(reader.u32()?), i64::from(reader.i32()?))
            };
            reader.skip(4)?;

            if start < 0 {
                continue;
            }
            if found.is_some() {
                return Ok(None);
            }
            found = Some(Self { start, end: end(start, duration, movie, track) });
        }

        Ok(found)
    }

    /// Hides samples outside the segment; `times` are their times in units of the track.
    ///
    /// A list that would hide every sample is considered damaged and ignored.
    pub(super) fn apply(self, samples: &mut [Sample], times: &[i64]) {
        if times.iter().any(|&time| self.shows(time)) {
            for (sample, &time) in samples.iter_mut().zip(times) {
                sample.shown = self.shows(time);
            }
        }
    }

    fn shows(self, time: i64) -> bool {
        time >= self.start && self.end.is_none_or(|end| time < end)
    }
}

/// End of the segment in units of the track, rounded up because the time scale of the movie is often coarser.
fn end(start: i64, duration: u64, movie: u32, track: u32) -> Option<i64> {
    if duration == 0 || movie == 0 {
        return None;
    }
    let length = (u128::from(duration) + 1) * u128::from(track) / u128::from(movie);
    start.checked_add(i64::try_from(length).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(entries: &[(u32, i32)]) -> Option<Edit> {
        let mut body = vec![0; 4];
        body.extend((entries.len() as u32).to_be_bytes());
        for (duration, start) in entries {
            body.extend(duration.to_be_bytes());
            body.extend(start.to_be_bytes());
            body.extend([0, 1, 0, 0]);
        }
        let elst = IsoBox { kind: *b"elst", start: 0, body: &body, complete: true };
        Edit::parse(&elst, (1000, 90_000)).unwrap()
    }

    #[test]
    fn empty_edit_does_not_hide_samples() {
        assert_eq!(edit(&[(500, -1), (1000, 180)]), Some(Edit { start: 180, end: Some(180 + 90_090) }));
    }

    #[test]
    fn list_of_several_segments_is_ignored() {
        assert_eq!(edit(&[(500, 0), (500, 90_000)]), None);
    }

    #[test]
    fn list_that_hides_everything_is_ignored() {
        let mut samples = [Sample { offset: 0, size: 1, time: 0, shown: true }];
        edit(&[(1000, 500)]).unwrap().apply(&mut samples, &[0]);
        assert!(samples[0].shown);
    }
}
