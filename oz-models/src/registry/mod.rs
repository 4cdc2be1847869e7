//! The models that are here, and proof that they are the right ones.
//!
//! Invariant: no byte of a model leaves the registry before its SHA-256 is that of the ledger.

mod audit;
#[cfg(feature = "bundled-weights")]
mod bundled;

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use oz_core::inference::{ModelArtifact, ModelId};
use oz_core::{Error, Result};
use serde::Serialize;

pub use audit::{AuditRow, Verdict};

use crate::cache::cache_dir;
use crate::digest::{Digest, of_reader};
use crate::ledger::{CommercialUse, Ledger, Manifest};

/// What a registry works with.
#[derive(Debug, Clone, Default)]
pub struct RegistryConfig {
    /// Folder whose subfolder `models` holds what was pulled; [`cache_dir`] when not given.
    pub cache_dir: Option<PathBuf>,
    /// Refuse every model whose commercial use is not known to be allowed.
    pub require_commercial_use: bool,
    /// Manifests of own models; their ONNX files lie beside them.
    pub manifests: Vec<PathBuf>,
}

/// Knows all models and hands out those that are here.
#[derive(Debug, Clone)]
pub struct Registry {
    ledger: Ledger,
    /// Where pulled models lie; unknown on a machine without a home folder.
    cache: Option<PathBuf>,
    /// Folders of the models that came with a user's manifest.
    beside: HashMap<ModelId, PathBuf>,
    require_commercial_use: bool,
}

/// Whether a model is here, and from where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// Inside the program.
    Bundled,
    /// A file. Only its size was looked at.
    Installed(PathBuf),
    /// Nowhere.
    Missing,
}

/// What a second look at a model's bytes gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Integrity {
    /// The digest is that of the ledger.
    Intact,
    /// The digest is another one.
    Altered {
        /// The digest of what is here.
        actual: Digest,
    },
    /// There is a file that cannot be read.
    Unreadable,
    /// It is not here.
    Missing,
}

/// The bytes of a model, wherever they lie.
enum Weights {
    #[cfg(feature = "bundled-weights")]
    Bundled(&'static bundled::BundledFile),
    File(PathBuf),
}

impl Registry {
    /// Joins the bundled ledger with the user's manifests.
    ///
    /// # Errors
    /// `model.invalid_manifest`.
    pub fn new(config: &RegistryConfig) -> Result<Self> {
        let mut ledger = Ledger::bundled()?;
        let mut beside = HashMap::new();
        for path in &config.manifests {
            let own = Ledger::read(path)?;
            let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
            beside.extend(own.models().iter().map(|model| (model.id.clone(), folder.clone())));
            ledger = ledger.with(own)?;
        }
        let cache = config.cache_dir.clone().or_else(cache_dir).map(|base| base.join("models"));
        Ok(Self { ledger, cache, beside, require_commercial_use: config.require_commercial_use })
    }

    /// All known models.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// A model, verified.
    ///
    /// # Errors
    /// - `model.unknown`;
    /// - `model.commercial_use_restricted` when commercial use is required and not known to be allowed;
    /// - `model.not_installed` when the model is not here;
    /// - `model.digest_mismatch` when it is not the file that the ledger describes.
    pub fn artifact(&self, id: &str) -> Result<ModelArtifact> {
        let model = self.ledger.get(id)?;
        self.permit(model)?;
        let onnx = match self.weights(model).ok_or_else(|| not_installed(model))? {
            #[cfg(feature = "bundled-weights")]
            Weights::Bundled(file) => {
                expect_digest(model, file.digest())?;
                file.bytes.into()
            }
            Weights::File(path) => read_verified(model, &path)?,
        };
        Ok(ModelArtifact { id: model.id.clone(), onnx })
    }

    /// Every model and whether it is here.
    #[must_use]
    pub fn list(&self) -> Vec<(&Manifest, Presence)> {
        self.ledger.models().iter().map(|model| (model, self.presence(model))).collect()
    }

