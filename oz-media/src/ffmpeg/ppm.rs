//! Reader for a stream of binary PPM pictures.

use std::io::{BufRead, Read as _};

use oz_core::media::Image;
use oz_core::{Error, Result};

use super::failed;
use crate::budget::Budget;

/// Maximum bytes of a header line; the longest holds two numbers of ten digits.
const LINE: u64 = 32;

/// Reads the next picture; `None` when the pipe ends between two pictures.
///
/// # Errors
/// `media.corrupt` for a malformed or incomplete picture, `media.limit_exceeded` for one that is too large.
pub(super) fn read(pipe: &mut impl BufRead, budget: &Budget) -> Result<Option<Image>> {
    let magic = line(pipe)?;
    if magic.is_empty() {
        return Ok(None);
    }

    let (size, depth) = (line(pipe)?, line(pipe)?);
    let mut sides = size.split_ascii_whitespace().filter_map(|side| side.parse::<u32>().ok());
    let (Some(width), Some(height)) = (sides.next(), sides.next()) else {
        return Err(failed("malformed picture in the output"));
    };
    if magic.trim() != "P6" || depth.trim() != "255" {
        return Err(failed("malformed picture in the output"));
    }

    budget.ensure_size(width, height)?;
    let mut pixels = vec![0; width as usize * height as usize * 3];
    pipe.read_exact(&mut pixels).map_err(|_| incomplete())?;
    Image::from_rgb(width, height, pixels).map(Some)
}

fn line(pipe: &mut impl BufRead) -> Result<String> {
    let mut line = String::new();
    pipe.take(LINE).read_line(&mut line).map_err(|_| incomplete())?;
    Ok(line)
}

fn incomplete() -> Error {
    failed("the output ends inside a picture")
}

#[cfg(test)]
mod tests {
    use oz_core::media::DecodeLimits;

    use super::*;

    #[test]
    fn pictures_are_read_in_sequence() {
        let budget = Budget::new(&DecodeLimits::default(), 0).unwrap();
        let mut pipe = b"P6\n2 1\n255\nabcdefP6\n1 1\n255\nxyzP6\n9 9\n255\n".as_slice();
        assert_eq!(read(&mut pipe, &budget).unwrap().unwrap().pixels(), b"abcdef");
        assert_eq!(read(&mut pipe, &budget).unwrap().unwrap().pixels(), b"xyz");
        assert_eq!(read(&mut pipe, &budget).unwrap_err().code(), "media.corrupt");
        assert!(read(&mut b"".as_slice(), &budget).unwrap().is_none());
    }
}
