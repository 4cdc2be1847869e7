//! `oz config`

use clap::Subcommand;
use oz::{Error, Oz, Result};
use oz_server::{ServiceSettings, TlsSettings};

use crate::setup::SetupArgs;
use crate::{Answered, output};

/// Check or print the configuration.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Check the configuration: keys, values, files, models, engine
    Check,
    /// Print every key with its effective value; secrets are hidden
    Print,
}

impl ConfigCommand {
    pub(crate) fn run(self, setup: &SetupArgs) -> Result<Answered> {
        let mut config = setup.config()?;
        let settings = ServiceSettings::from_config(&config)?;
        match self {
            Self::Print => {
                let shown = toml::Value::try_from(&settings).map_err(unprintable)?;
                config.service = shown.as_table().cloned().unwrap_or_default();
                output::text(toml::to_string_pretty(&config).map_err(unprintable)?)?;
            }
            Self::Check => {
                settings.database.reveal()?;
                ensure_readable(settings.tls.as_ref())?;
                let oz = Oz::builder().config(config).build()?;
                output::text(format!("configuration valid: {oz:?}, {}", oz.engine_choice()))?;
            }
        }
        Ok(Answered::All)
    }
}

fn ensure_readable(tls: Option<&TlsSettings>) -> Result<()> {
    for path in tls.into_iter().flat_map(|tls| [&tls.certificate, &tls.key]) {
        std::fs::read(path).map_err(|source| Error::File { action: "read", path: path.clone(), source })?;
    }
    Ok(())
}

fn unprintable(error: impl std::fmt::Display) -> Error {
    Error::Config { detail: error.to_string() }
}
