//! The default models of the packages `oz-weights-*`, for tests, benchmarks and examples.

/// Names and contents of the ONNX files.
pub(crate) fn files() -> impl Iterator<Item = (&'static str, &'static [u8])> {
    let detection = &oz_weights_detection::FILES;
    detection.iter().chain(&oz_weights_pad::FILES).chain(&oz_weights_recognition::FILES).copied()
}
