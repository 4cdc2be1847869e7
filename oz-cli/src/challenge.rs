//! `oz challenge`

use std::time::Duration;

use crate::report::ChallengeDocument;
use clap::{Args, Subcommand};
use oz::{Challenge, ChallengeRules, Error, Gesture, Result, Timestamp};
use oz::{RandomIds, SystemClock};
use oz_core::system::port::{Clock, IdGenerator};

use super::{Answered, output};

/// Create liveness challenges.
#[derive(Debug, Subcommand)]
pub(crate) enum ChallengeCommand {
    /// Draw random gestures and print the challenge; check a recording with `oz analyze --challenge`
    New(NewArgs),
}

/// Rules of the challenge.
#[derive(Debug, Args)]
pub(crate) struct NewArgs {
    /// Number of gestures
    #[arg(long, value_name = "N", default_value_t = ChallengeRules::default().length)]
    gestures: usize,
    /// Gestures to draw from, comma-separated: left, right, up, down, smile, eyes, scan
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    among: Option<Vec<Gesture>>,
    /// Time per gesture in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 5.0)]
    gesture_time: f64,
    /// Validity of the challenge in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 120.0)]
    valid_for: f64,
    /// Seed for reproducible gestures; must be unpredictable outside of tests (default: random)
    #[arg(long, value_name = "N")]
    seed: Option<u128>,
    /// Print the JSON document only, without a summary on standard error
    #[arg(long)]
    json: bool,
}

impl ChallengeCommand {
    pub(crate) fn run(self) -> Result<Answered> {
        let Self::New(args) = self;
        let seed = args.seed.unwrap_or_else(|| RandomIds.next_id().as_u128());
        let challenge = Challenge::draw(seed, SystemClock.now(), &args.rules()?)?;
        if !args.json {
            let names: Vec<_> = challenge.gestures().iter().map(Gesture::to_string).collect();
            output::message(format_args!("{} until {}", names.join(", "), challenge.expires()));
        }
        output::document(&ChallengeDocument::new(challenge))?;
        Ok(Answered::All)
    }
}

impl NewArgs {
    fn rules(&self) -> Result<ChallengeRules> {
        Ok(ChallengeRules {
            length: self.gestures,
            among: self.among.clone().unwrap_or(ChallengeRules::default().among),
            gesture_time: seconds("--gesture-time", self.gesture_time)?,
            valid_for: seconds("--valid-for", self.valid_for)?,
        })
    }
}

fn seconds(option: &str, value: f64) -> Result<Duration> {
    Duration::try_from_secs_f64(value).map_err(|error| Error::Config { detail: format!("{option}: {error}") })
}

/// Arrival time of an answer, from seconds since 1970-01-01 UTC; now without them.
pub(crate) fn received(seconds: Option<f64>) -> Timestamp {
    seconds.map_or_else(|| SystemClock.now(), |seconds| Timestamp::from_micros((seconds * 1e6) as i64))
}
