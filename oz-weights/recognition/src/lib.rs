#![doc = include_str!("../README.md")]
#![no_std]

/// MobileFaceNet: a feature vector of 192 values, compared by cosine similarity.
///
/// Input `[N, 3, 112, 112]`, RGB, aligned to the five-point template of ArcFace.
pub static MOBILEFACENET_192: &[u8] = include_bytes!("../mobilefacenet_192.onnx");

/// File names, as in the ledger of `oz-models`, and contents of all models.
pub static FILES: [(&str, &[u8]); 1] = [("mobilefacenet_192.onnx", MOBILEFACENET_192)];
