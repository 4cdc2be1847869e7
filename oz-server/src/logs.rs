//! Log output.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use crate::settings::LogFormat;
use oz::{Error, Result};

/// Installs a subscriber that writes events to standard error. `filter` is a log level or a list of
/// directives, as in [`ServiceSettings::log`](crate::ServiceSettings::log). Has no effect if a subscriber is
/// installed already.
///
/// # Errors
/// `config.invalid` for an invalid filter.
pub fn start(filter: &str, format: LogFormat) -> Result<()> {
    let filter = EnvFilter::try_new(filter)
        .map_err(|error| Error::Config { detail: format!("service.log: {error}") })?;
    let events = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());

    // Fails in a process that has a subscriber: tests, and applications with logging of their own.
    let _ = match format {
        LogFormat::Text => events.try_init(),
        LogFormat::Json => events.json().flatten_event(true).try_init(),
    };
    Ok(())
}
