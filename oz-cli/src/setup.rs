//! Options that every command understands, and the handle that they describe.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::Args;
use figment::Figment;
use figment::providers::{Env, Format, Toml};
use oz::{Config, Device, Error, Oz, Result};

/// Which engine and models to use.
#[derive(Debug, Args)]
pub(crate) struct SetupArgs {
    /// Configuration file in TOML; the options below override it
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Inference engine: auto, onnx or candle
    #[arg(long, global = true, value_name = "NAME")]
    engine: Option<String>,
    /// Device: cpu or cuda:N
    #[arg(long, global = true, value_name = "DEVICE")]
    device: Option<Device>,
    /// Threads that one run of a model may use
    #[arg(long, global = true, value_name = "N")]
    threads: Option<NonZeroUsize>,
    /// Models that take features; several, separated by commas, are fused
    #[arg(long, global = true, value_name = "ID,…", value_delimiter = ',')]
    extractors: Option<Vec<String>>,
    /// Average the features of each face and its mirror image
    #[arg(long, global = true)]
    mirrored: bool,
    /// Models that judge the appearance in liveness, separated by commas; `none` for none
    #[arg(long, global = true, value_name = "ID,…", value_delimiter = ',')]
    pad_models: Option<Vec<String>>,
    /// Manifest of own models, in the format of models.toml
    #[arg(long, global = true, value_name = "FILE")]
    manifest: Vec<PathBuf>,
    /// Refuse models whose licence or training data does not allow commercial use
    #[arg(long, global = true)]
    require_commercial_use: bool,
    /// Let the ffmpeg program decode what the built-in decoders cannot
    #[arg(long, global = true)]
    allow_ffmpeg: bool,
}

/// Variables that set keys begin like this; two underscores stand between levels: `OZ__SERVICE__LISTEN`.
const VARIABLES: &str = "OZ__";

/// The file, overridden by the environment.
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
    /// The configuration: the file, overridden by the environment, overridden by the command line.
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

    /// The handle, ready for work.
    pub(crate) fn oz(&self) -> Result<Oz> {
        Oz::builder().config(self.config()?).build()
    }
}
