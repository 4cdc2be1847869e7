//! `oz engines`

use std::path::PathBuf;

use clap::Subcommand;
use oz::models::engine::onnx::install::{InstallProgress, InstallSource, VERSION, install};
use oz::models::engine::{EngineStatus, available};
use oz::{Error, Result};
use serde::Serialize;

use super::setup::SetupArgs;
use super::{Answered, output, table};

/// List inference engines, or install ONNX Runtime.
#[derive(Debug, Subcommand)]
pub(crate) enum EnginesCommand {
    /// List engines with their availability and, if unavailable, the remedy
    List {
        /// Print a JSON document
        #[arg(long)]
        json: bool,
    },
    /// Download the pinned ONNX Runtime with pip, verify its digest and install it into the cache
    Install {
        /// Local wheel to install instead of downloading
        #[arg(long, value_name = "WHEEL")]
        from: Option<PathBuf>,
    },
}

#[derive(Debug, Serialize)]
struct EnginesReport {
    schema: &'static str,
    engines: Vec<EngineRow>,
}

#[derive(Debug, Serialize)]
struct EngineRow {
    name: &'static str,
    available: bool,
    version: String,
    devices: Vec<String>,
    detail: String,
}

impl EngineRow {
    fn new(status: EngineStatus) -> Self {
        Self {
            name: status.kind.name(),
            available: status.available,
            version: status.version,
            devices: status.devices.iter().map(ToString::to_string).collect(),
            detail: status.detail,
        }
    }
}

impl EnginesCommand {
    pub(crate) fn run(self, setup: &SetupArgs) -> Result<Answered> {
        match self {
            Self::List { json } => list(setup, json)?,
            Self::Install { from } => install_onnx(setup, from)?,
        }
        Ok(Answered::All)
    }
}

fn list(setup: &SetupArgs, json: bool) -> Result<()> {
    let engines: Vec<_> =
        available(&setup.config()?.engine_config()).into_iter().map(EngineRow::new).collect();
    if json {
        return output::document(&EnginesReport { schema: "oz.engines/1", engines });
    }

    let mut rows = table::new(["engine", "available", "version", "devices", "detail"]);
    for engine in engines {
        let available = if engine.available { "yes" } else { "no" };
        rows.add_row([engine.name, available, &engine.version, &engine.devices.join(", "), &engine.detail]);
    }
    output::text(rows)
}

fn install_onnx(setup: &SetupArgs, from: Option<PathBuf>) -> Result<()> {
    let cache = setup
        .config()?
        .engine_config()
        .cache()
        .ok_or_else(|| Error::Config { detail: "cache_dir: unknown; set OZ_CACHE_DIR".into() })?;

    let source = from.map_or(InstallSource::Pip, InstallSource::Wheel);
    let path = install(&source, &cache, &mut |step| {
        output::message(format_args!("ONNX Runtime {VERSION}: {}", describe(step)));
    })?;
    output::text(path.display())
}

fn describe(step: InstallProgress) -> String {
    match step {
        InstallProgress::Present => "already installed".into(),
        InstallProgress::Fetching(bytes) => format!("downloading {:.0} MB with pip", bytes as f64 / 1e6),
        InstallProgress::Verifying => "verifying the digest".into(),
        InstallProgress::Unpacking => "unpacking".into(),
        InstallProgress::Installed => "installed".into(),
    }
}
