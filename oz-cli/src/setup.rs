//! Global options, and the configuration and handle built from them.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::Args;
use figment::Figment;
use figment::providers::{Env, Format};
use oz::{Config, Device, Error, Oz, Result};
use serde::de::DeserializeOwned;

/// Engine and models.
#[derive(Debug, Args)]
pub(crate) struct SetupArgs {
    /// Configuration file in TOML, overridden by OZ__* variables and command-line options
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Inference engine: auto, onnx or candle (default: auto)
    #[arg(long, global = true, value_name = "NAME")]
    engine: Option<String>,
    /// Device: cpu or cuda:N (default: cpu)
    #[arg(long, global = true, value_name = "DEVICE")]
    device: Option<Device>,
    /// Threads per model run (default: 1)
    #[arg(long, global = true, value_name = "N")]
    threads: Option<NonZeroUsize>,
    /// Feature extraction models, comma-separated; several are fused
    #[arg(long, global = true, value_name = "ID,…", value_delimiter = ',')]
    extractors: Option<Vec<String>>,
    /// Average the feature vectors of each face and its mirror image
    #[arg(long, global = true)]
    mirrored: bool,
    /// PAD models of the appearance layer, comma-separated; `none` disables the layer
    #[arg(long, global = true, value_name = "ID,…", value_delimiter = ',')]
    pad_models: Option<Vec<String>>,
    /// Manifest of custom models in the format of models.toml; repeatable
    #[arg(long, global = true, value_name = "FILE")]
    manifest: Vec<PathBuf>,
    /// Refuse models whose licence or training data does not permit commercial use
    #[arg(long, global = true)]
    require_commercial_use: bool,
    /// Decode formats without a built-in decoder with the ffmpeg program
    #[arg(long, global = true)]
    allow_ffmpeg: bool,
}

/// Prefix of environment variables that set configuration keys. Two underscores separate levels:
/// `OZ__SERVICE__LISTEN`.
const VARIABLES: &str = "OZ__";

/// TOML by the crate that reads all other files of the program.
struct Toml;

impl Format for Toml {
    type Error = toml::de::Error;

    const NAME: &'static str = "TOML";

    fn from_str<T: DeserializeOwned>(text: &str) -> std::result::Result<T, Self::Error> {
        toml::from_str(text)
    }
}

/// Reads the file, if given, and overrides its keys by environment variables.
fn layered(file: Option<&Path>) -> Result<Config> {
    let text = file.map_or_else(
        || Ok(String::new()),
        |path| {
            std::fs::read_to_string(path).map_err(|source| Error::File {
                action: "read",
                path: path.into(),
                source,
            })
        },
    )?;

    let layers = Figment::from(Toml::string(&text)).merge(Env::prefixed(VARIABLES).split("__"));
    layers.extract().map_err(|error| Error::Config { detail: error.to_string() })
}

impl SetupArgs {
    /// Builds the configuration from file, environment variables and command line, in ascending precedence.
    pub(crate) fn config(&self) -> Result<Config> {
        let mut config = layered(self.config.as_deref())?;

        if let Some(engine) = &self.engine {
            config.engine.clone_from(engine);
        }
        if let Some(extractors) = &self.extractors {
            config.extractors.clone_from(extractors);
        }
        if let Some(pad_models) = &self.pad_models {
            config.pad_models.clone_from(pad_models);
        }

        config.device = self.device.unwrap_or(config.device);
        config.threads = self.threads.unwrap_or(config.threads);
        config.manifests.extend_from_slice(&self.manifest);
        config.mirrored |= self.mirrored;
        config.require_commercial_use |= self.require_commercial_use;
        config.allow_ffmpeg |= self.allow_ffmpeg;
        Ok(config)
    }

    /// Loads the models of the configuration.
    pub(crate) fn oz(&self) -> Result<Oz> {
        Oz::builder().config(self.config()?).build()
    }
}
