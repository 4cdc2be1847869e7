//! Putting a file into its place, whole or not at all.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;

use oz_core::{Error, Result};

use crate::digest::Digest;
use crate::ledger::Manifest;

/// Checks the digest of a file and puts a copy into its place.
pub(super) fn copy(model: &Manifest, from: &Path, work: &Path, target: &Path) -> Result<()> {
    write(model, &read(from)?, work, target)
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|e| Error::backend(format!("reading {}", path.display()), false, e))
}

/// Checks the digest of some bytes and puts them into their place. `work` lies on the same file system as `target`.
pub(super) fn write(model: &Manifest, onnx: &[u8], work: &Path, target: &Path) -> Result<()> {
    let actual = Digest::of(onnx);
    if actual != model.sha256 {
        let (expected, actual) = (model.sha256.to_string(), actual.to_string());
        return Err(Error::ModelDigestMismatch { id: model.id.to_string(), expected, actual });
    }
    let whole = work.join("installed");
    let written = || {
        let mut file = File::create(&whole)?;
        file.write_all(onnx)?;
        file.sync_all()?;
        fs::rename(&whole, target)
    };
    written().map_err(|e| Error::backend(format!("writing {}", target.display()), false, e))
}
