//! Image resizing by area averaging and bilinear interpolation.

use oz_core::media::Image;

/// A rectangle of whole pixels inside an image, at least one pixel in size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region {
    /// First column.
    pub x: u32,
    /// First row.
    pub y: u32,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

impl Region {
    /// The whole image.
    #[must_use]
    pub fn whole(image: &Image) -> Self {
        Self { x: 0, y: 0, width: image.width(), height: image.height() }
    }
}

/// Scales an image down; each pixel is the mean of the area that it covers.
///
/// Uses the weights of `INTER_AREA` of OpenCV 4 (`computeResizeAreaTab`). A side that grows repeats pixels.
///
/// # Panics
/// If `width` or `height` is zero.
#[must_use]
pub fn resize_area(image: &Image, width: u32, height: u32) -> Image {
    let columns = spans(image.width() as usize, width as usize);
    let rows = spans(image.height() as usize, height as usize);
    let stride = image.width() as usize * 3;
    let mut sums = RowSums::new(stride);
    let mut pixels = Vec::with_capacity(width as usize * height as usize * 3);
    for row in &rows {
        let sums = sums.over(&image.pixels()[row.start * stride..], row);
        for column in &columns {
            pixels.extend_from_slice(&sum_columns(&sums[column.start..], column));
        }
    }
    Image::from_rgb(width, height, pixels).expect("the buffer has the size of the image")
}

/// Source pixels covered by one target pixel, with one weight each.
struct Span {
    start: usize,
    weights: Vec<f32>,
}

/// Smallest fraction of a source pixel that is taken into account.
const MIN_COVERAGE: f64 = 1e-3;

fn spans(source: usize, target: usize) -> Vec<Span> {
    let scale = source as f64 / target as f64;
    (0..target).map(|index| span(source, scale, index as f64 * scale)).collect()
}

fn span(source: usize, scale: f64, from: f64) -> Span {
    let to = (from + scale).min(source as f64);
    let margin = MIN_COVERAGE.min((to - from) / 4.0);
    let first = ((from + margin).floor() as usize).min(source - 1);
    let last = ((to - margin).ceil() as usize).clamp(first + 1, source);
    let covered = |pixel: usize| to.min(pixel as f64 + 1.0) - from.max(pixel as f64);
    let area: f64 = (first..last).map(covered).sum();
    Span { start: first, weights: (first..last).map(|pixel| (covered(pixel) / area) as f32).collect() }
}

/// Buffers for weighted sums over rows of pixels.
struct RowSums {
    sums: Vec<f32>,
    run: Vec<u16>,
}

/// Largest number of bytes whose sum fits into 16 bits.
const LONGEST_RUN: usize = 257;

impl RowSums {
    fn new(stride: usize) -> Self {
        Self { sums: vec![0.0; stride], run: vec![0; stride] }
    }

    /// Computes the weighted sum of the rows of a span. Rows of equal weight are summed as integers first,
    /// which is several times faster.
    fn over(&mut self, pixels: &[u8], span: &Span) -> &[[f32; 3]] {
        self.sums.fill(0.0);
        let mut rows = pixels.chunks_exact(self.run.len());

        let runs = span.weights.chunk_by(|a, b| a == b).flat_map(|weights| weights.chunks(LONGEST_RUN));

        for weights in runs {
            self.run.fill(0);
            for row in rows.by_ref().take(weights.len()) {
                self.run.iter_mut().zip(row).for_each(|(sum, &value)| *sum += u16::from(value));
            }
            let weighted = self.sums.iter_mut().zip(&self.run);
            weighted.for_each(|(sum, &run)| *sum += weights[0] * f32::from(run));
        }
        self.sums.as_chunks().0
    }
}

fn sum_columns(sums: &[[f32; 3]], span: &Span) -> [u8; 3] {
    let [mut red, mut green, mut blue] = [0.5; 3];
    for (pixel, weight) in sums.iter().zip(&span.weights) {
        red += weight * pixel[0];
        green += weight * pixel[1];
        blue += weight * pixel[2];
    }
    [red as u8, green as u8, blue as u8]
}

