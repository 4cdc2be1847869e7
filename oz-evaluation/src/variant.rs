//! Variants: configurations that are evaluated side by side.

use oz::models::registry::Registry;
use oz::{Config, Oz};
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// Configuration under test.
#[derive(Debug, Clone)]
pub struct Variant {
    /// Name in reports, unique within an evaluation.
    pub name: String,
    /// Engine, models and further settings.
    pub config: Config,
}

/// Variant with its models loaded.
pub struct Loaded {
    pub(crate) name: String,
    pub(crate) oz: Oz,
    pub(crate) about: About,
    /// Number of threads of each model.
    pub(crate) threads: usize,
    /// Configuration as JSON, for the fingerprint of the work file.
    pub(crate) settings: String,
}

/// Engine and models of a variant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct About {
    /// Name of the variant.
    pub name: String,
    /// Name of the engine.
    pub engine: String,
    /// Version of the engine.
    pub engine_version: String,
    /// `cpu` or `cuda:N`.
    pub device: String,
    /// Name of the feature space; empty without an extractor.
    pub features: String,
    /// IDs of the PAD models, in order.
    pub pad_models: Vec<String>,
    /// All loaded models.
    pub models: Vec<ModelEntry>,
}

/// Model file used in an evaluation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ModelEntry {
    /// ID in the model ledger.
    pub id: String,
    /// SHA-256 of the file, in hexadecimal digits.
    pub sha256: String,
}

/// Specification of a variant as text: `NAME=KEY:VALUE;KEY:VALUE`.
///
/// Keys: `engine`, `extractors`, `pad_models`, `calibrations` (comma-separated lists), `mirrored`, `threads`,
/// `device`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VariantSpec {
    name: String,
    settings: Vec<(String, String)>,
}

impl std::str::FromStr for VariantSpec {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let (name, settings) = text.split_once('=').ok_or("must be NAME=KEY:VALUE;KEY:VALUE")?;
        let setting = |text: &str| {
            let (key, value) = text.split_once(':').ok_or_else(|| format!("`{text}` must be KEY:VALUE"))?;
            Ok((key.trim().to_owned(), value.trim().to_owned()))
        };
        let settings = settings
            .split(';')
            .filter(|s| !s.trim().is_empty())
            .map(setting)
            .collect::<std::result::Result<Vec<_>, String>>()?;
        if name.trim().is_empty() {
            return Err("the name is missing".into());
        }
        Ok(Self { name: name.trim().into(), settings })
    }
}

impl VariantSpec {
    fn apply(&self, config: &mut Config) -> Result<()> {
        for (key, value) in &self.settings {
            let invalid =
                |problem: &str| Error::config(format!("variant `{}`: `{key}` {problem}", self.name));
            let list =
                || value.split(',').map(|id| id.trim().to_owned()).filter(|id| !id.is_empty()).collect();
            match key.as_str() {
                "engine" => config.engine.clone_from(value),
                "extractors" => config.extractors = list(),
                "pad_models" => config.pad_models = list(),
                "calibrations" => config.calibrations = value.split(',').map(Into::into).collect(),
                "mirrored" => {
                    config.mirrored = value.parse().map_err(|_| invalid("must be true or false"))?;
                }
                "threads" => {
                    config.threads = value.parse().map_err(|_| invalid("must be a positive integer"))?;
                }
                "device" => {
                    config.device = value.parse().map_err(|_| invalid("must be cpu or cuda:N"))?;
                }
                _ => {
                    return Err(invalid(
                        "is unknown; known: engine, extractors, pad_models, calibrations, mirrored, threads, \
                         device",
                    ));
                }
            }
        }
        Ok(())
    }
}

/// Variants of the configuration `base`: each specification on each engine. An empty list stands for the
/// settings of `base`, so two empty lists give `base` as the only variant.
///
/// Variants are named `SPECIFICATION`, `ENGINE`, or `SPECIFICATION/ENGINE` if there are several of both.
///
/// # Errors
/// `config.invalid` for an invalid setting or duplicate names.
pub fn variants(base: &Config, engines: &[String], specs: &[VariantSpec]) -> Result<Vec<Variant>> {
    let unchanged = [VariantSpec { name: String::new(), settings: Vec::new() }];
    let mut variants = Vec::new();
    for spec in if specs.is_empty() { &unchanged } else { specs } {
        let mut config = base.clone();
        spec.apply(&mut config)?;

        let engines = if engines.is_empty() { std::slice::from_ref(&config.engine) } else { engines };
        for engine in engines {
            let name = match (spec.name.as_str(), engines.len()) {
                ("", _) => engine.clone(),
                (name, 1) => name.to_owned(),
                (name, _) => format!("{name}/{engine}"),
            };
            if variants.iter().any(|known: &Variant| known.name == name) {
                return Err(Error::config(format!("duplicate variant `{name}`")));
            }
            variants.push(Variant { name, config: Config { engine: engine.clone(), ..config.clone() } });
        }
    }
    Ok(variants)
}

impl Variant {
    /// Loads the engine and the models.
    pub(crate) fn load(&self) -> Result<Loaded> {
        let oz = Oz::builder().config(self.config.clone()).allow_uncalibrated().build()?;
        let about = About::new(&self.name, &oz, &self.config.registry()?)?;
        Ok(Loaded {
            name: self.name.clone(),
            oz,
            about,
            threads: self.config.threads.get(),
            settings: serde_json::to_string(&self.config).expect("a configuration serialises to JSON"),
        })
    }
}

impl About {
    fn new(name: &str, oz: &Oz, registry: &Registry) -> Result<Self> {
        let oz::EngineInfo { name: engine, version, device } = oz.engine().clone();
        let entry = |id: &oz::core::inference::ModelId| {
            let sha256 = registry.ledger().get(id.as_str())?.sha256.to_string();
            Ok(ModelEntry { id: id.to_string(), sha256 })
        };

        let stages = oz.pipeline().stages();
        let extractor = stages.extractor.as_ref();
        let pad_models = stages.pad.iter().flat_map(|pad| pad.models());

        Ok(Self {
            name: name.to_owned(),
            engine,
            engine_version: version,
            device,
            features: extractor.map_or(String::new(), |extractor| extractor.model().to_string()),
            pad_models: pad_models.map(|id| id.to_string()).collect(),
            models: oz.pipeline().models().iter().map(entry).collect::<Result<_>>()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_override_the_configuration() {
        let spec: VariantSpec = "fused = extractors:a, b; mirrored:true".parse().unwrap();
        let mut config = Config::default();
        spec.apply(&mut config).unwrap();
        assert_eq!((spec.name.as_str(), config.mirrored), ("fused", true));
        assert_eq!(config.extractors, ["a", "b"]);
    }

    #[test]
    fn invalid_settings_are_refused() {
        for text in ["fused", "=engine:onnx", "fused=engine"] {
            assert!(text.parse::<VariantSpec>().is_err(), "{text}");
        }
        for text in ["v=colour:red", "v=mirrored:maybe", "v=threads:0"] {
            let spec: VariantSpec = text.parse().unwrap();
            assert_eq!(spec.apply(&mut Config::default()).unwrap_err().code(), "config.invalid", "{text}");
        }
    }
}
