//! Every kernel on every instruction set of this processor, compared with a naive implementation.

use proptest::prelude::*;

use super::activation::Activation;
use super::conv::{Convolution, ImageShape, Window};
use super::elementwise::{Binary, Unary, activate};
use super::gemm::{Epilogue, Residual};
use super::parallel::Threads;
use super::pool::{Pooling, pool};
use super::resize::{Tap, resize};
use super::simd::Isa;
use super::{layout, reduce};

/// Pseudorandom numbers in [-1, 1).
fn values(count: usize, seed: u32) -> Vec<f32> {
    let value = |index: u32| {
        let mixed = (index ^ seed.rotate_left(16)).wrapping_mul(0x9E37_79B1);
        let mixed = (mixed ^ (mixed >> 15)).wrapping_mul(0x85EB_CA77);
        ((mixed ^ (mixed >> 13)) >> 8) as f32 / 8_388_608.0 - 1.0
    };
    (0..u32::try_from(count).unwrap()).map(value).collect()
}

#[track_caller]
fn assert_close(actual: &[f32], expected: &[f32], what: &str) {
    assert_eq!(actual.len(), expected.len(), "{what}");
    let scale = expected.iter().fold(1.0f32, |scale, value| scale.max(value.abs()));
    for (index, (actual, expected)) in actual.iter().zip(expected).enumerate() {
        assert!((actual - expected).abs() <= 1e-5 * scale, "{what}: {actual} is not {expected} at {index}");
    }
}

fn window() -> impl Strategy<Value = Window> {
    let small = || prop::array::uniform2(1usize..4);
    let pads = prop::array::uniform4(0usize..3);
    (prop::array::uniform2(1usize..6), small(), prop::array::uniform2(1usize..3), pads)
        .prop_map(|(kernel, stride, dilation, pads)| Window { kernel, stride, dilation, pads })
}

fn activation(channels: usize, kind: u8) -> Activation {
    match kind {
        0 => Activation::Identity,
        1 => Activation::Relu,
        2 => Activation::PRelu(values(channels, 77)),
        _ => Activation::Clip(-0.5, 0.25),
    }
}

/// Taps of the window at output position `position` that lie inside the image: `(tap, pixel)`.
fn taps(window: &Window, axis: usize, position: usize, length: usize) -> Vec<(usize, usize)> {
    let start = position * window.stride[axis];
    let at = |tap: usize| (start + tap * window.dilation[axis]).checked_sub(window.pads[axis]);
    let inside = |tap| at(tap).filter(|&at| at < length).map(|at| (tap, at));
    (0..window.kernel[axis]).filter_map(inside).collect()
}

/// Convolution by definition, with weights `[outputs, inputs / groups, height, width]`.
fn naive(
    (input, [batch, height, width, channels]): (&[f32], ImageShape),
    (weights, outputs, groups): (&[f32], usize, usize),
    bias: &[f32],
    window: &Window,
) -> Vec<f32> {
    let (rows, columns) = (window.positions(0, height).unwrap(), window.positions(1, width).unwrap());
    let group_inputs = channels / groups;

    let mut result = vec![];
    for position in 0..batch * rows * columns {
        let (image, y, x) = (position / (rows * columns), position / columns % rows, position % columns);
        for output in 0..outputs {
            let group = output / (outputs / groups);
            let mut sum = f64::from(bias[output]);
            for (tap_y, y) in taps(window, 0, y, height) {
                for (tap_x, x) in taps(window, 1, x, width) {
                    for channel in 0..group_inputs {
                        let weight = (output * group_inputs + channel) * window.kernel[0] + tap_y;
                        let weight = weights[weight * window.kernel[1] + tap_x];
                        let pixel =
                            ((image * height + y) * width + x) * channels + group * group_inputs + channel;
                        sum += f64::from(weight) * f64::from(input[pixel]);
                    }
                }
            }
            result.push(sum as f32);
        }
    }
    result
}

/// Applies the epilogue: `second(first(sum) + residual)`.
fn apply_epilogue(
    sums: &mut [f32],
    outputs: usize,
    first: &Activation,
    residual: Option<Residual<'_>>,
    second: &Activation,
) {
    for (pixel, row) in sums.chunks_exact_mut(outputs).enumerate() {
        for (channel, sum) in row.iter_mut().enumerate() {
            *sum = first.apply(*sum, channel);
            if let Some(residual) = residual.filter(|residual| channel < residual.channels) {
                *sum += residual.values[pixel * residual.channels + channel];
            }
            *sum = second.apply(*sum, channel);
        }
    }
}

