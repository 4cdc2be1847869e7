//! Parser of dlib's serialisation format: integers, tensors, and layers that begin with their name.

/// A layer with weights.
pub(super) enum Layer {
    /// Filters, then biases.
    Convolution(Vec<f32>),
    /// Scales, then offsets.
    Affine(Vec<f32>),
    /// A matrix `[inputs, outputs]`.
    Dense {
        /// Length of the input.
        inputs: usize,
        /// Length of the output.
        outputs: usize,
        /// Row by row.
        weights: Vec<f32>,
    },
}

impl Layer {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Convolution(_) => "con_4",
            Self::Affine(_) => "affine_",
            Self::Dense { .. } => "fc_2",
        }
    }
}

// Serialised layer names: the length as a one-byte integer, then the characters.
const CONVOLUTION: &[u8] = b"\x01\x05con_4";
const AFFINE: &[u8] = b"\x01\x07affine_";
const DENSE: &[u8] = b"\x01\x04fc_2";

/// Finds all layers with weights, from input to output.
///
/// The file nests layers as dlib's C++ types do; the bytes between the weights only repeat the known
/// architecture. The parser therefore searches for the layer names and reads the weights that follow each.
pub(super) fn layers(dat: &[u8]) -> Result<Vec<Layer>, String> {
    let mut layers = Vec::new();
    let mut rest = dat;
    while !rest.is_empty() {
        let layer = if let Some(body) = rest.strip_prefix(CONVOLUTION) {
            rest = body;
            Layer::Convolution(tensor(&mut rest)?)
        } else if let Some(body) = rest.strip_prefix(AFFINE) {
            rest = body;
            Layer::Affine(tensor(&mut rest)?)
        } else if let Some(body) = rest.strip_prefix(DENSE) {
            rest = body;
            let (outputs, inputs) = (length(&mut rest)?, length(&mut rest)?);
            Layer::Dense { inputs, outputs, weights: tensor(&mut rest)? }
        } else {
            rest = &rest[1..];
            continue;
        };

        layers.push(layer);
    }
    Ok(layers)
}

/// A tensor: version 2, four dimensions, then values in little-endian order.
fn tensor(rest: &mut &[u8]) -> Result<Vec<f32>, String> {
    let version = integer(rest)?;
    if version != 2 {
        return Err(format!("unsupported tensor version {version}, expected 2"));
    }

    let mut count = 1usize;
    for _ in 0..4 {
        count = count.checked_mul(length(rest)?).ok_or("the tensor size overflows")?;
    }
    let size = count.checked_mul(4).filter(|size| *size <= rest.len());
    let (values, after) = rest.split_at(size.ok_or("the tensor is truncated")?);

    *rest = after;
    let (values, _) = values.as_chunks::<4>();
    Ok(values.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
}

fn length(rest: &mut &[u8]) -> Result<usize, String> {
    let value = integer(rest)?;
    usize::try_from(value).map_err(|_| format!("negative length {value}"))
}

/// An integer: a byte with the number of bytes and, in its highest bit, the sign; then the magnitude,
/// little-endian.
fn integer(rest: &mut &[u8]) -> Result<i64, String> {
    let (&head, body) = rest.split_first().ok_or("unexpected end of file, expected an integer")?;
    let size = usize::from(head & 0x0f);
    let bytes = body.get(..size).filter(|_| size <= 8).ok_or("invalid integer size")?;
    *rest = &body[size..];
    let magnitude = bytes.iter().rev().fold(0u64, |value, byte| value << 8 | u64::from(*byte));
    let value = i64::try_from(magnitude).map_err(|_| "the integer is out of range")?;
    Ok(if head & 0x80 == 0 { value } else { -value })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(mut bytes: &[u8], expected: Option<i64>) {
        assert_eq!(integer(&mut bytes).ok(), expected);
    }

    #[test]
    fn integers_carry_their_size_and_sign() {
        check(&[1, 5], Some(5));
        check(&[0x82, 0x00, 0x01], Some(-256));
        check(&[0], Some(0));
        check(&[2, 1], None);
        check(&[9, 0, 0, 0, 0, 0, 0, 0, 0, 0], None);
        check(&[8, 255, 255, 255, 255, 255, 255, 255, 255], None);
    }

    #[test]
    fn weights_are_not_searched_for_layer_names() {
        // The bytes of the values contain a layer name.
        let mut bytes = AFFINE.to_vec();
        bytes.extend([1, 2, 1, 1, 1, 1, 1, 1, 1, 2]);
        bytes.extend(*b"\x01\x05con_4!");
        let found = layers(&bytes).unwrap();
        assert_eq!(found.len(), 1);
        assert!(matches!(&found[0], Layer::Affine(values) if values.len() == 2));
    }
}
