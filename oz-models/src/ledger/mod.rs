//! Ledger of all known models: origin, digests, inputs and outputs, licences and operating points.
//!
//! Invariant: a [`Ledger`] is valid. Every entry is checked when it is read, so that its users need no
//! further checks.

mod file;
mod manifest;

use std::path::Path;

use oz_core::{Error, Result};

pub use manifest::{
    Alignment, ColourOrder, CommercialUse, Conversion, Crop, Family, ImageInput, InputKind, InputSpec,
    Layout, Licence, Manifest, MeasuredPoint, OutputSpec, Source, SourceRegistry, Task,
};

/// Text of the built-in ledger.
const BUNDLED: &str = include_str!("../../models.toml");

/// All known models, in file order; ids are unique.
///
/// ```
/// use oz_models::ledger::{Ledger, Task};
///
/// let ledger = Ledger::bundled()?;
/// let extractor = ledger.defaults(Task::FaceFeatures).next().expect("the ledger has a default extractor");
/// assert!(extractor.bundled);
/// assert_eq!(ledger.get("no_such_model").unwrap_err().code(), "model.unknown");
/// # Ok::<(), oz_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Ledger {
    models: Vec<Manifest>,
}

impl Ledger {
    /// Reads the built-in ledger.
    ///
    /// # Errors
    /// `model.invalid_manifest`; a test ensures that this does not happen.
    pub fn bundled() -> Result<Self> {
        Self::parse(BUNDLED)
    }

    /// Parses a ledger or a user's manifest.
    ///
    /// # Errors
    /// `model.invalid_manifest`, naming the model and the invalid key.
    pub fn parse(text: &str) -> Result<Self> {
        let models = file::parse(text)?;
        Self { models: Vec::new() }.with(models)
    }

    /// Reads a user's manifest: a file in the format of the ledger, with the ONNX files in the same folder.
    ///
    /// # Errors
    /// As [`Ledger::parse`]; also when the file cannot be read, or declares a model as bundled or default.
    pub fn read(path: &Path) -> Result<Self> {
        let read = std::fs::read_to_string(path);
        let text = read.map_err(|e| invalid(format!("{} cannot be read: {e}", path.display())))?;

        let ledger = Self::parse(&text)?;
        let reserved = ledger.models.iter().find(|model| model.bundled || model.default);
        match reserved {
            Some(model) => Err(model.invalid("bundled, default", "reserved for built-in models")),
            None => Ok(ledger),
        }
    }

    /// Adds models to this ledger.
    ///
    /// # Errors
    /// `model.invalid_manifest` when an id is already in use.
    pub fn with(mut self, models: impl IntoIterator<Item = Manifest>) -> Result<Self> {
        for model in models {
            if self.models.iter().any(|known| known.id == model.id) {
                return Err(model.invalid("id", "is already in use by another model"));
            }
            self.models.push(model);
        }
        Ok(self)
    }

    /// All models.
    #[must_use]
    pub fn models(&self) -> &[Manifest] {
        &self.models
    }

    /// Looks up a model by id.
    ///
    /// # Errors
    /// `model.unknown` when the ledger has no model of this id; the text names the known ones.
    pub fn get(&self, id: &str) -> Result<&Manifest> {
        let found = self.models.iter().find(|model| model.id.as_str() == id);
        found.ok_or_else(|| {
            let known: Vec<_> = self.models.iter().map(|model| model.id.as_str()).collect();
            Error::ModelUnknown { id: id.into(), known: known.join(", ") }
        })
    }

    /// Default models of a task, in order of precedence.
    pub fn defaults(&self, task: Task) -> impl Iterator<Item = &Manifest> {
        self.models.iter().filter(move |model| model.default && model.task == task)
    }
}

impl IntoIterator for Ledger {
    type Item = Manifest;
    type IntoIter = std::vec::IntoIter<Manifest>;

    fn into_iter(self) -> Self::IntoIter {
        self.models.into_iter()
    }
}

fn invalid(detail: impl Into<String>) -> Error {
    Error::ModelInvalidManifest { detail: detail.into() }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use tests::OWN_MODEL;
