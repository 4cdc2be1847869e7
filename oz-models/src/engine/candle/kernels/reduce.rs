//! Sums and means over dimensions.

/// Sums `input` over the dimensions whose stride in the output is 0 and multiplies by `scale`. `dims` are the
/// dimensions of the input: `(length, stride in the output)`.
pub(in crate::engine::candle) fn sum(input: &[f32], dims: &[(usize, usize)], scale: f32, output: &mut [f32]) {
    output.fill(0.0);
    add(input, dims, output);
    for value in output {
        *value *= scale;
    }
}

/// Adds `input` to `output`, recursively from the outermost dimension.
fn add(input: &[f32], dims: &[(usize, usize)], output: &mut [f32]) {
    match dims {
        [] => output[0] += input[0],
        [(_, 0)] => output[0] += total(input),
        [(_, 1)] => {
            for (output, &input) in output.iter_mut().zip(input) {
                *output += input;
            }
        }
        [(_, stride)] => {
            for (index, &input) in input.iter().enumerate() {
                output[index * stride] += input;
            }
        }
        [(length, stride), inner @ ..] => {
            for (index, input) in input.chunks_exact((input.len() / length).max(1)).enumerate() {
                add(input, inner, &mut output[index * stride..]);
            }
        }
    }
}

/// Sum of `values`. Eight partial sums are faster and more accurate than one.
fn total(values: &[f32]) -> f32 {
    let (chunks, rest) = values.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for chunk in chunks {
        for (sum, &value) in sums.iter_mut().zip(chunk) {
            *sum += value;
        }
    }
    sums.iter().sum::<f32>() + rest.iter().sum::<f32>()
}
