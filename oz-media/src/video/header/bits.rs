//! Bit reader, most significant bit first.

use oz_core::{Error, Result};

/// Forward reader; reading past the end is `media.corrupt`.
#[derive(Debug, Clone)]
pub(crate) struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Bits<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub(crate) fn flag(&mut self) -> Result<bool> {
        let byte =
            self.bytes.get(self.at / 8).ok_or_else(|| Error::corrupt("a header of the video ends early"))?;
        let bit = byte >> (7 - self.at % 8) & 1;
        self.at += 1;
        Ok(bit == 1)
    }

    /// Unsigned integer of up to 32 bits.
    pub(crate) fn number(&mut self, bits: u32) -> Result<u32> {
        let mut value = 0;
        for _ in 0..bits {
            value = value << 1 | u32::from(self.flag()?);
        }
        Ok(value)
    }

    pub(crate) fn skip(&mut self, bits: usize) -> Result<()> {
        self.at += bits;
        if self.at <= self.bytes.len() * 8 {
            Ok(())
        } else {
            Err(Error::corrupt("a header of the video ends early"))
        }
    }

    /// Unsigned Exp-Golomb number (`ue(v)` in H.26x, `uvlc` in AV1), below 2^32 - 1.
    pub(crate) fn golomb(&mut self) -> Result<u32> {
        let mut zeros = 0;
        while !self.flag()? {
            zeros += 1;
            if zeros == 32 {
                return Err(Error::corrupt("a number in a header of the video is too large"));
            }
        }
        Ok((1_u32 << zeros) - 1 + self.number(zeros)?)
    }

    /// Unsigned Exp-Golomb number of at most `largest`, a bound of the standard.
    pub(crate) fn golomb_to(&mut self, largest: u32) -> Result<u32> {
        let value = self.golomb()?;
        if value <= largest {
            Ok(value)
        } else {
            Err(Error::corrupt("a number in a header of the video is too large"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn golomb_numbers_are_decoded() {
        // 1 010 011 00100 0001000
        let mut bits = Bits::new(&[0b1010_0110, 0b0100_0001, 0b0000_0000]);
        let numbers: Vec<_> = (0..5).map(|_| bits.golomb().unwrap()).collect();
        assert_eq!(numbers, [0, 1, 2, 3, 7]);
    }

    #[test]
    fn reading_past_the_end_is_an_error() {
        let mut bits = Bits::new(&[0xFF]);
        assert_eq!(bits.number(8).unwrap(), 255);
        assert!(bits.flag().is_err() && bits.skip(1).is_err());
        assert!(Bits::new(&[0; 8]).golomb().is_err());
    }
}
