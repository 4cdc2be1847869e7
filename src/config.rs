//! Everything that can be configured, in one serialisable place.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use oz_core::analysis::LivenessPolicy;
use oz_core::inference::{Device, Precision, SessionOptions};
use oz_core::media::DecodeLimits;
use oz_models::engine::EngineConfig;
use oz_models::registry::{Registry, RegistryConfig};
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// Settings of an [`Oz`](crate::Oz). Every key may be left out; unknown keys are refused.
///
/// ```
/// let config = oz::Config::from_toml("engine = 'candle'\nrequire_commercial_use = true").unwrap();
/// assert_eq!(config.engine, "candle");
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// `auto` (the fastest available built-in engine), `onnx`, `candle`, or the name of an engine of the
    /// application, see [`OzBuilder::engines`](crate::OzBuilder::engines).
    pub engine: String,
    /// Path of the ONNX Runtime library; none looks in the usual places.
    pub onnx_library: Option<PathBuf>,
    /// `cpu` or `cuda:N`.
    pub device: Device,
    /// Arithmetic inside the models.
    pub precision: Precision,
    /// Threads that one run of a model may use.
    pub threads: NonZeroUsize,
    /// Where pulled models and installed engines are kept; none is the user's cache.
    pub cache_dir: Option<PathBuf>,
    /// Manifests of own models, in the format of `models.toml`.
    pub manifests: Vec<PathBuf>,
    /// Refuse models whose licence or training data does not allow commercial use.
    pub require_commercial_use: bool,
    /// Models that take features; several are fused. Empty takes the ledger's default.
    pub extractors: Vec<String>,
    /// Files of `oz calibrate`: operating points measured on own data, in place of those that come with the models.
    pub calibrations: Vec<PathBuf>,
    /// Average the features of each face and its mirror image.
    pub mirrored: bool,
    /// Models that judge the appearance in liveness, averaged. Empty takes the ledger's default; `none` alone uses none.
    pub pad_models: Vec<String>,
    /// Let the `ffmpeg` program decode what the built-in decoders cannot.
    pub allow_ffmpeg: bool,
    /// Bounds on media.
    pub limits: DecodeLimits,
    /// Rules of the liveness verdict.
    pub liveness: LivenessPolicy,
    /// Settings of the service, which reads them itself; the library does not look into them.
    pub service: toml::Table,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            engine: "auto".into(),
            onnx_library: None,
            device: Device::Cpu,
            precision: Precision::F32,
            threads: NonZeroUsize::MIN,
            cache_dir: None,
            manifests: Vec::new(),
            require_commercial_use: false,
            extractors: Vec::new(),
            calibrations: Vec::new(),
            mirrored: false,
            pad_models: Vec::new(),
            allow_ffmpeg: false,
            limits: DecodeLimits::default(),
            liveness: LivenessPolicy::default(),
            service: toml::Table::new(),
        }
    }
}

impl Config {
    /// Reads a configuration in TOML.
    ///
    /// # Errors
    /// `config.invalid`.
    pub fn from_toml(text: &str) -> Result<Self> {
        toml::from_str(text).map_err(|error| Error::Config { detail: error.to_string().trim().to_owned() })
    }

    /// Reads a configuration file in TOML.
    ///
    /// # Errors
    /// `file.unreadable`, `config.invalid`.
    pub fn from_file(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|source| Error::File {
            action: "read",
            path: path.into(),
            source,
        })?;
        Self::from_toml(&text)
    }

    /// Where the engines find what they need.
    #[must_use]
    pub fn engine_config(&self) -> EngineConfig {
        let mut engine = EngineConfig::default();
        engine.onnx_library.clone_from(&self.onnx_library);
        engine.cache.clone_from(&self.cache_dir);
        engine
    }

    /// Options of the sessions of this configuration.
    #[must_use]
    pub fn session_options(&self) -> SessionOptions {
        SessionOptions { threads: self.threads, device: self.device, precision: self.precision }
    }

    /// The models that this configuration knows.
    ///
    /// # Errors
    /// `model.invalid_manifest`.
    pub fn registry(&self) -> Result<Registry> {
        Ok(Registry::new(&RegistryConfig {
            cache_dir: self.cache_dir.clone(),
            require_commercial_use: self.require_commercial_use,
            manifests: self.manifests.clone(),
        })?)
    }
}
