//! Samples in, frames out.

use std::time::{Duration, Instant};

use oz_core::media::{Frame, Image, MediaBytes};
use oz_core::{Error, Result};

use super::codec::{self, PictureDecoder};
use super::color;
use super::reorder::Reorder;
use super::source::ending;
use super::track::{Sample, Track};
use crate::budget::Budget;
use crate::guard::guarded;

/// The running decoder of one track.
pub(super) struct Playback {
    media: MediaBytes,
    track: Track,
    budget: Budget,
    decoder: Box<dyn PictureDecoder>,
    reorder: Reorder,
    /// Number of the sample that is decoded next.
    next: usize,
    /// Frames given so far.
    given: u64,
    /// The first thing that went wrong; told after the frames.
    damage: Option<Error>,
}

impl Playback {
    pub(super) fn new(track: Track, media: MediaBytes, budget: Budget) -> Result<Self> {
        let decoder = guarded(track.codec.name(), || codec::decoder(&track, &budget))?;
        let reorder = Reorder::new(track.samples.iter().map(|sample| sample.time));
        Ok(Self { media, track, budget, decoder, reorder, next: 0, given: 0, damage: None })
    }

    /// Decodes the first sample.
    ///
    /// # Errors
    /// `media.unsupported_codec` and `media.limit_exceeded`; damage is left for later.
    pub(super) fn prime(&mut self) -> Result<()> {
        let start = Instant::now();
        self.decode_next();
        self.budget.spend(start)?;
        match self.damage.take() {
            Some(error) if is_final(&error) => Err(error),
            damage => {
                self.damage = damage;
                Ok(())
            }
        }
    }

    /// The next frame in presentation order.
    pub(super) fn next_frame(&mut self) -> Result<Option<Frame>> {
        let start = Instant::now();
        let frame = self.advance(start)?;
        self.budget.spend(start)?;
        Ok(frame)
    }

    fn advance(&mut self, start: Instant) -> Result<Option<Frame>> {
        loop {
            if let Some((time, picture)) = self.reorder.pop(self.next) {
                let stored = color::rgb_from_yuv(&picture, self.track.color)?;
                return self.frame(time, self.track.orientation.apply(stored)).map(Some);
            }
            if self.next >= self.track.samples.len() {
                return ending(self.damage.take().or_else(|| self.track.ending.error()), self.given);
            }
            self.budget.still_in_time(start)?;
            self.decode_next();
        }
    }

    fn frame(&mut self, time: i64, image: Image) -> Result<Frame> {
        self.budget.frames(self.given + 1)?;
        let nanos = u64::try_from(time.saturating_sub(self.track.origin)).unwrap_or(0);
        let frame = Frame { image, time: Duration::from_nanos(nanos), index: self.given };
        self.given += 1;
        Ok(frame)
    }

    /// Decodes one sample. Damage is noted and the rest is tried, unless the error makes the rest pointless.
    fn decode_next(&mut self) {
        let sample = self.track.samples[self.next];
        self.next += 1;
        let Some(bytes) = bytes_of(&self.media, &sample) else {
            return self.stop(Error::truncated(format!("sample {} lies beyond the end", self.next)));
        };
        let mut returned = false;
        let decoded = guarded(self.track.codec.name(), || {
            let decoded = self.decoder.decode(bytes, &self.budget);
            returned = true;
            decoded
        });
        match decoded {
            Ok(pictures) => {
                if pictures.is_empty() && self.track.codec.one_picture_a_sample() {
                    self.note(Error::corrupt(format!("sample {} holds no picture", self.next)));
                }
                if sample.shown {
                    pictures.into_iter().for_each(|picture| self.reorder.push(sample.time, picture));
                }
            }
            // A decoder that panicked is not used again.
            Err(error) if !returned || is_final(&error) => self.stop(error),
            Err(error) => self.note(error),
        }
    }

    /// Remembers the first damage.
    fn note(&mut self, error: Error) {
        self.damage.get_or_insert(error);
    }

    /// Remembers what ends the decoding; pictures that wait are still shown.
    fn stop(&mut self, error: Error) {
        self.damage = Some(error);
        self.next = self.track.samples.len();
    }
}

/// Whether trying the next sample would be pointless.
fn is_final(error: &Error) -> bool {
    !matches!(error, Error::MediaCorrupt { .. } | Error::MediaTruncated { .. })
}

fn bytes_of<'a>(media: &'a MediaBytes, sample: &Sample) -> Option<&'a [u8]> {
    let start = usize::try_from(sample.offset).ok()?;
    let end = start.checked_add(usize::try_from(sample.size).ok()?)?;
    media.get(start..end)
}
