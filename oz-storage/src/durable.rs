//! Files that are still there after the power was cut, and that nobody else may read.
//!
//! A file is durable once its content was synced *and* the folder that names it. Everything here waits for the disk:
//! asynchronous callers go through [`blocking`].

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::Path;

use oz_core::{Error, Result};

/// Runs work that waits for the disk where it holds up nobody.
///
/// # Panics
/// Outside of a tokio runtime.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|stopped| Err(Error::backend("work on files", false, stopped)))
}

/// The error of a failed operation on files.
pub(crate) fn failed(operation: impl Into<String>) -> impl FnOnce(io::Error) -> Error {
    move |source| Error::backend(operation, may_pass(&source), source)
}

/// Whether the same call may succeed later: the disk is full, too many files are open, somebody is in the way.
fn may_pass(error: &io::Error) -> bool {
    /// `ENFILE` and `EMFILE`, for which the standard library has no name.
    const TOO_MANY_OPEN: [i32; 2] = [23, 24];
    let kind = matches!(
        error.kind(),
        ErrorKind::Interrupted
            | ErrorKind::TimedOut
            | ErrorKind::WouldBlock
            | ErrorKind::ResourceBusy
            | ErrorKind::StaleNetworkFileHandle
            | ErrorKind::StorageFull
            | ErrorKind::QuotaExceeded
    );
    kind || cfg!(unix) && error.raw_os_error().is_some_and(|code| TOO_MANY_OPEN.contains(&code))
}

/// Makes a folder, and those above it, for the owner of the process only.
pub(crate) fn create_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Makes a file that must not exist, for the owner of the process only.
pub(crate) fn create_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes the names in a folder durable. Windows has nothing like it and keeps them by itself.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
}

/// Makes a folder's own name durable, and the names of those above it up to `root`, with it.
pub(crate) fn sync_path(path: &Path, root: &Path) -> io::Result<()> {
    for folder in path.ancestors().skip(1) {
        sync_folder(folder)?;
        if folder == root {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_may_pass_and_a_missing_file_does_not() {
        for (kind, expected) in [(ErrorKind::StorageFull, true), (ErrorKind::NotFound, false)] {
            let error = failed("writing")(kind.into());
            assert_eq!(error.is_retryable(), expected, "{kind:?}");
        }
    }
}
