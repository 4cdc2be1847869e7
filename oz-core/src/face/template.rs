//! Templates: the binary form of feature vectors, for storage outside of `oz`.
//!
//! | bytes | content |
//! |---|---|
//! | 4 | magic number, `OZFT` |
//! | 1 | version, 1 |
//! | 1 | length `n` of the model ID in bytes |
//! | `n` | model ID, UTF-8 |
//! | 2 | number `m` of values |
//! | 4 x `m` | values, IEEE 754 single precision, of norm 1 |
//! | 8 | checksum: the first 8 bytes of the SHA-256 of all bytes before it |
//!
//! Numbers are little-endian. The checksum detects damage, not forgery.
//!
//! ```
//! use oz_core::face::{FeatureVector, template};
//! use oz_core::inference::ModelId;
//!
//! let features = FeatureVector::normalized(ModelId::new("toy"), vec![3.0, 4.0])?;
//! let mut bytes = template::encode(&features)?;
//! assert_eq!(template::decode(&bytes)?, features);
//!
//! bytes[10] ^= 1;
//! assert_eq!(template::decode(&bytes).unwrap_err().code(), "input.invalid_value");
//! # Ok::<(), oz_core::Error>(())
//! ```

use super::FeatureVector;
use crate::digest::Digest;
use crate::inference::ModelId;
use crate::{Error, Result};

const MAGIC: &[u8; 4] = b"OZFT";
const VERSION: u8 = 1;
const CHECKSUM: usize = 8;

/// Maximum number of values of a template.
const MAX_VALUES: usize = 4_096;

/// Encodes a feature vector.
///
/// # Errors
/// `input.invalid_value` when the model ID has more than 255 bytes or the vector more than 4096 values.
pub fn encode(features: &FeatureVector) -> Result<Vec<u8>> {
    let model = features.model().as_str();
    let length = u8::try_from(model.len()).map_err(|_| invalid("the model ID is too long"))?;
    let count = u16::try_from(features.values().len()).ok().filter(|count| usize::from(*count) <= MAX_VALUES);
    let count = count.ok_or_else(|| invalid("too many values"))?;

    let mut bytes = MAGIC.to_vec();
    bytes.extend([VERSION, length]);
    bytes.extend(model.as_bytes());
    bytes.extend(count.to_le_bytes());
    bytes.extend(features.values().iter().flat_map(|value| value.to_le_bytes()));

    let checksum = Digest::of(&bytes);
    bytes.extend(&checksum.as_bytes()[..CHECKSUM]);
    Ok(bytes)
}

/// Decodes a template to exactly the feature vector that was encoded.
///
/// # Errors
/// `input.invalid_value` when `bytes` is not an intact output of [`encode`].
pub fn decode(bytes: &[u8]) -> Result<FeatureVector> {
    let split = bytes.len().checked_sub(CHECKSUM).ok_or_else(|| invalid("too short"))?;
    let (content, checksum) = bytes.split_at(split);
    let mut rest = Reader(content);

    if rest.take(MAGIC.len())? != MAGIC {
        return Err(invalid("not a template"));
    }
    if rest.byte()? != VERSION {
        return Err(invalid("unknown version"));
    }
    if Digest::of(content).as_bytes()[..CHECKSUM] != *checksum {
        return Err(invalid("wrong checksum"));
    }

    let length = rest.byte()?;
    let model = std::str::from_utf8(rest.take(usize::from(length))?)
        .map_err(|_| invalid("the model ID is not UTF-8"))?;
    let count = usize::from(u16::from_le_bytes([rest.byte()?, rest.byte()?]));
    let (values, []) = rest.0.as_chunks::<4>() else { return Err(invalid("wrong length")) };
    if values.len() != count || count > MAX_VALUES {
        return Err(invalid("wrong length"));
    }

    FeatureVector::restored(
        ModelId::new(model),
        values.iter().map(|value| f32::from_le_bytes(*value)).collect(),
    )
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or_else(|| invalid("too short"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8> {
        Ok(self.take(1)?[0])
    }
}

fn invalid(detail: &str) -> Error {
    Error::InvalidValue { name: "template", detail: detail.into() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn template() -> Vec<u8> {
        encode(&FeatureVector::normalized(ModelId::new("toy"), vec![0.3, -0.7, 0.2]).unwrap()).unwrap()
    }

    #[test]
    fn every_change_is_detected() {
        let good = template();
        assert!(decode(&good).is_ok());
        for at in 0..good.len() {
            let mut changed = good.clone();
            changed[at] ^= 1;
            assert_eq!(decode(&changed).unwrap_err().code(), "input.invalid_value", "byte {at}");
            assert!(decode(&good[..at]).is_err(), "{at} bytes");
        }
        assert!(decode(&[good, vec![0]].concat()).is_err());
    }

    #[test]
    fn encoding_is_stable() {
        let bytes = encode(&FeatureVector::normalized(ModelId::new("m"), vec![1.0, 0.0]).unwrap()).unwrap();
        assert_eq!(bytes[..17], *b"OZFT\x01\x01m\x02\x00\x00\x00\x80\x3f\x00\x00\x00\x00");
        assert_eq!(bytes.len(), 25);
    }

    proptest! {
        #[test]
        fn encoding_round_trips_bit_for_bit(
            model in "[a-z0-9_+]{0,40}",
            values in prop::collection::vec(-1.0f32..1.0, 1..600),
        ) {
            prop_assume!(values.iter().any(|value| value.abs() > 0.01));
            let features = FeatureVector::normalized(ModelId::new(&model), values).unwrap();
            prop_assert_eq!(decode(&encode(&features).unwrap()).unwrap(), features);
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode(&bytes);
        }
    }
}
