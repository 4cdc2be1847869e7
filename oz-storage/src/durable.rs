//! Files that are still there after the power was cut, and that nobody else may read.
//!
//! A file is durable once its content was synced *and* the folder that names it. Everything here waits for the disk:
//! asynchronous callers go through [`blocking`].

use std::fs::{self, File, OpenOptions};
#[cfg(feature = "encryption")]
use std::io::Write as _;
use std::io::{self, ErrorKind};
use std::path::Path;

use oz_core::{Error, Result};

/// Behind the name of a file whose new content is being written.
#[cfg(feature = "encryption")]
const UNFINISHED: &str = "new";

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

/// Makes a file with this content, on the disk before it has its name.
///
/// # Errors
/// `AlreadyExists` when the name is taken.
#[cfg(feature = "encryption")]
pub(crate) fn create_new(path: &Path, content: &[u8]) -> io::Result<()> {
    let unique = u128::from_ne_bytes(crate::system::random());
    let temporary = beside(path, &format!("{unique:032x}.new"));
    let written = write_synced(&temporary, content).and_then(|()| fs::hard_link(&temporary, path));
    fs::remove_file(&temporary)?;
    written?;
    sync_folder(folder_of(path))
}

/// Gives a file new content in one step, and overwrites the old. One at a time for each file.
#[cfg(feature = "encryption")]
pub(crate) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    wipe_unfinished(path)?;
    let temporary = beside(path, UNFINISHED);
    write_synced(&temporary, content)?;
    let old = OpenOptions::new().write(true).open(path);
    fs::rename(&temporary, path)?;
    sync_folder(folder_of(path))?;
    match old {
        Ok(old) => overwrite(&old),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Overwrites and removes what a [`replace`] left that did not come to its end.
#[cfg(feature = "encryption")]
pub(crate) fn wipe_unfinished(path: &Path) -> io::Result<()> {
    let temporary = beside(path, UNFINISHED);
    if temporary.exists() { wipe(&temporary) } else { Ok(()) }
}

/// Overwrites a file and removes it.
#[cfg(feature = "encryption")]
pub(crate) fn wipe(path: &Path) -> io::Result<()> {
    overwrite(&OpenOptions::new().write(true).open(path)?)?;
    fs::remove_file(path)
}

#[cfg(feature = "encryption")]
fn overwrite(file: &File) -> io::Result<()> {
    let size = usize::try_from(file.metadata()?.len()).unwrap_or(0);
    (&*file).write_all(&vec![0; size])?;
    file.sync_all()
}

#[cfg(feature = "encryption")]
fn write_synced(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = create_file(path)?;
    file.write_all(content)?;
    file.sync_all()
}

/// A name in the same folder.
#[cfg(feature = "encryption")]
fn beside(path: &Path, suffix: &str) -> std::path::PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(suffix);
    path.with_file_name(name)
}

#[cfg(feature = "encryption")]
fn folder_of(path: &Path) -> &Path {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or_else(|| Path::new("."))
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
