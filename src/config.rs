//! Configuration of the library and the program.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use oz_core::analysis::LivenessPolicy;
use oz_core::inference::{Device, Precision, SessionOptions};
use oz_core::media::DecodeLimits;
use oz_models::engine::EngineConfig;
use oz_models::registry::{Registry, RegistryConfig};
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// Settings of the library and the program. Every key is optional; unknown keys are refused.
///
/// ```
/// let config = oz::Config::from_toml("engine = 'candle'\nrequire_commercial_use = true").unwrap();
/// assert_eq!(config.engine, "candle");
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Inference engine: `auto` (the fastest available built-in one), `onnx`, `candle`, or the name of an
    /// engine of the application, see [`OzBuilder::engines`](crate::OzBuilder::engines).
    pub engine: String,
    /// ONNX Runtime library to load; searched for in the usual places if unset.
    pub onnx_library: Option<PathBuf>,
    /// Device that runs the models: `cpu` or `cuda:N`.
    pub device: Device,
    /// Precision of the arithmetic inside the models.
    pub precision: Precision,
    /// Threads per run of a model, 1 to 256.
    pub threads: NonZeroUsize,
    /// Folder of pulled models and installed engines; `OZ_CACHE_DIR` or the user's cache if unset.
    pub cache_dir: Option<PathBuf>,
    /// Manifests of custom models, in the format of `models.toml`.
    pub manifests: Vec<PathBuf>,
    /// Refuse models whose licence or training data do not permit commercial use.
    pub require_commercial_use: bool,
    /// Feature extractors; several are fused. Empty selects the default of the ledger.
    pub extractors: Vec<String>,
    /// Files of `oz calibrate`, used instead of the operating points that ship with the models.
    pub calibrations: Vec<PathBuf>,
    /// Average the features of each face and its mirror image.
    pub mirrored: bool,
    /// PAD models of the appearance layer, averaged. Empty selects the defaults of the ledger; `none` alone
    /// uses none.
    pub pad_models: Vec<String>,
    /// Decode with the `ffmpeg` program what the built-in decoders do not support.
    pub allow_ffmpeg: bool,
    /// Limits of decoding.
    pub limits: DecodeLimits,
    /// Thresholds of the liveness verdict.
    pub liveness: LivenessPolicy,
    /// Settings of the service, which parses them itself; the library does not check them.
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

    /// Paths for the engines: the ONNX Runtime library and the cache folder.
    #[must_use]
    pub fn engine_config(&self) -> EngineConfig {
        let mut engine = EngineConfig::default();
        engine.onnx_library.clone_from(&self.onnx_library);
        engine.cache.clone_from(&self.cache_dir);
        engine
    }

    /// Maximum of [`Config::threads`].
    pub const MAX_THREADS: usize = 256;

    /// Ensures that the values are in their ranges.
    ///
    /// # Errors
    /// `config.invalid` for `threads`; `input.invalid_value` for a threshold of `liveness`.
    pub fn ensure_valid(&self) -> Result<()> {
        if self.threads.get() > Self::MAX_THREADS {
            let detail = format!("threads: must be at most {}, not {}", Self::MAX_THREADS, self.threads);
            return Err(Error::Config { detail });
        }
        self.liveness.ensure_valid()?;
        Ok(())
    }

    /// Options of the sessions of this configuration.
    #[must_use]
    pub fn session_options(&self) -> SessionOptions {
        SessionOptions { threads: self.threads, device: self.device, precision: self.precision }
    }

    /// Registry of the built-in models and those of [`Config::manifests`].
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
