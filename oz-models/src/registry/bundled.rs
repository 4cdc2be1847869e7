//! Models compiled into the binary.

use std::sync::OnceLock;

use crate::digest::Digest;
use crate::ledger::Manifest;

/// A model file compiled into the binary.
pub(super) struct BundledFile {
    name: &'static str,
    pub(super) bytes: &'static [u8],
    digest: OnceLock<Digest>,
}

impl BundledFile {
    /// SHA-256 of the bytes; computed once per process, because they cannot change.
    pub(super) fn digest(&self) -> Digest {
        *self.digest.get_or_init(|| Digest::of(self.bytes))
    }
}

macro_rules! files {
    ($($name:literal)*) => {
        [$(BundledFile {
            name: $name,
            bytes: include_bytes!(concat!("../../weights/", $name)),
            digest: OnceLock::new(),
        }),*]
    };
}

static FILES: [BundledFile; 6] = files![
    "face_detection_short.onnx"
    "face_detection_full.onnx"
    "face_landmarks_478.onnx"
    "face_blendshapes.onnx"
    "mobilefacenet_192.onnx"
    "pad_views.onnx"
];

/// Finds the compiled-in file of a model.
pub(super) fn find(model: &Manifest) -> Option<&'static BundledFile> {
    FILES.iter().find(|file| model.bundled && file.name == model.file)
}
