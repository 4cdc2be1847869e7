//! Files that are being written, and the ones whose writers died.
//!
//! A writer holds a lock on its file. The system lets go of it when the process ends, however it ends, so a file that can
//! be locked is nobody's any more, and no clock has to be asked.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use oz_core::system::Uuid;

use crate::durable;
use crate::system::random;

/// A file without a final name, removed when dropped.
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
            // A sweep that comes between the two lines takes the file for a dead writer's: another one is made then.
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
        // What cannot be removed now is removed by the next sweep.
        let _ = fs::remove_file(&self.path);
    }
}

/// Removes the files whose writers are dead; says how many.
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