    /// Hashes every model that is here.
    #[must_use]
    pub fn verify(&self) -> Vec<(&Manifest, Integrity)> {
        self.ledger.models().iter().map(|model| (model, self.integrity(model))).collect()
    }

    /// What may be done with every model, in the order of the ledger.
    #[must_use]
    pub fn audit(&self, require_commercial_use: bool) -> Vec<AuditRow> {
        self.ledger.models().iter().map(|model| AuditRow::new(model, require_commercial_use)).collect()
    }

    /// Where a model lies as a file once it was pulled, or beside the user's manifest.
    ///
    /// # Errors
    /// `input.invalid_value` when no cache folder is known.
    pub fn path(&self, model: &Manifest) -> Result<PathBuf> {
        let folder =
            self.beside.get(&model.id).or(self.cache.as_ref()).ok_or_else(|| Error::InvalidValue {
                name: "cache folder",
                detail: "none is known; set OZ_CACHE_DIR or HOME".into(),
            })?;
        Ok(folder.join(&model.file))
    }

    fn permit(&self, model: &Manifest) -> Result<()> {
        if !self.require_commercial_use || model.licence.commercial_use == CommercialUse::Allowed {
            return Ok(());
        }
        let restriction = model.licence.restriction.clone().unwrap_or_default();
        Err(Error::ModelCommercialUseRestricted { id: model.id.to_string(), restriction })
    }

    fn weights(&self, model: &Manifest) -> Option<Weights> {
        #[cfg(feature = "bundled-weights")]
        if let Some(file) = bundled::find(model) {
            return Some(Weights::Bundled(file));
        }
        self.path(model).ok().filter(|path| path.is_file()).map(Weights::File)
    }

    pub(crate) fn presence(&self, model: &Manifest) -> Presence {
        match self.weights(model) {
            #[cfg(feature = "bundled-weights")]
            Some(Weights::Bundled(_)) => Presence::Bundled,
            Some(Weights::File(path)) if fs::metadata(&path).is_ok_and(|meta| meta.len() == model.bytes) => {
                Presence::Installed(path)
            }
            _ => Presence::Missing,
        }
    }

    fn integrity(&self, model: &Manifest) -> Integrity {
        let actual = match self.weights(model) {
            None => return Integrity::Missing,
            #[cfg(feature = "bundled-weights")]
            Some(Weights::Bundled(file)) => Digest::of(file.bytes),
            Some(Weights::File(path)) => match fs::File::open(path).and_then(of_reader) {
                Ok(digest) => digest,
                Err(_) => return Integrity::Unreadable,
            },
        };
        if actual == model.sha256 { Integrity::Intact } else { Integrity::Altered { actual } }
    }
}

/// Reads and hashes a file; it may have changed since the last time, so this is done at every load.
fn read_verified(model: &Manifest, path: &Path) -> Result<Arc<[u8]>> {
    let failed = |e| Error::backend(format!("reading {}", path.display()), false, e);
    let length = fs::metadata(path).map_err(failed)?.len();
    if length != model.bytes {
        // No need to read a file of any size only to find that it is the wrong one.
        let actual = format!("of another file: {length} bytes instead of {}", model.bytes);
        return Err(mismatch(model, actual));
    }
    let bytes = fs::read(path).map_err(failed)?;
    expect_digest(model, Digest::of(&bytes))?;
    Ok(bytes.into())
}

fn expect_digest(model: &Manifest, actual: Digest) -> Result<()> {
    if actual == model.sha256 { Ok(()) } else { Err(mismatch(model, actual.to_string())) }
}

fn mismatch(model: &Manifest, actual: String) -> Error {
    Error::ModelDigestMismatch { id: model.id.to_string(), expected: model.sha256.to_string(), actual }
}

fn not_installed(model: &Manifest) -> Error {
    let remedy = if model.bundled {
        "build with the feature `bundled-weights`".into()
    } else {
        format!("run `oz models pull {}`", model.id)
    };
    Error::ModelNotInstalled { id: model.id.to_string(), remedy }
}

#[cfg(test)]
mod tests;
