#![doc = include_str!("../README.md")]
#![no_std]

/// Presentation attack detection on three views of a face: skin, head, surroundings.
///
/// Input `[N, 3, 240, 80]`, RGB, the views stacked vertically.
pub static PAD_VIEWS: &[u8] = include_bytes!("../pad_views.onnx");

/// File names, as in the ledger of `oz-models`, and contents of all models.
pub static FILES: [(&str, &[u8]); 1] = [("pad_views.onnx", PAD_VIEWS)];
