//! Edit lists: which part of a track is shown.

use oz_core::Result;

use super::boxes::Box4;
use crate::video::track::Sample;

/// The one stretch of the media that is shown, in units of the track. Empty edits before it only delay the start, and
/// times begin at the first frame anyway. Lists with several stretches (never written by cameras) show everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Edit {
    start: i64,
    end: Option<i64>,
}

impl Edit {
    /// From an edit list box (`elst`); `scales` are the units a second of the movie and of the track.
    pub(super) fn parse(elst: &Box4<'_>, (movie, track): (u32, u32)) -> Result<Option<Self>> {
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

    /// Marks what lies outside as not shown; `times` are those of the samples in units of the track. A list that would
    /// hide everything is damaged and is ignored.
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

/// The end in units of the track, rounded up: the movie's unit is often coarser.
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
        let elst = Box4 { kind: *b"elst", start: 0, body: &body, complete: true };
        Edit::parse(&elst, (1000, 90_000)).unwrap()
    }

    #[test]
    fn an_empty_edit_only_delays() {
        assert_eq!(edit(&[(500, -1), (1000, 180)]), Some(Edit { start: 180, end: Some(180 + 90_090) }));
    }

    #[test]
    fn several_stretches_show_everything() {
        assert_eq!(edit(&[(500, 0), (500, 90_000)]), None);
    }

    #[test]
    fn a_list_that_hides_everything_is_ignored() {
        let mut samples = [Sample { offset: 0, size: 1, time: 0, shown: true }];
        edit(&[(1000, 500)]).unwrap().apply(&mut samples, &[0]);
        assert!(samples[0].shown);
    }
}
