//! What is evaluated side by side: engines and sets of models.

use crate::{Error, Result};
use oz::models::registry::Registry;
use oz::{Config, Oz};
use serde::{Deserialize, Serialize};

/// One configuration under test.
#[derive(Debug, Clone)]
pub struct Variant {
    pub name: String,
    pub config: Config,
}

/// A configuration with its models loaded.
pub struct Loaded {
    pub name: String,
    pub oz: Oz,
    pub about: About,
    /// Models that one run of the program loads at the same time may use this many threads each.
    pub threads: usize,
    /// All settings, written out.
    pub settings: String,
}

/// What a variant is made of, for reports.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// Name of the variant.
    pub name: String,
    /// Name of the engine.
    pub engine: String,
    /// Version of the engine and where it ran.
    pub engine_version: String,
    /// `cpu` or `cuda:N`.
    pub device: String,
    /// Name of the feature space.
    pub features: String,
    /// Models that judge the appearance, in order.
    pub pad_models: Vec<String>,
    /// Every model that took part, with its digest.
    pub models: Vec<ModelEntry>,
}

/// A model and proof of which one it was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelEntry {
    /// Name in the ledger.
    pub id: String,
    /// SHA-256 of its file.
    pub sha256: String,
}

/// A variant as it is written: `NAME=KEY:VALUE;KEY:VALUE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VariantSpec {
    name: String,
    settings: Vec<(String, String)>,
}

impl std::str::FromStr for VariantSpec {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let (name, settings) = text.split_once('=').ok_or("needs NAME=KEY:VALUE;KEY:VALUE")?;
        let setting = |text: &str| {
            let (key, value) = text.split_once(':').ok_or_else(|| format!("`{text}` is not KEY:VALUE"))?;
            Ok((key.trim().to_owned(), value.trim().to_owned()))
        };
        let settings = settings
            .split(';')
            .filter(|s| !s.trim().is_empty())
            .map(setting)
            .collect::<std::result::Result<Vec<_>, String>>()?;
        if name.trim().is_empty() {
            return Err("the variant has no name".into());
        }
        Ok(Self { name: name.trim().into(), settings })
    }
}

impl VariantSpec {
    fn apply(&self, config: &mut Config) -> Result<()> {
        for (key, value) in &self.settings {
            let wrong = |why: &str| {
                let detail = format!("--variant {}, {key}: {why}", self.name);
                Error::config(detail)
            };
            let list =
                || value.split(',').map(|id| id.trim().to_owned()).filter(|id| !id.is_empty()).collect();
            match key.as_str() {
                "engine" => config.engine.clone_from(value),
                "extractors" => config.extractors = list(),
                "pad_models" => config.pad_models = list(),
                "calibrations" => config.calibrations = value.split(',').map(Into::into).collect(),
                "mirrored" => config.mirrored = value.parse().map_err(|_| wrong("is true or false"))?,
                "threads" => config.threads = value.parse().map_err(|_| wrong("is a number above 0"))?,
                "device" => config.device = value.parse().map_err(|_| wrong("is cpu or cuda:N"))?,
                _ => {
                    return Err(wrong(
                        "unknown; there are engine, extractors, pad_models, calibrations, mirrored, threads, device",
                    ));
                }
            }
        }
        Ok(())
    }
}

/// Every specification on every engine, starting from `base`; `base` alone when both lists are empty.
///
/// # Errors
/// `config.invalid` for a setting that cannot be read, and for two variants of one name.
pub fn variants(base: &Config, engines: &[String], specs: &[VariantSpec]) -> Result<Vec<Variant>> {
    let mut variants = Vec::new();
    let plain = [VariantSpec { name: String::new(), settings: Vec::new() }];
    for spec in if specs.is_empty() { &plain } else { specs } {
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
                return Err(Error::config(format!("two variants are named `{name}`")));
            }
            variants.push(Variant { name, config: Config { engine: engine.clone(), ..config.clone() } });
        }
    }
    Ok(variants)
}

impl Variant {
    /// Loads the models.
    pub fn load(&self) -> Result<Loaded> {
        let oz = Oz::builder().config(self.config.clone()).allow_uncalibrated().build()?;
        let about = About::new(&self.name, &oz, &self.config.registry()?)?;
        Ok(Loaded {
            name: self.name.clone(),
            oz,
            about,
            threads: self.config.threads.get(),
            settings: serde_json::to_string(&self.config).expect("a configuration is plain data"),
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
    fn settings_are_read_in_any_number() {
        let spec: VariantSpec = "fused = extractors:a, b; mirrored:true".parse().unwrap();
        let mut config = Config::default();
        spec.apply(&mut config).unwrap();
        assert_eq!((spec.name.as_str(), config.mirrored), ("fused", true));
        assert_eq!(config.extractors, ["a", "b"]);
    }

    #[test]
    fn settings_without_meaning_are_refused() {
        for text in ["fused", "=engine:onnx", "fused=engine"] {
            assert!(text.parse::<VariantSpec>().is_err(), "{text}");
        }
        for text in ["v=colour:red", "v=mirrored:maybe", "v=threads:0"] {
            let spec: VariantSpec = text.parse().unwrap();
            assert_eq!(spec.apply(&mut Config::default()).unwrap_err().code(), "config.invalid", "{text}");
        }
    }
}
