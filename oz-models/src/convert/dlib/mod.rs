//! Conversion of `dlib_face_recognition_resnet_model_v1.dat` to ONNX.

mod network;
mod stream;

use oz_core::{Error, Result};

use crate::engine::proto::Message as _;

/// Rebuilds the network from dlib's serialised weights.
///
/// The input of the ONNX model is `input`, `[n, 3, 150, 150]`, RGB, normalised with the mean and std of the
/// ledger; its output is `features`, `[n, 128]`.
///
/// # Errors
/// `inference.invalid_model` when `dat` is not that network.
///
/// Source: dlib 19.24, `dnn_face_recognition_ex.cpp` for the network, `dnn/layers.h` for the file format.
pub fn to_onnx(dat: &[u8]) -> Result<Vec<u8>> {
    let layers = stream::layers(dat).map_err(|detail| invalid(&detail))?;
    let model = network::build(layers).map_err(|detail| invalid(&detail))?;
    Ok(model.encode_to_vec())
}

fn invalid(detail: &str) -> Error {
    Error::InferenceInvalidModel { model: "dlib_resnet_128".into(), detail: detail.into() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn bytes_of_another_network_are_refused() {
        for bytes in [&b""[..], b"\x01\x05con_4", b"\x01\x04fc_2\x01\x80", &[1; 4096]] {
            assert_eq!(to_onnx(bytes).unwrap_err().code(), "inference.invalid_model");
        }
    }

    /// Well-formed and malformed fragments of the file format.
    fn piece() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            Just(b"\x01\x05con_4".to_vec()),
            Just(b"\x01\x07affine_".to_vec()),
            Just(b"\x01\x04fc_2".to_vec()),
            Just(b"\x01\x02\x01\x02\x01\x01\x01\x01\x01\x01\x00\x00\x80\x3f\x00\x00\x00\x40".to_vec()),
            prop::collection::vec(any::<u8>(), 0..12),
        ]
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_do_not_panic(pieces in prop::collection::vec(piece(), 0..24)) {
            let _ = to_onnx(&pieces.concat());
        }
    }
}
