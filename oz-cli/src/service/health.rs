//! `oz health`

use std::time::Duration;

use clap::Args;
use oz::{Error, Result};

use super::runtime;
use crate::{Answered, http, output};

/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// Ask a running service whether it is well; for health checks of containers.
#[derive(Debug, Args)]
pub(crate) struct HealthArgs {
    /// Where to ask
    #[arg(default_value = "http://127.0.0.1:8080/readyz")]
    url: String,
}

impl HealthArgs {
    pub(crate) fn run(self) -> Result<Answered> {
        let asked = runtime()?
            .block_on(async { http::client(&self.url)?.get(&self.url).timeout(PATIENCE).send().await });
        match asked {
            Ok(answer) if answer.status().is_success() => Ok(Answered::All),
            Ok(answer) => {
                output::text(answer.status())?;
                Ok(Answered::NotAll)
            }
            Err(error) => {
                let error = Error::Core(oz_core::Error::backend("asking the service", true, error));
                eprintln!("{}", error.chain());
                Ok(Answered::NotAll)
            }
        }
    }
}
