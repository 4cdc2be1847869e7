//! `oz challenge`

use std::time::Duration;

use crate::report::ChallengeDocument;
use clap::{Args, Subcommand};
use oz::{Challenge, ChallengeRules, Error, Gesture, Result, Timestamp};
use oz::{RandomIds, SystemClock};
use oz_core::system::port::{Clock, IdGenerator};

use super::{Answered, output};

/// Gestures drawn by lot.
#[derive(Debug, Subcommand)]
pub(crate) enum ChallengeCommand {
    /// Draw gestures for a subject to make; `oz analyze --challenge` checks a recording against them
    New(NewArgs),
}

/// What to draw.
#[derive(Debug, Args)]
pub(crate) struct NewArgs {
    /// How many gestures
    #[arg(long, value_name = "N", default_value_t = ChallengeRules::default().length)]
    gestures: usize,
    /// Gestures to choose among: left, right, up, down, smile, eyes, scan
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    among: Option<Vec<Gesture>>,
    /// Seconds for each gesture
    #[arg(long, value_name = "SECONDS", default_value_t = 5.0)]
    gesture_time: f64,
    /// Seconds until the challenge expires
    #[arg(long, value_name = "SECONDS", default_value_t = 120.0)]
    valid_for: f64,
    /// Draw the same gestures again; never with a number that anybody can guess
    #[arg(long, value_name = "N")]
    seed: Option<u128>,
    /// Print the JSON document, also to a person
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
            eprintln!("{} until {}", names.join(", "), challenge.expires());
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

/// The time of an answer: given in seconds since 1970, or now.
pub(crate) fn received(seconds: Option<f64>) -> Timestamp {
    seconds.map_or_else(|| SystemClock.now(), |seconds| Timestamp::from_micros((seconds * 1e6) as i64))
}