#[derive(Debug, Clone)]
struct Case {
    window: Window,
    shape: ImageShape,
    groups: usize,
    outputs: usize,
    first: u8,
    second: u8,
    /// Number of channels that the residual lacks; `None` without a residual.
    residual: Option<usize>,
    threads: usize,
    seed: u32,
}

fn check(case: &Case) {
    let Case { window, shape, groups, outputs, .. } = *case;
    let (Some(rows), Some(columns)) = (window.positions(0, shape[1]), window.positions(1, shape[2])) else {
        return;
    };

    let group_inputs = shape[3] / groups;
    let input = values(shape.iter().product(), case.seed);
    let weights = values(outputs * group_inputs * window.kernel[0] * window.kernel[1], case.seed ^ 1);
    let bias = values(outputs, case.seed ^ 2);

    let pixels = shape[0] * rows * columns;
    // The depthwise kernel takes whole residuals only.
    let missing = if group_inputs == 1 && groups == outputs { 0 } else { case.residual.unwrap_or(0) };
    let channels = outputs.saturating_sub(missing).max(1);
    let residual = values(pixels * channels, case.seed ^ 3);
    let residual = case.residual.map(|_| Residual { values: &residual, channels });
    let (first, second) = (activation(outputs, case.first), activation(outputs, case.second));

    let mut expected = naive((&input, shape), (&weights, outputs, groups), &bias, &window);
    apply_epilogue(&mut expected, outputs, &first, residual, &second);

    let threads = Threads::new(case.threads).unwrap();
    for isa in Isa::all() {
        let dims = [outputs, group_inputs, window.kernel[0], window.kernel[1]];
        let convolution = Convolution::new(isa, &weights, dims, groups, window.dilation[1]);
        let (first, second) = (convolution.prepare(&first), convolution.prepare(&second));
        let epilogue = Epilogue { first: &first, residual, second: &second };

        let mut scratch = vec![f32::NAN; convolution.scratch(&window, shape)];
        let mut output = vec![f32::NAN; pixels * outputs];
        let bias = convolution.bias(&bias);
        convolution.run(&threads, &window, (&input, shape), &bias, epilogue, &mut scratch, &mut output);

        assert_close(&output, &expected, isa.name());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn convolution_matches_its_definition(
        window in window(),
        size in (1usize..3, 1usize..14, 1usize..14),
        channels in (1usize..4, 1usize..20, 1usize..80),
        dressing in (0u8..4, 0u8..4, prop::option::of(0usize..5)),
        threads in 1usize..3,
        seed: u32,
    ) {
        let (groups, inputs, outputs) = channels;
        let (first, second, residual) = dressing;
        check(&Case {
            window,
            shape: [size.0, size.1, size.2, groups * inputs],
            groups,
            outputs: groups * outputs,
            first,
            second,
            residual,
            threads,
            seed,
        });
    }

    #[test]
    fn depthwise_convolution_matches_its_definition(
        window in window(),
        size in (1usize..3, 1usize..24, 1usize..24),
        channels in 1usize..70,
        dressing in (0u8..4, 0u8..4, prop::option::of(0usize..1)),
        seed: u32,
    ) {
        let (first, second, residual) = dressing;
        let shape = [size.0, size.1, size.2, channels];
        let (groups, outputs) = (channels, channels);
        check(&Case { window, shape, groups, outputs, first, second, residual, threads: 1, seed });
    }

    /// The windows of the face networks, which have specialized loops.
    #[test]
    fn convolution_of_three_by_three_matches_its_definition(
        stride in 1usize..3,
        pads in prop::array::uniform4(0usize..2),
        size in (1usize..30, 1usize..30),
        channels in 1usize..40,
        depthwise: bool,
        seed: u32,
    ) {
        let window = Window { kernel: [3, 3], stride: [stride; 2], dilation: [1, 1], pads };
        let groups = if depthwise { channels } else { 1 };
        let shape = [1, size.0, size.1, channels];
        check(&Case {
            window,
            shape,
            groups,
            outputs: channels,
            first: 2,
            second: 0,
            residual: Some(0),
            threads: 1,
            seed,
        });
    }

    #[test]
    fn pooling_computes_the_maximum_or_the_mean(
        window in window(),
        size in (1usize..3, 1usize..12, 1usize..12, 1usize..20),
        seed: u32,
    ) {
        let shape = [size.0, size.1, size.2, size.3];
        let (Some(rows), Some(columns)) = (window.positions(0, size.1), window.positions(1, size.2)) else {
            return Ok(());
        };
        let input = values(shape.iter().product(), seed);
        let average = [false, true].map(|border_counts| Pooling::Average { border_counts });

        for pooling in [Pooling::Max].into_iter().chain(average) {
            let mut expected = vec![];
            for position in 0..size.0 * rows * columns {
                let (image, y) = (position / (rows * columns), position / columns % rows);
                let x = position % columns;
                for channel in 0..size.3 {
                    let inside: Vec<f32> = taps(&window, 0, y, size.1)
                        .into_iter()
                        .flat_map(|(_, y)| taps(&window, 1, x, size.2).into_iter().map(move |(_, x)| (y, x)))
                        .map(|(y, x)| input[((image * size.1 + y) * size.2 + x) * size.3 + channel])
                        .collect();

                    let count = match pooling {
                        Pooling::Average { border_counts: true } => window.kernel[0] * window.kernel[1],
                        _ => inside.len().max(1),
                    };
                    expected.push(match pooling {
                        Pooling::Max => inside.iter().copied().fold(f32::NEG_INFINITY, f32::max),
                        Pooling::Average { .. } => inside.iter().sum::<f32>() / count as f32,
                    });
                }
            }

            for isa in Isa::all() {
                let mut output = vec![f32::NAN; expected.len()];
                pool(isa, pooling, &window, (&input, shape), [rows, columns], &mut output);
                for (output, expected) in output.iter().zip(&expected) {
                    let same = output == expected || (output - expected).abs() < 1e-5;
                    prop_assert!(same, "{output} is not {expected} with {}", isa.name());
                }
            }
        }
    }

    #[test]
    fn gather_copies_strided_values(
        dims in prop::collection::vec((1usize..9, 0usize..40), 0..5),
        start in 0usize..5,
    ) {
        let last = start + dims.iter().map(|(length, stride)| (length - 1) * stride).sum::<usize>();
        let input = values(last + 1, 5);
        let count = dims.iter().map(|dim| dim.0).product();
        let expected: Vec<_> = (0..count).map(|index| input[start + offset(index, &dims)]).collect();

        let mut output = vec![f32::NAN; count];
        layout::gather(&input, start, &layout::collapse(dims.iter().copied()), &mut output);

        prop_assert_eq!(output, expected);
    }

    #[test]
    fn stride_0_broadcasts_an_operand(
        dims in prop::collection::vec((1usize..7, any::<bool>(), any::<bool>()), 1..5),
        seed: u32,
    ) {
        let (mut left_stride, mut right_stride) = (1, 1);
        let mut strided = vec![];
        for &(length, left, right) in dims.iter().rev() {
            strided.push([length, if left { left_stride } else { 0 }, if right { right_stride } else { 0 }]);
            left_stride *= if left { length } else { 1 };
            right_stride *= if right { length } else { 1 };
        }
        strided.reverse();

        let (left, right) = (values(left_stride, seed), values(right_stride, !seed));
        let pick = |side: usize| strided.iter().map(|dim| (dim[0], dim[side])).collect::<Vec<_>>();
        let (left_dims, right_dims) = (pick(1), pick(2));
        let count = dims.iter().map(|dim| dim.0).product();

        let functions = [
            Binary::Add, Binary::Sub, Binary::Mul, Binary::Div, Binary::Max, Binary::Min, Binary::Pow,
        ];
        for function in functions {
            let at = |index| (left[offset(index, &left_dims)], right[offset(index, &right_dims)]);
            let expected: Vec<_> =
                (0..count).map(at).map(|(left, right)| function.apply(left, right)).collect();

            for isa in Isa::all() {
                let mut output = vec![f32::NAN; count];
                function.run(isa, &left, &right, &strided, &mut output);
                prop_assert!(output.iter().zip(&expected).all(|(a, b)| a == b || (a.is_nan() && b.is_nan())));
            }
        }
    }

    #[test]
    fn unary_functions_and_activations_apply_to_each_value(count in 1usize..100, kind in 0u8..4, seed: u32) {
        let input = values(count, seed);
        let functions = [
            Unary::Neg, Unary::Sqrt, Unary::Reciprocal, Unary::Sigmoid, Unary::Tanh, Unary::Exp, Unary::Abs,
            Unary::Log, Unary::HardSigmoid(0.2, 0.5), Unary::HardSwish,
        ];

        for isa in Isa::all() {
            for function in functions {
                let mut output = vec![f32::NAN; count];
                function.run(isa, &input, &mut output);
                for (&output, &input) in output.iter().zip(&input) {
                    let expected = function.apply(input);
                    let same = output == expected || (output - expected).abs() < 1e-6 || expected.is_nan();
                    prop_assert!(same, "{function:?} of {input}");
                }
            }

            let activation = activation(count, kind);
            let mut output = vec![f32::NAN; count];
            activate(isa, &activation, count, &input, &mut output);
            let apply = |channel: usize| activation.apply(input[channel], channel);
            let expected: Vec<_> = (0..count).map(apply).collect();
            assert_close(&output, &expected, isa.name());
        }
    }

    #[test]
    fn sum_reduces_the_dimensions_of_stride_0(
        dims in prop::collection::vec((1usize..7, any::<bool>()), 0..5),
        seed: u32,
    ) {
        let mut stride = 1;
        let mut strided: Vec<_> = dims.iter().rev().map(|&(length, kept)| {
            let own = if kept { stride } else { 0 };
            stride *= if kept { length } else { 1 };
            (length, own)
        }).collect();
        strided.reverse();

        let input = values(dims.iter().map(|dim| dim.0).product(), seed);
        let mut expected = vec![0.0; stride];
        for (index, value) in input.iter().enumerate() {
            expected[offset(index, &strided)] += value * 0.5;
        }

        let mut output = vec![f32::NAN; stride];
        reduce::sum(&input, &strided, 0.5, &mut output);
        assert_close(&output, &expected, "sum");
    }

    #[test]
    fn resize_interpolates_four_pixels(
        size in (1usize..3, 1usize..6, 1usize..6, 1usize..5),
        rows in prop::collection::vec((0usize..6, 0usize..6, 0f32..1.0), 1..6),
        columns in prop::collection::vec((0usize..6, 0usize..6, 0f32..1.0), 1..6),
    ) {
        let (batch, height, width, channels) = size;
        let taps = |taps: &[(usize, usize, f32)], length: usize| -> Vec<Tap> {
            let tap = |&(low, high, weight): &(usize, usize, f32)| {
                Tap { low: low % length, high: high % length, weight }
            };
            taps.iter().map(tap).collect()
        };
        let (rows, columns) = (taps(&rows, height), taps(&columns, width));
        let input = values(batch * height * width * channels, 9);
        let at = |image: usize, y: usize, x: usize, channel: usize| {
            input[((image * height + y) * width + x) * channels + channel]
        };

        let mut expected = vec![];
        for image in 0..batch {
            for row in &rows {
                for column in &columns {
                    for channel in 0..channels {
                        let line = |y| at(image, y, column.low, channel) * (1.0 - column.weight)
                            + at(image, y, column.high, channel) * column.weight;
                        expected.push(line(row.low) * (1.0 - row.weight) + line(row.high) * row.weight);
                    }
                }
            }
        }

        let mut output = vec![f32::NAN; expected.len()];
        resize((&input, [batch, height, width, channels]), &rows, &columns, &mut output);
        assert_close(&output, &expected, "resize");
    }
}

/// Offset of the value with row-major index `index` in dimensions `(length, stride)`.
fn offset(mut index: usize, dims: &[(usize, usize)]) -> usize {
    let mut offset = 0;
    for (length, stride) in dims.iter().rev() {
        offset += index % length * stride;
        index /= length;
    }
    offset
}

#[test]
fn join_and_scatter_copy_row_by_row() {
    let mut output = [0.0; 10];
    layout::join(&[&[1.0, 2.0, 3.0, 4.0], &[5.0, 6.0], &[7.0, 8.0, 9.0, 10.0]], &[2, 1, 2], &mut output);
    assert_eq!(output, [1.0, 2.0, 5.0, 7.0, 8.0, 3.0, 4.0, 6.0, 9.0, 10.0]);

    let mut output = [0.0; 12];
    layout::scatter(&[1.0, 2.0, 3.0, 4.0], &[2, 2], &[1, 1], &[3, 4], &mut output);
    assert_eq!(output, [0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 2.0, 0.0, 0.0, 3.0, 4.0, 0.0]);
}
