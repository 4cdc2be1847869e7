//! Small pictures of large ones.

use std::ops::Range;

use oz_core::media::Image;

/// `image` with its longer side at most `side` pixels (at least 1), each pixel the mean of those that it stands for. A
/// picture that is small enough stays as it is.
#[must_use]
pub fn shrunk(image: &Image, side: u32) -> Image {
    let (width, height) = (image.width(), image.height());
    let (side, longer) = (side.max(1), width.max(height));
    if longer <= side {
        return image.clone();
    }
    let scaled =
        |length: u32| (u64::from(length) * u64::from(side)).div_ceil(u64::from(longer)).max(1) as u32;
    let (columns, rows) = (parts(width, scaled(width)), parts(height, scaled(height)));
    let stride = width as usize * 3;
    let mut small = Vec::with_capacity(columns.len() * rows.len() * 3);
    for rows in &rows {
        let band = &image.pixels()[rows.start * stride..rows.end * stride];
        columns.iter().for_each(|columns| small.extend(mean(band, stride, columns)));
    }
    Image::from_rgb(scaled(width), scaled(height), small).expect("it has this size")
}

/// A length in as many parts, none empty, alike to one pixel.
fn parts(length: u32, count: u32) -> Vec<Range<usize>> {
    let begin = |part: u32| (u64::from(length) * u64::from(part) / u64::from(count)) as usize;
    (0..count).map(|part| begin(part)..begin(part + 1)).collect()
}

/// The mean colour of some columns of a band of rows.
fn mean(band: &[u8], stride: usize, columns: &Range<usize>) -> [u8; 3] {
    let (mut sum, mut count) = ([0u64; 3], 0);
    for row in band.chunks_exact(stride) {
        // No row is so long that this overflows.
        let (mut red, mut green, mut blue) = (0u32, 0u32, 0u32);
        for pixel in row[columns.start * 3..columns.end * 3].chunks_exact(3) {
            red += u32::from(pixel[0]);
            green += u32::from(pixel[1]);
            blue += u32::from(pixel[2]);
        }
        sum = [sum[0] + u64::from(red), sum[1] + u64::from(green), sum[2] + u64::from(blue)];
        count += columns.len() as u64;
    }
    sum.map(|sum| ((sum + count / 2) / count) as u8)
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
    fn the_longer_side_gets_the_length_and_no_side_vanishes() {
        check((640, 480), 256, (256, 192));
        check((480, 640), 256, (192, 256));
        check((3000, 2), 100, (100, 1));
        check((10, 20), 256, (10, 20));
        check((10, 20), 0, (1, 1));
    }

    #[test]
    fn each_pixel_is_the_mean_of_those_it_stands_for() {
        // Columns 0 1 2 | 3 4 5 6, rows 0 | 1 2.
        let image = Image::from_fn(7, 3, |x, y| [x as u8 * 10, y as u8 * 10, 7]);
        let small = shrunk(&image, 2);
        assert_eq!((small.width(), small.height()), (2, 1));
        assert_eq!((small.pixel(0, 0), small.pixel(1, 0)), ([10, 10, 7], [45, 10, 7]));
    }
}