/// Resizes a region of an image by bilinear interpolation between pixel centres, without anti-aliasing.
///
/// Matches `INTER_LINEAR` of OpenCV 4, which some networks were trained on. To scale down without aliasing,
/// use [`resize_area`].
///
/// # Panics
/// If a side is zero or the region exceeds the image.
#[must_use]
pub fn resize_bilinear(image: &Image, region: Region, width: u32, height: u32) -> Image {
    let inside =
        |at: u32, length: u32, side: u32| length > 0 && at.checked_add(length).is_some_and(|end| end <= side);
    assert!(
        inside(region.x, region.width, image.width()) && inside(region.y, region.height, image.height()),
        "{region:?} must lie inside {image:?}"
    );

    let columns = taps(region.x, region.width, width);
    let rows = taps(region.y, region.height, height);
    let stride = image.width() as usize * 3;
    let mut pixels = Vec::with_capacity(width as usize * height as usize * 3);

    for row in &rows {
        let above = &image.pixels()[row.low * stride..][..stride];
        let below = &image.pixels()[row.high * stride..][..stride];
        for column in &columns {
            for channel in 0..3 {
                let (left, right) = (column.low * 3 + channel, column.high * 3 + channel);
                let above = mix(f32::from(above[left]), f32::from(above[right]), column.weight);
                let below = mix(f32::from(below[left]), f32::from(below[right]), column.weight);
                pixels.push((mix(above, below, row.weight) + 0.5) as u8);
            }
        }
    }
    Image::from_rgb(width, height, pixels).expect("the buffer has the size of the image")
}

/// Two neighbouring source pixels and the weight of the higher one.
struct Tap {
    low: usize,
    high: usize,
    weight: f32,
}

fn taps(start: u32, source: u32, target: u32) -> Vec<Tap> {
    let scale = f64::from(source) / f64::from(target);
    let last = f64::from(source - 1);

    (0..target)
        .map(|index| {
            let at = ((f64::from(index) + 0.5) * scale - 0.5).clamp(0.0, last);
            let low = at.floor();
            Tap {
                low: start as usize + low as usize,
                high: start as usize + (low + 1.0).min(last) as usize,
                weight: (at - low) as f32,
            }
        })
        .collect()
}

fn mix(low: f32, high: f32, weight: f32) -> f32 {
    low + (high - low) * weight
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ramp(width: u32, height: u32) -> Image {
        Image::from_fn(width, height, |x, y| [(x * 10) as u8, (y * 10) as u8, 77])
    }

    #[test]
    fn pixel_is_the_mean_of_its_area() {
        let image = Image::from_fn(3, 1, |x, _| [[10, 40, 100][x as usize]; 3]);
        let half = resize_area(&image, 2, 1);
        // Each pixel covers 1.5 source pixels: (10 + 40 / 2) / 1.5 and (40 / 2 + 100) / 1.5.
        assert_eq!((half.pixel(0, 0)[0], half.pixel(1, 0)[0]), (20, 80));
    }

    #[test]
    fn resizing_to_the_original_size_is_the_identity() {
        let image = ramp(20, 11);
        assert_eq!(resize_area(&image, 20, 11), image);
        assert_eq!(resize_bilinear(&image, Region::whole(&image), 20, 11), image);
    }

    #[test]
    fn region_is_cropped() {
        let image = ramp(20, 11);
        let part = resize_bilinear(&image, Region { x: 4, y: 2, width: 5, height: 6 }, 5, 6);
        assert_eq!(part.pixel(0, 0), image.pixel(4, 2));
        assert_eq!(part.pixel(4, 5), image.pixel(8, 7));
    }

    proptest! {
        #[test]
        fn uniform_image_stays_uniform(
            width in 1u32..60,
            height in 1u32..60,
            to_width in 1u32..40,
            to_height in 1u32..40,
            value: u8,
        ) {
            let plain = Image::from_fn(width, height, |_, _| [value; 3]);
            for resized in [
                resize_area(&plain, to_width, to_height),
                resize_bilinear(&plain, Region::whole(&plain), to_width, to_height),
            ] {
                prop_assert!(resized.pixels().iter().all(|v| *v == value));
            }
        }

        #[test]
        fn shrinking_keeps_the_mean(width in 8u32..60, height in 8u32..60, to in 1u32..8) {
            let image = Image::from_fn(width, height, |x, y| [((x * 37 + y * 91) % 251) as u8; 3]);
            let mean = |image: &Image| {
                image.pixels().iter().map(|v| f64::from(*v)).sum::<f64>() / image.pixels().len() as f64
            };
            prop_assert!((mean(&resize_area(&image, to, to)) - mean(&image)).abs() < 1.0);
        }
    }
}
