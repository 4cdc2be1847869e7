//! Models compiled into the binary.

use std::sync::{LazyLock, OnceLock};

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

static FILES: LazyLock<Vec<BundledFile>> = LazyLock::new(|| {
    let detection = &oz_weights_detection::FILES;
    let all = detection.iter().chain(&oz_weights_pad::FILES).chain(&oz_weights_recognition::FILES);
    all.map(|&(name, bytes)| BundledFile { name, bytes, digest: OnceLock::new() }).collect()
});

/// Finds the compiled-in file of a model.
pub(super) fn find(model: &Manifest) -> Option<&'static BundledFile> {
    FILES.iter().find(|file| model.bundled && file.name == model.file)
}
