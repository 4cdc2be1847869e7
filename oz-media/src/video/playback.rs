//! Decoding of a track: samples in, frames in presentation order out.

use std::time::{Duration, Instant};

use oz_core::media::{Frame, Image, MediaBytes};
use oz_core::{Error, Result};

use super::codec::{self, PictureDecoder};
use super::convert::rgb_from_yuv;
use super::reorder::Reorder;
use super::track::{Sample, Track};
use crate::budget::Budget;
use crate::guard::guarded;

/// Decoding state of one track.
pub(super) struct Playback {
    media: MediaBytes,
    track: Track,
    budget: Budget,
    decoder: Box<dyn PictureDecoder>,
    reorder: Reorder,
    /// Index of the sample to decode next.
    next: usize,
    /// Number of frames delivered so far.
    delivered: u64,
    /// Error to report after the remaining frames.
    damage: Option<Error>,
}

impl Playback {
    pub(super) fn new(track: Track, media: MediaBytes, budget: Budget) -> Result<Self> {
        let decoder = guarded(track.codec.name(), || codec::decoder(&track, &budget))?;
        let reorder = Reorder::new(track.samples.iter().map(|sample| sample.time));
        Ok(Self { media, track, budget, decoder, reorder, next: 0, delivered: 0, damage: None })
    }

    /// Decodes the first sample.
    ///
    /// # Errors
    /// `media.unsupported_codec` and `media.limit_exceeded`. Damage is reported by [`Self::next_frame`].
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

    /// Next frame in presentation order; `None` after the last.
    pub(super) fn next_frame(&mut self) -> Result<Option<Frame>> {
        let start = Instant::now();
        let frame = self.advance(start)?;
        self.budget.spend(start)?;
        Ok(frame)
    }

    fn advance(&mut self, start: Instant) -> Result<Option<Frame>> {
        loop {
            if let Some((time, picture)) = self.reorder.pop(self.next) {
                let stored = rgb_from_yuv(&picture, self.track.color)?;
                return self.frame(time, self.track.orientation.apply(stored)).map(Some);
            }
            if self.next >= self.track.samples.len() {
                return end_of_source(
                    self.damage.take().or_else(|| self.track.ending.error()),
                    self.delivered,
                );
            }
            self.budget.ensure_time_left(start)?;
            self.decode_next();
        }
    }

    fn frame(&mut self, time: i64, image: Image) -> Result<Frame> {
        self.budget.ensure_frames(self.delivered + 1)?;
        let nanos = u64::try_from(time.saturating_sub(self.track.origin)).unwrap_or(0);
        let frame = Frame { image, time: Duration::from_nanos(nanos), index: self.delivered };
        self.delivered += 1;
        Ok(frame)
    }

    /// Decodes one sample. Damage is recorded and decoding continues; any other error ends it.
    fn decode_next(&mut self) {
        let sample = self.track.samples[self.next];
        self.next += 1;
        let Some(bytes) = bytes_of(&self.media, &sample) else {
            let detail = format!("the video ends before sample {}; send the complete file", self.next);
            return self.stop(Error::truncated(detail));
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
                    self.record(Error::corrupt(format!(
                        "sample {} of the video holds no picture",
                        self.next
                    )));
                }
                if sample.shown {
                    pictures.into_iter().for_each(|picture| self.reorder.push(sample.time, picture));
                }
            }
            // A decoder that panicked is in an unknown state and must not be used again.
            Err(error) if !returned || is_final(&error) => self.stop(error),
            Err(error) => self.record(error),
        }
    }

    /// Keeps the first error.
    fn record(&mut self, error: Error) {
        self.damage.get_or_insert(error);
    }

    /// Ends decoding with `error`, reported after the pictures that are already decoded.
    fn stop(&mut self, error: Error) {
        self.damage = Some(error);
        self.next = self.track.samples.len();
    }
}

/// Whether the error makes decoding further samples pointless.
fn is_final(error: &Error) -> bool {
    !matches!(error, Error::MediaCorrupt { .. } | Error::MediaTruncated { .. })
}

/// Bytes of `sample`; `None` when it lies beyond the end of the file.
fn bytes_of<'a>(media: &'a MediaBytes, sample: &Sample) -> Option<&'a [u8]> {
    let start = usize::try_from(sample.offset).ok()?;
    let end = start.checked_add(usize::try_from(sample.size).ok()?)?;
    media.get(start..end)
}

/// End of a source after `frames` frames: the damage, or `media.no_frames` when no frame was delivered.
fn end_of_source(damage: Option<Error>, frames: u64) -> Result<Option<Frame>> {
    match damage {
        Some(error) => Err(error),
        None if frames == 0 => Err(Error::MediaNoFrames),
        None => Ok(None),
    }
}
