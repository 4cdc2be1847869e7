//! Atomic installation of model files.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;

use oz_core::{Error, Result};

use crate::digest::Digest;
use crate::ledger::Manifest;

/// Verifies the digest of a file and installs a copy of it.
pub(super) fn copy(model: &Manifest, from: &Path, work: &Path, target: &Path) -> Result<()> {
    write(model, &read(from)?, work, target)
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|e| Error::backend(format!("reading {}", path.display()), false, e))
}

/// Verifies the digest of `onnx` and installs it atomically. `work` must be on the file system of `target`.
pub(super) fn write(model: &Manifest, onnx: &[u8], work: &Path, target: &Path) -> Result<()> {
    let actual = Digest::of(onnx);
    if actual != model.sha256 {
        let (expected, actual) = (model.sha256.to_string(), actual.to_string());
        return Err(Error::ModelDigestMismatch { id: model.id.to_string(), expected, actual });
    }

    let temporary = work.join("installed");
    let install = || {
        let mut file = File::create(&temporary)?;
        file.write_all(onnx)?;
        file.sync_all()?;
        fs::rename(&temporary, target)
    };
    install().map_err(|e| Error::backend(format!("writing {}", target.display()), false, e))
}
