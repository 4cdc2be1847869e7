//! Resizing, channels last.

use super::conv::ImageShape;

/// Interpolation of one output position along an axis: two input positions and the weight of the second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::engine::candle) struct Tap {
    pub(in crate::engine::candle) low: usize,
    pub(in crate::engine::candle) high: usize,
    pub(in crate::engine::candle) weight: f32,
}

/// Resizes an image of the given shape; `rows` and `columns` must have been computed for it.
pub(in crate::engine::candle) fn resize(
    (input, [_, height, width, channels]): (&[f32], ImageShape),
    rows: &[Tap],
    columns: &[Tap],
    output: &mut [f32],
) {
    // Nearest neighbour: pixels are copied.
    let nearest = rows.iter().chain(columns).all(|tap| tap.low == tap.high);
    for (number, output) in output.chunks_exact_mut(channels).enumerate() {
        let (row, column) = (number / columns.len(), &columns[number % columns.len()]);
        let (image, row) = (row / rows.len(), &rows[row % rows.len()]);
        let pixel = |y: usize, x: usize| &input[((image * height + y) * width + x) * channels..][..channels];
        if nearest {
            output.copy_from_slice(pixel(row.low, column.low));
            continue;
        }

        let (top_left, top_right) = (pixel(row.low, column.low), pixel(row.low, column.high));
        let (bottom_left, bottom_right) = (pixel(row.high, column.low), pixel(row.high, column.high));
        let weights = [
            (1.0 - row.weight) * (1.0 - column.weight),
            (1.0 - row.weight) * column.weight,
            row.weight * (1.0 - column.weight),
            row.weight * column.weight,
        ];

        for (channel, output) in output.iter_mut().enumerate() {
            *output = weights[0] * top_left[channel]
                + weights[1] * top_right[channel]
                + weights[2] * bottom_left[channel]
                + weights[3] * bottom_right[channel];
        }
    }
}
