//! Copies that change the memory order of dimensions or select parts of tensors.

/// Copies strided values into a row-major output: `dims` are the `(length, stride in the input)` of its
/// dimensions, and `start` is the offset of its first value.
pub(in crate::engine::candle) fn gather(
    input: &[f32],
    start: usize,
    dims: &[(usize, usize)],
    output: &mut [f32],
) {
    match dims {
        [] => output[0] = input[start],
        [(length, 1)] => output[..*length].copy_from_slice(&input[start..start + length]),
        [(length, stride)] => {
            for (index, value) in output.iter_mut().enumerate().take(*length) {
                *value = input[start + index * stride];
            }
        }
        [(rows, 1), (columns, stride)] => transpose(&input[start..], *rows, *columns, *stride, output),
        [(length, stride), inner @ ..] => {
            let size: usize = inner.iter().map(|dim| dim.0).product();
            for index in 0..*length {
                gather(input, start + index * stride, inner, &mut output[index * size..][..size]);
            }
        }
    }
}

/// Transposes a matrix: `output[row][column] = input[row + column * stride]`.
fn transpose(input: &[f32], rows: usize, columns: usize, stride: usize, output: &mut [f32]) {
    match columns {
        // RGB images.
        3 => interleave(input, rows, stride, output),
        _ => transpose_blocks(input, rows, columns, stride, output),
    }
}

/// Interleaves three planes into pixels.
fn interleave(input: &[f32], pixels: usize, stride: usize, output: &mut [f32]) {
    let (reds, greens) = (&input[..pixels], &input[stride..][..pixels]);
    let planes = reds.iter().zip(greens).zip(&input[2 * stride..][..pixels]);
    let (output, _) = output[..pixels * 3].as_chunks_mut();

    for (output, ((&red, &green), &blue)) in output.iter_mut().zip(planes) {
        *output = [red, green, blue];
    }
}

/// Transposes in square blocks, so that the cache lines of a block are reused before they are evicted.
fn transpose_blocks(input: &[f32], rows: usize, columns: usize, stride: usize, output: &mut [f32]) {
    // 16 values of `f32` are one cache line.
    const BLOCK: usize = 16;

    for row in (0..rows).step_by(BLOCK) {
        let height = BLOCK.min(rows - row);
        for column in (0..columns).step_by(BLOCK) {
            for x in column..columns.min(column + BLOCK) {
                let source = &input[x * stride + row..][..height];
                for (y, &value) in source.iter().enumerate() {
                    output[(row + y) * columns + x] = value;
                }
            }
        }
    }
}

/// Strides of a row-major tensor.
pub(in crate::engine::candle) fn row_major_strides(shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![1; shape.len()];
    for axis in (1..shape.len()).rev() {
        strides[axis - 1] = strides[axis] * shape[axis];
    }
    strides
}

/// Merges adjacent dimensions of a copy where the strides allow it; dimensions of length 1 are dropped.
pub(in crate::engine::candle) fn collapse(dims: impl Iterator<Item = (usize, usize)>) -> Vec<(usize, usize)> {
    let mut collapsed: Vec<(usize, usize)> = Vec::new();
    for (length, stride) in dims.filter(|dim| dim.0 != 1) {
        match collapsed.last_mut() {
            Some(outer) if outer.1 == length * stride => *outer = (outer.0 * length, stride),
            _ => collapsed.push((length, stride)),
        }
    }
    collapsed
}

/// Concatenates rows: every row of the output consists of one row of each input, of the lengths `rows`.
pub(in crate::engine::candle) fn join(inputs: &[&[f32]], rows: &[usize], output: &mut [f32]) {
    let whole: usize = rows.iter().sum();
    for (number, output) in output.chunks_exact_mut(whole).enumerate() {
        let mut rest = output;
        for (input, &length) in inputs.iter().zip(rows) {
            let (part, after) = rest.split_at_mut(length);
            part.copy_from_slice(&input[number * length..][..length]);
            rest = after;
        }
    }
}

/// Copies a row-major tensor of shape `lengths` to offset `starts` of one of shape `padded`.
pub(in crate::engine::candle) fn scatter(
    input: &[f32],
    lengths: &[usize],
    starts: &[usize],
    padded: &[usize],
    output: &mut [f32],
) {
    let ([length, inner @ ..], [start, inner_starts @ ..], [_, inner_padded @ ..]) =
        (lengths, starts, padded)
    else {
        output[0] = input[0];
        return;
    };

    if inner.is_empty() {
        output[*start..][..*length].copy_from_slice(&input[..*length]);
        return;
    }

    let (from, to): (usize, usize) = (inner.iter().product(), inner_padded.iter().product());
    for index in 0..*length {
        let output = &mut output[(start + index) * to..][..to];
        scatter(&input[index * from..][..from], inner, inner_starts, inner_padded, output);
    }
}
