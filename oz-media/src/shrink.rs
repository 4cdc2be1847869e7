//! Downscaling by area averaging.

use std::ops::Range;

use oz_core::media::Image;

/// Scales `image` down so that its longer side has at most `side` pixels (at least 1).
///
/// Each output pixel is the mean of the input pixels it covers. A small enough image is returned unchanged.
#[must_use]
pub fn shrunk(image: &Image, side: u32) -> Image {
    let (width, height) = (image.width(), image.height());
    let (side, longer) = (side.max(1), width.max(height));
    if longer <= side {
        return image.clone();
    }

    let scaled =
        |length: u32| (u64::from(length) * u64::from(side)).div_ceil(u64::from(longer)).max(1) as u32;
    let (columns, rows) = (split(width, scaled(width)), split(height, scaled(height)));

    let stride = width as usize * 3;
    let mut small = vec![0; columns.len() * rows.len() * 3];
    let mut sums = vec![0u32; stride];
    for (rows, small) in rows.iter().zip(small.chunks_exact_mut(columns.len() * 3)) {
        sums.fill(0);
        for row in image.pixels()[rows.start * stride..rows.end * stride].chunks_exact(stride) {
            add(&mut sums, row);
        }
        for (columns, pixel) in columns.iter().zip(small.chunks_exact_mut(3)) {
            pixel.copy_from_slice(&mean(&sums, columns, rows.len()));
        }
    }

    Image::from_rgb(scaled(width), scaled(height), small).expect("pixel buffer matches the scaled size")
}

/// Splits `length` into `count` non-empty ranges whose lengths differ by at most one.
fn split(length: u32, count: u32) -> Vec<Range<usize>> {
    let begin = |part: u32| (u64::from(length) * u64::from(part) / u64::from(count)) as usize;
    (0..count).map(|part| begin(part)..begin(part + 1)).collect()
}

/// Adds a row to the column sums.
///
/// Rows are summed before columns because adding whole rows vectorises. A sum holds 16.8 million rows.
fn add(sums: &mut [u32], row: &[u8]) {
    sums.iter_mut().zip(row).for_each(|(sum, &value)| *sum += u32::from(value));
}

/// Mean colour of `columns` over `rows` summed rows.
fn mean(sums: &[u32], columns: &Range<usize>, rows: usize) -> [u8; 3] {
    let mut sum = [0u64; 3];
    for pixel in sums[columns.start * 3..columns.end * 3].chunks_exact(3) {
        sum = [0, 1, 2].map(|channel| sum[channel] + u64::from(pixel[channel]));
    }
    // One floating-point division is faster than three integer divisions.
    let share = 1.0 / (columns.len() * rows) as f64;
    sum.map(|sum| (sum as f64 * share + 0.5) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(size: (u32, u32), side: u32, expected: (u32, u32)) {
        let small = shrunk(&Image::from_fn(size.0, size.1, |_, _| [10, 200, 90]), side);
        assert_eq!((small.width(), small.height()), expected);
        assert_eq!(small.pixel(0, 0), [10, 200, 90]);
    }

    #[test]
    fn longer_side_gets_the_length_and_no_side_becomes_zero() {
        check((640, 480), 256, (256, 192));
        check((480, 640), 256, (192, 256));
        check((3000, 2), 100, (100, 1));
        check((10, 20), 256, (10, 20));
        check((10, 20), 0, (1, 1));
    }

    #[test]
    fn each_pixel_is_the_mean_of_the_pixels_it_covers() {
        // Columns 0 1 2 | 3 4 5 6, rows 0 | 1 2.
        let image = Image::from_fn(7, 3, |x, y| [x as u8 * 10, y as u8 * 10, 7]);
        let small = shrunk(&image, 2);
        assert_eq!((small.width(), small.height()), (2, 1));
        assert_eq!((small.pixel(0, 0), small.pixel(1, 0)), ([10, 10, 7], [45, 10, 7]));
    }
}
