//! Calibrations that users measured on their own data, which replace the built-in ones.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use oz_core::face::port::FeatureExtractor;
use oz_core::face::{Calibration, FaceSample, FeatureVector};
use oz_core::inference::ModelId;
use oz_core::{Error, Result};
use serde::Deserialize;

use super::spaces::calibration;
use crate::ledger::MeasuredPoint;

/// Supported version of the file format.
const SCHEMA: i64 = 1;

/// Calibrations of feature spaces, read from files that `oz calibrate` writes in the format of the ledger.
#[derive(Debug, Clone, Default)]
pub struct Measurements(BTreeMap<String, Calibration>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema: i64,
    model: Vec<Measured>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Measured {
    /// Name of the feature space: a model id, `NAME+mirror`, or `fused(...)`.
    id: String,
    /// Engine of the measurement. Ignored, because results do not depend on the engine.
    #[serde(default, rename = "engine")]
    _engine: Option<String>,
    #[serde(default)]
    operating_point: Vec<MeasuredPoint>,
    /// Mapping of scores to likelihood ratios, for forensic use. Ignored.
    #[serde(default, rename = "likelihood_ratio")]
    _likelihood_ratio: Option<toml::Table>,
}

impl Measurements {
    /// Reads calibration files, each for any number of feature spaces.
    ///
    /// # Errors
    /// `model.invalid_manifest`, naming the file and the fault, when a file is unreadable or invalid or two
    /// entries are for the same space.
    pub fn read(paths: &[PathBuf]) -> Result<Self> {
        let mut all = Self::default();
        for path in paths {
            let text =
                std::fs::read_to_string(path).map_err(|e| invalid(path, format!("cannot be read: {e}")))?;
            all.add(&text).map_err(|error| invalid(path, error))?;
        }
        Ok(all)
    }

    /// Measured calibration of a feature space, if any.
    #[must_use]
    pub fn of(&self, space: &ModelId) -> Option<&Calibration> {
        self.0.get(space.as_str())
    }

    fn add(&mut self, text: &str) -> std::result::Result<(), String> {
        let file: File = toml::from_str(text).map_err(|e| e.to_string().trim().replace('\n', ", "))?;
        if file.schema != SCHEMA {
            return Err(format!("schema: must be {SCHEMA}"));
        }

        for measured in file.model {
            let own = calibration(&measured.operating_point)
                .map_err(|error| format!("`{}`, operating_point of metric fmr: {error}", measured.id))?;
            if self.0.insert(measured.id.clone(), own).is_some() {
                return Err(format!("`{}` has a duplicate entry", measured.id));
            }
        }
        Ok(())
    }
}

fn invalid(path: &Path, detail: impl std::fmt::Display) -> Error {
    Error::ModelInvalidManifest { detail: format!("{}: {detail}", path.display()) }
}

/// An extractor with a replaced calibration.
#[derive(Debug, Clone)]
pub struct Recalibrated {
    inner: Arc<dyn FeatureExtractor>,
    calibration: Calibration,
}

impl Recalibrated {
    /// Replaces the calibration of an extractor.
    #[must_use]
    pub fn new(inner: Arc<dyn FeatureExtractor>, calibration: Calibration) -> Self {
        Self { inner, calibration }
    }
}

impl FeatureExtractor for Recalibrated {
    fn model(&self) -> &ModelId {
        self.inner.model()
    }

    fn models(&self) -> Vec<ModelId> {
        self.inner.models()
    }

    fn calibration(&self) -> &Calibration {
        &self.calibration
    }

    fn extract(&self, faces: &[FaceSample<'_>]) -> Result<Vec<FeatureVector>> {
        self.inner.extract(faces)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: &str, points: &[(f64, f64)]) -> String {
        let point = |(rate, threshold): &(f64, f64)| {
            format!(
                "[[model.operating_point]]\nset = \"own\"\nmetric = \"fmr\"\nvalue = {rate:e}\n\
                 threshold = {threshold}\nsource = \"test\"\n"
            )
        };
        format!("[[model]]\nid = \"{id}\"\n{}", points.iter().map(point).collect::<String>())
    }

    fn read(text: &str) -> Result<Measurements> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("own.toml");
        std::fs::write(&path, text).unwrap();
        Measurements::read(&[path])
    }

    #[test]
    fn operating_points_make_a_calibration() {
        let points = [(1e-2, 0.4), (1e-4, 0.6)];
        let own = read(&format!("schema = 1\n{}", entry("space", &points))).unwrap();
        let calibration = own.of(&ModelId::new("space")).unwrap();
        assert!((calibration.score(0.6).value - 0.85).abs() < 1e-5);
        assert!(own.of(&ModelId::new("other")).is_none());
    }

    #[test]
    fn invalid_file_is_refused() {
        let good = entry("space", &[(1e-2, 0.4), (1e-4, 0.6)]);
        for text in [
            String::new(),
            good.clone(),
            format!("schema = 2\n{good}"),
            format!("schema = 1\n{good}{good}"),
            format!("schema = 1\n{}", entry("space", &[(1e-2, 0.4)])),
            format!("schema = 1\n{}", entry("space", &[(1e-2, 0.6), (1e-4, 0.4)])),
            format!("schema = 1\nunknown = 1\n{good}"),
        ] {
            assert_eq!(read(&text).unwrap_err().code(), "model.invalid_manifest", "{text}");
        }
        assert!(Measurements::read(&["/nowhere/own.toml".into()]).is_err());
    }
}
