//! `oz health`

use std::time::Duration;

use clap::Args;
use oz::{Error, Result};

use super::runtime;
use crate::{Answered, http, output};

/// Maximum time for the response.
const TIMEOUT: Duration = Duration::from_secs(3);

/// Check a running service's health, for example as the health check of a container.
#[derive(Debug, Args)]
pub(crate) struct HealthArgs {
    /// URL of the readiness check
    #[arg(default_value = "http://127.0.0.1:8080/readyz")]
    url: String,
}

impl HealthArgs {
    pub(crate) fn run(self) -> Result<Answered> {
        let response = runtime()?
            .block_on(async { http::client(&self.url)?.get(&self.url).timeout(TIMEOUT).send().await });
        match response {
            Ok(response) if response.status().is_success() => Ok(Answered::All),
            Ok(response) => {
                output::text(response.status())?;
                Ok(Answered::NotAll)
            }
            Err(error) => {
                let error = Error::Core(oz_core::Error::backend("calling the service", true, error));
                output::message(format_args!("{}", error.chain()));
                Ok(Answered::NotAll)
            }
        }
    }
}
