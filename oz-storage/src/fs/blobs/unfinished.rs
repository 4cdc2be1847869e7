//! Files that are being written, and files abandoned by dead writers.
//!
//! A writer holds a lock on its file. The operating system releases the lock when the process ends for any
//! reason, so a file that can be locked is abandoned, and its age does not matter.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use oz_core::system::Uuid;

use crate::fs::durable;
use crate::system::random;

/// File without a final name, removed when dropped.
#[derive(Debug)]
pub(super) struct Unfinished {
    path: PathBuf,
    file: Arc<File>,
}

impl Unfinished {
    pub(super) fn create(folder: &Path) -> io::Result<Self> {
        loop {
            let path = folder.join(Uuid::from_random_bits(u128::from_ne_bytes(random())).to_string());
            let file = durable::create_file(&path)?;
            // A sweep between creating and locking takes the file for an abandoned one and removes it; then
            // retry.
            if file.try_lock().is_ok() && path.exists() {
                return Ok(Self { path, file: Arc::new(file) });
            }
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn file(&self) -> Arc<File> {
        Arc::clone(&self.file)
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // If this fails, the next sweep removes the file.
        let _ = fs::remove_file(&self.path);
    }
}

/// Removes the abandoned files and returns their number.
pub(super) fn sweep(folder: &Path) -> io::Result<usize> {
    let mut swept = 0;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        match OpenOptions::new().write(true).open(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
            Ok(file) if file.try_lock().is_ok() => {
                fs::remove_file(&path)?;
                swept += 1;
            }
            Ok(_) => {}
        }
    }
    Ok(swept)
}
