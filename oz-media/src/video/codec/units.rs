//! Frames of a sample that is decoded unit by unit (NAL units of H.264 and HEVC).

use oz_core::{Error, Result};

/// Frames decoded from the units of a sample.
pub(super) struct UnitFrames<F> {
    frames: Vec<F>,
    /// Last damaged unit.
    damage: Option<Error>,
}

impl<F> UnitFrames<F> {
    /// Collects the frames of all units. Damaged units are skipped, as the others may be decodable.
    ///
    /// # Errors
    /// The first error other than `media.corrupt`.
    pub(super) fn collect(units: impl Iterator<Item = Result<Option<F>>>) -> Result<Self> {
        let mut collected = Self { frames: Vec::new(), damage: None };
        for unit in units {
            match unit {
                Ok(frame) => collected.frames.extend(frame),
                Err(error @ Error::MediaCorrupt { .. }) => collected.damage = Some(error),
                Err(error) => return Err(error),
            }
        }
        Ok(collected)
    }

    /// All frames of the sample, including `rest`, the frames flushed from the decoder.
    ///
    /// A sample holds whole pictures, so frames pending in the decoder are complete. Flushing them after each
    /// sample also assigns them the right time.
    ///
    /// # Errors
    /// The damage, when no frame could be decoded.
    pub(super) fn finish(mut self, rest: impl IntoIterator<Item = F>) -> Result<Vec<F>> {
        self.frames.extend(rest);
        match self.damage {
            Some(error) if self.frames.is_empty() => Err(error),
            _ => Ok(self.frames),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(units: Vec<Result<Option<u8>>>, rest: &[u8]) -> Result<Vec<u8>> {
        UnitFrames::collect(units.into_iter())?.finish(rest.iter().copied())
    }

    #[test]
    fn damage_is_an_error_without_frames() {
        let damaged = || Err(Error::corrupt("expected in this test"));
        assert_eq!(decode(vec![Ok(Some(1)), damaged(), Ok(None)], &[2]).unwrap(), [1, 2]);
        assert_eq!(decode(vec![damaged()], &[3]).unwrap(), [3]);
        assert_eq!(decode(vec![Ok(None), damaged()], &[]).unwrap_err().code(), "media.corrupt");
        assert!(decode(vec![Ok(None)], &[]).unwrap().is_empty());
    }

    #[test]
    fn unsupported_codec_ends_the_sample() {
        let refused = Err(Error::MediaUnsupportedCodec { codec: "test".into() });
        assert_eq!(decode(vec![Ok(Some(1)), refused], &[]).unwrap_err().code(), "media.unsupported_codec");
    }
}
