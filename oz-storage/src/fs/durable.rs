//! File operations that survive a power loss, on files that only the owner of the process can read.
//!
//! A file is durable once both its content and the folder that names it were synced. Everything here blocks
//! on the disk: asynchronous callers go through [`blocking`].

use std::fs::{self, File, OpenOptions};
#[cfg(feature = "encryption")]
use std::io::Write as _;
use std::io::{self, ErrorKind};
use std::path::Path;
#[cfg(feature = "encryption")]
use std::path::PathBuf;
#[cfg(feature = "encryption")]
use std::time::SystemTime;

use oz_core::{Error, Result};

/// Suffix of the temporary file that holds new content while it is being written.
#[cfg(feature = "encryption")]
const UNFINISHED: &str = "new";

/// Runs blocking work on the thread pool for blocking tasks.
///
/// # Panics
/// Outside of a tokio runtime.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|stopped| Err(Error::backend("working on files", false, stopped)))
}

/// Maps an I/O error to the error of a failed file operation.
pub(crate) fn failed(operation: impl Into<String>) -> impl FnOnce(io::Error) -> Error {
    move |source| Error::backend(operation, is_transient(&source), source)
}

/// Whether the same call may succeed later: the disk is full, too many files are open, a resource is busy.
fn is_transient(error: &io::Error) -> bool {
    /// `ENFILE` and `EMFILE`, which have no `ErrorKind`.
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

/// Creates a folder and its parents, accessible by the owner of the process only.
pub(crate) fn create_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Creates a new file, accessible by the owner of the process only. Fails if it exists.
pub(crate) fn create_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes the names in a folder durable. Does nothing on Windows, which cannot sync a folder.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
}

/// Makes the name of a folder durable, and the names of its parents up to and including `root`.
pub(crate) fn sync_path(path: &Path, root: &Path) -> io::Result<()> {
    for folder in path.ancestors().skip(1) {
        sync_folder(folder)?;
        if folder == root {
            break;
        }
    }
    Ok(())
}

/// Creates a file with this content. The content is synced before the file gets its name.
///
/// # Errors
/// `AlreadyExists` when the name is taken.
#[cfg(feature = "encryption")]
pub(crate) fn create_new(path: &Path, content: &[u8]) -> io::Result<()> {
    let unique = u128::from_ne_bytes(crate::system::random());
    let temporary = beside(path, &format!("{unique:032x}.new"));
    let written = write_synced(&temporary, content, None).and_then(|()| fs::hard_link(&temporary, path));
    fs::remove_file(&temporary)?;
    written?;
    sync_folder(folder_of(path))
}

/// Replaces the content of a file atomically and overwrites the old content with zeros, unless the old file
/// has further hard links, whose content is kept. A symbolic link stays, and its target is replaced. Callers
/// must serialise the replacements of one file. A reader that has opened the old file may read zeros.
#[cfg(feature = "encryption")]
pub(crate) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    replace_at(path, content, None)
}

/// Replaces the content of a file as [`replace`] does. The file keeps the time of its last modification.
#[cfg(feature = "encryption")]
pub(crate) fn replace_keeping_time(path: &Path, content: &[u8]) -> io::Result<()> {
    replace_at(path, content, Some(fs::metadata(path)?.modified()?))
}

/// Replaces the content of a file as [`replace`] does, and sets the time of its last modification.
#[cfg(feature = "encryption")]
pub(crate) fn replace_at(path: &Path, content: &[u8], modified: Option<SystemTime>) -> io::Result<()> {
    let path = &target_of(path)?;
    wipe_unfinished(path)?;
    let temporary = beside(path, UNFINISHED);
    write_synced(&temporary, content, modified)?;
    let old = OpenOptions::new().write(true).open(path);
    fs::rename(&temporary, path)?;
    sync_folder(folder_of(path))?;

    match old {
        Ok(old) if is_linked(&old)? => Ok(()),
        Ok(old) => overwrite(&old),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Path without symbolic links, or the path itself if there is no file.
#[cfg(feature = "encryption")]
fn target_of(path: &Path) -> io::Result<PathBuf> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(path.to_owned()),
        Err(error) => Err(error),
        Ok(found) if found.is_symlink() => fs::canonicalize(path),
        Ok(_) => Ok(path.to_owned()),
    }
}

/// Whether a file still has a name. False where this cannot be determined.
#[cfg(feature = "encryption")]
fn is_linked(file: &File) -> io::Result<bool> {
    #[cfg(unix)]
    return Ok(std::os::unix::fs::MetadataExt::nlink(&file.metadata()?) > 0);
    #[cfg(not(unix))]
    return file.metadata().map(|_| false);
}

/// Overwrites and removes the temporary file of an interrupted [`replace`].
#[cfg(feature = "encryption")]
pub(crate) fn wipe_unfinished(path: &Path) -> io::Result<()> {
    let temporary = beside(&target_of(path)?, UNFINISHED);
    if temporary.exists() { wipe(&temporary) } else { Ok(()) }
}

/// Overwrites a file with zeros and removes it.
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
fn write_synced(path: &Path, content: &[u8], modified: Option<SystemTime>) -> io::Result<()> {
    let mut file = create_file(path)?;
    file.write_all(content)?;
    if let Some(modified) = modified {
        file.set_modified(modified)?;
    }
    file.sync_all()
}

/// Path in the same folder, with a suffix added to the name.
#[cfg(feature = "encryption")]
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(suffix);
    path.with_file_name(name)
}

/// Lists the names in a folder; empty if it does not exist.
pub(crate) fn names_in(folder: &Path) -> io::Result<Vec<String>> {
    match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
        Ok(entries) => entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect(),
    }
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
    fn full_disk_is_retryable_and_missing_file_is_not() {
        for (kind, expected) in [(ErrorKind::StorageFull, true), (ErrorKind::NotFound, false)] {
            let error = failed("writing")(kind.into());
            assert_eq!(error.is_retryable(), expected, "{kind:?}");
        }
    }
}
