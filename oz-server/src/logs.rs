//! Events as lines.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use crate::settings::LogFormat;
use oz::{Error, Result};

/// Writes events to standard error from now on.
///
/// # Errors
/// `config.invalid` for a filter that is none.
pub fn start(filter: &str, format: LogFormat) -> Result<()> {
    let filter = EnvFilter::try_new(filter)
        .map_err(|error| Error::Config { detail: format!("service.log: {error}") })?;
    let events = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    // A second start in one process (tests, an embedding program that logs by itself) changes nothing.
    let _ = match format {
        LogFormat::Text => events.try_init(),
        LogFormat::Json => events.json().flatten_event(true).try_init(),
    };
    Ok(())
}
