//! What decoders share that are fed a sample unit by unit.

use oz_core::{Error, Result};

/// Frames that came out while the units of a sample went in, and the last damage among them.
pub(super) struct UnitFrames<F> {
    frames: Vec<F>,
    damage: Option<Error>,
}

impl<F> UnitFrames<F> {
    /// Passes over units that are damaged: the others may do. Any other refusal is final.
    pub(super) fn gather(answers: impl Iterator<Item = Result<Option<F>>>) -> Result<Self> {
        let mut fed = Self { frames: Vec::new(), damage: None };
        for answer in answers {
            match answer {
                Ok(frame) => fed.frames.extend(frame),
                Err(error @ Error::MediaCorrupt { .. }) => fed.damage = Some(error),
                Err(error) => return Err(error),
            }
        }
        Ok(fed)
    }

    /// All frames of the sample. A sample holds whole pictures, so the ones that are still in the making are complete
    /// and given as `rest`; this also keeps times right. Damage is an error when it left nothing.
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

    fn play(answers: Vec<Result<Option<u8>>>, rest: &[u8]) -> Result<Vec<u8>> {
        UnitFrames::collect(answers.into_iter())?.finish(rest.iter().copied())
    }

    #[test]
    fn damage_is_an_error_when_it_left_nothing() {
        let damaged = || Err(Error::corrupt("expected in this test"));
        assert_eq!(play(vec![Ok(Some(1)), damaged(), Ok(None)], &[2]).unwrap(), [1, 2]);
        assert_eq!(play(vec![damaged()], &[3]).unwrap(), [3]);
        assert_eq!(play(vec![Ok(None), damaged()], &[]).unwrap_err().code(), "media.corrupt");
        assert!(play(vec![Ok(None)], &[]).unwrap().is_empty());
    }

    #[test]
    fn what_cannot_be_decoded_at_all_ends_the_sample() {
        let refused = Err(Error::MediaUnsupportedCodec { codec: "test".into() });
        assert_eq!(play(vec![Ok(Some(1)), refused], &[]).unwrap_err().code(), "media.unsupported_codec");
    }
}
