//! Orientation from the transformation matrix of a track header.

use oz_core::Result;
use oz_core::media::Orientation;

use crate::video::reader::Reader;

/// Orientation of the matrix `[a b u; c d v; x y w]`, derived from the signs of a, b, c and d.
///
/// Cameras write quarter turns and mirrors only; any other matrix is treated as upright.
pub(super) fn orientation(matrix: &mut Reader<'_>) -> Result<Orientation> {
    let a = matrix.i32()?.signum();
    let b = matrix.i32()?.signum();
    matrix.skip(4)?;
    let c = matrix.i32()?.signum();
    let d = matrix.i32()?.signum();
    Ok(match (a, b, c, d) {
        (-1, 0, 0, 1) => Orientation::FlipHorizontal,
        (-1, 0, 0, -1) => Orientation::Rotate180,
        (1, 0, 0, -1) => Orientation::FlipVertical,
        (0, 1, 1, 0) => Orientation::Transpose,
        (0, 1, -1, 0) => Orientation::Rotate90,
        (0, -1, -1, 0) => Orientation::Transverse,
        (0, -1, 1, 0) => Orientation::Rotate270,
        _ => Orientation::Upright,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(abcd: [i32; 4], expected: Orientation) {
        let [a, b, c, d] = abcd.map(|v| (v << 16).to_be_bytes());
        let bytes = [a, b, [0; 4], c, d].concat();
        assert_eq!(orientation(&mut Reader::new(&bytes)).unwrap(), expected);
    }

    #[test]
    fn quarter_turns_are_recognised() {
        check([1, 0, 0, 1], Orientation::Upright);
        check([0, 1, -1, 0], Orientation::Rotate90);
        check([-1, 0, 0, -1], Orientation::Rotate180);
        check([0, -1, 1, 0], Orientation::Rotate270);
    }
}
