//! What models there are, where they come from, what they take and give, and what may be done with them.
//!
//! Invariant: a [`Ledger`] is valid. Every entry was checked when it was read, so whoever holds one need not ask again.

mod file;
mod manifest;

use std::path::Path;

use oz_core::{Error, Result};

pub use manifest::{
    Alignment, ColourOrder, CommercialUse, Conversion, Crop, Family, ImageInput, InputKind, InputSpec,
    Layout, Licence, Manifest, MeasuredPoint, OutputSpec, Source, SourceRegistry, Task,
};

/// The text of the ledger that comes with the program.
const BUNDLED: &str = include_str!("../../weights/models.toml");

/// All known models, in the order of their files; ids are unique.
#[derive(Debug, Clone, PartialEq)]
pub struct Ledger {
    models: Vec<Manifest>,
}

impl Ledger {
    /// The ledger that comes with the program.
    ///
    /// # Errors
    /// `model.invalid_manifest`, which a test excludes.
    pub fn bundled() -> Result<Self> {
        Self::parse(BUNDLED)
    }

    /// Reads the text of a ledger or of a user's manifest.
    ///
    /// # Errors
    /// `model.invalid_manifest` with the model and the key that is wrong.
    pub fn parse(text: &str) -> Result<Self> {
        let models = file::parse(text)?;
        Self { models: Vec::new() }.with(models)
    }

    /// Reads a user's manifest: the same form, for models that lie beside the file.
    ///
    /// # Errors
    /// As [`Ledger::parse`]; also when the file cannot be read, or claims that a model is bundled or a default.
    pub fn read(path: &Path) -> Result<Self> {
        let read = std::fs::read_to_string(path);
        let text = read.map_err(|e| invalid(format!("{} cannot be read: {e}", path.display())))?;
        let ledger = Self::parse(&text)?;
        let claims = ledger.models.iter().find(|model| model.bundled || model.default);
        match claims {
            Some(model) => {
                Err(model.invalid("bundled, default", "only for models that come with the program"))
            }
            None => Ok(ledger),
        }
    }

    /// Joins other models to this ledger.
    ///
    /// # Errors
    /// `model.invalid_manifest` when an id is taken.
    pub fn with(mut self, models: impl IntoIterator<Item = Manifest>) -> Result<Self> {
        for model in models {
            if self.models.iter().any(|known| known.id == model.id) {
                return Err(model.invalid("id", "is taken by another model"));
            }
            self.models.push(model);
        }
        Ok(self)
    }

    /// Every model.
    #[must_use]
    pub fn models(&self) -> &[Manifest] {
        &self.models
    }

    /// The model of this id.
    ///
    /// # Errors
    /// `model.unknown`.
    pub fn get(&self, id: &str) -> Result<&Manifest> {
        let found = self.models.iter().find(|model| model.id.as_str() == id);
        found.ok_or_else(|| Error::ModelUnknown { id: id.into() })
    }

    /// The models that serve a task when nothing else is asked for, in the order in which they are tried.
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
