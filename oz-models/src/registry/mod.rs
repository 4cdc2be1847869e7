//! Access to installed models.
//!
//! Invariant: the registry returns the bytes of a model only after verifying its SHA-256 against the ledger.

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

/// Configuration of a [`Registry`].
#[derive(Debug, Clone, Default)]
pub struct RegistryConfig {
    /// Cache folder; its subfolder `models` contains the pulled models. Defaults to [`cache_dir`].
    pub cache_dir: Option<PathBuf>,
    /// Whether to refuse models whose commercial use is not known to be allowed.
    pub require_commercial_use: bool,
    /// Manifests of the user's models; the ONNX files are in the folders of the manifests.
    pub manifests: Vec<PathBuf>,
}

/// All known models, and access to the installed ones.
///
/// ```
/// use oz_models::registry::{Presence, Registry, RegistryConfig};
///
/// let registry = Registry::new(&RegistryConfig::default())?;
/// let missing = registry.list().into_iter().filter(|(_, presence)| *presence == Presence::Missing);
/// for (model, _) in missing {
///     println!("{} can be pulled", model.id);
/// }
/// # Ok::<(), oz_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Registry {
    ledger: Ledger,
    /// Folder of pulled models; `None` if no cache folder is known.
    cache: Option<PathBuf>,
    /// Folders of the models of users' manifests.
    folders: HashMap<ModelId, PathBuf>,
    require_commercial_use: bool,
}

/// Availability and location of a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// Compiled in.
    Bundled,
    /// Present as a file of the right size; the digest is not checked.
    Installed(PathBuf),
    /// Not available.
    Missing,
}

/// Result of verifying a model's digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Integrity {
    /// The digest matches the ledger.
    Intact,
    /// The digest differs from the ledger.
    Altered {
        /// Digest of the installed file.
        actual: Digest,
    },
    /// The file cannot be read.
    Unreadable,
    /// The model is not available.
    Missing,
}

/// Location of a model's bytes.
enum Weights {
    #[cfg(feature = "bundled-weights")]
    Bundled(&'static bundled::BundledFile),
    File(PathBuf),
}

impl Registry {
    /// Combines the built-in ledger with the user's manifests.
    ///
    /// # Errors
    /// `model.invalid_manifest` when a manifest is unreadable or invalid, or an id is used twice.
    pub fn new(config: &RegistryConfig) -> Result<Self> {
        let mut ledger = Ledger::bundled()?;
        let mut folders = HashMap::new();
        for path in &config.manifests {
            let own = Ledger::read(path)?;
            let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
            folders.extend(own.models().iter().map(|model| (model.id.clone(), folder.clone())));
            ledger = ledger.with(own)?;
        }

        let cache = config.cache_dir.clone().or_else(cache_dir).map(|base| base.join("models"));
        Ok(Self { ledger, cache, folders, require_commercial_use: config.require_commercial_use })
    }

    /// All known models.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Loads a model and verifies its digest.
    ///
    /// # Errors
    /// - `model.unknown` when the ledger has no model of this id;
    /// - `model.commercial_use_restricted` when commercial use is required and not known to be allowed;
    /// - `model.not_installed` when the model is not available: build with the feature `bundled-weights`, or
    ///   install it with `pull::pull` (feature `pull`) or `oz models pull`;
    /// - `model.digest_mismatch` when the file differs from the ledger;
    /// - `storage.backend` when the file cannot be read.
    pub fn artifact(&self, id: &str) -> Result<ModelArtifact> {
        let model = self.ledger.get(id)?;
        self.ensure_permitted(model)?;
        let onnx = match self.weights(model).ok_or_else(|| not_installed(model))? {
            #[cfg(feature = "bundled-weights")]
            Weights::Bundled(file) => {
                ensure_digest(model, file.digest())?;
                file.bytes.into()
            }
            Weights::File(path) => read_verified(model, &path)?,
        };
        Ok(ModelArtifact { id: model.id.clone(), onnx })
    }

    /// Lists all models and their availability.
    #[must_use]
    pub fn list(&self) -> Vec<(&Manifest, Presence)> {
        self.ledger.models().iter().map(|model| (model, self.presence(model))).collect()
    }

    /// Verifies the digests of all models.
    #[must_use]
    pub fn verify(&self) -> Vec<(&Manifest, Integrity)> {
        self.ledger.models().iter().map(|model| (model, self.integrity(model))).collect()
    }

    /// Lists the licences of all models, in the order of the ledger.
    #[must_use]
    pub fn audit(&self, require_commercial_use: bool) -> Vec<AuditRow> {
        self.ledger.models().iter().map(|model| AuditRow::new(model, require_commercial_use)).collect()
    }

    /// Path of a model's ONNX file: in the cache, or in the folder of the user's manifest. The file need not
    /// exist.
    ///
    /// # Errors
    /// `input.invalid_value` when no cache folder is known.
    pub fn path(&self, model: &Manifest) -> Result<PathBuf> {
        let folder =
            self.folders.get(&model.id).or(self.cache.as_ref()).ok_or_else(|| Error::InvalidValue {
                name: "cache folder",
                detail: "unknown; set OZ_CACHE_DIR or HOME, or `RegistryConfig::cache_dir`".into(),
            })?;
        Ok(folder.join(&model.file))
    }

    fn ensure_permitted(&self, model: &Manifest) -> Result<()> {
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

/// Reads a file and verifies its digest. Runs at every load, because the file can change in between.
fn read_verified(model: &Manifest, path: &Path) -> Result<Arc<[u8]>> {
    let failed = |e| Error::backend(format!("reading {}", path.display()), false, e);
    let length = fs::metadata(path).map_err(failed)?.len();
    if length != model.bytes {
        // Avoids reading a file of arbitrary size that cannot match.
        let actual = format!("of another file ({length} bytes instead of {})", model.bytes);
        return Err(mismatch(model, actual));
    }

    let bytes = fs::read(path).map_err(failed)?;
    ensure_digest(model, Digest::of(&bytes))?;
    Ok(bytes.into())
}

fn ensure_digest(model: &Manifest, actual: Digest) -> Result<()> {
    if actual == model.sha256 { Ok(()) } else { Err(mismatch(model, actual.to_string())) }
}

fn mismatch(model: &Manifest, actual: String) -> Error {
    Error::ModelDigestMismatch { id: model.id.to_string(), expected: model.sha256.to_string(), actual }
}

fn not_installed(model: &Manifest) -> Error {
    let remedy = if model.bundled {
        "enable the Cargo feature `bundled-weights`".into()
    } else {
        format!("run `oz models pull {}` or call `oz_models::pull::pull` (Cargo feature `pull`)", model.id)
    };
    Error::ModelNotInstalled { id: model.id.to_string(), remedy }
}

#[cfg(test)]
mod tests;
