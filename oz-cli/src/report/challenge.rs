//! Challenges and their outcomes as plain data.

use oz_core::analysis::challenge::{GestureAnswer, Refusal};
use oz_core::analysis::{Challenge, ChallengeOutcome};
use oz_core::face::gesture::Gesture;
use oz_core::system::Uuid;
use serde::{Deserialize, Serialize};

use super::GestureReport;
use oz::{Error, Result};

/// What `oz challenge new` prints and `oz analyze --challenge` reads: `schema`, then the fields of the challenge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ChallengeDocument {
    schema: String,
    #[serde(flatten)]
    challenge: Challenge,
}

impl ChallengeDocument {
    /// Name and version of the document.
    pub(crate) const SCHEMA: &'static str = "oz.challenge/1";

    /// Describes a challenge.
    #[must_use]
    pub(crate) fn new(challenge: Challenge) -> Self {
        Self { schema: Self::SCHEMA.into(), challenge }
    }

    /// Reads a document.
    ///
    /// # Errors
    /// `config.invalid` when it is no challenge of this version, or one that nobody can meet.
    pub(crate) fn read(text: &str) -> Result<Challenge> {
        let document: Self = serde_json::from_str(text)
            .map_err(|error| Error::Config { detail: format!("this is not a challenge: {error}") })?;
        if document.schema != Self::SCHEMA {
            return Err(Error::Config { detail: format!("`{}` is not {}", document.schema, Self::SCHEMA) });
        }
        Ok(document.challenge)
    }
}

/// What became of a challenge.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct ChallengeReport {
    /// Which challenge.
    pub id: Uuid,
    /// Whether everything was done as asked.
    pub met: bool,
    /// What became of each gesture, in the order asked.
    pub answers: Vec<AnswerReport>,
    /// Turns, nods and smiles that nobody asked for.
    pub unasked: Vec<GestureReport>,
    /// What speaks against it.
    pub refusals: Vec<RefusalReport>,
}

/// What became of one gesture.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct AnswerReport {
    /// What was asked for.
    pub asked: Gesture,
    /// What was made, and when.
    pub made: Option<GestureReport>,
    /// Why it does not count.
    pub refusal: Option<&'static str>,
}

/// Why a challenge was not met.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct RefusalReport {
    /// Stable name of the reason.
    pub reason: &'static str,
    /// The same in plain words.
    pub detail: String,
}

impl ChallengeReport {
    /// Describes an outcome.
    #[must_use]
    pub(crate) fn new(outcome: &ChallengeOutcome) -> Self {
        Self {
            id: outcome.challenge,
            met: outcome.is_met(),
            answers: outcome.answers.iter().map(AnswerReport::new).collect(),
            unasked: outcome.unasked.iter().map(GestureReport::new).collect(),
            refusals: outcome.refusals.iter().map(RefusalReport::new).collect(),
        }
    }
}

impl AnswerReport {
    fn new(answer: &GestureAnswer) -> Self {
        Self {
            asked: answer.asked,
            made: answer.made.as_ref().map(GestureReport::new),
            refusal: answer.refusal.as_ref().map(Refusal::code),
        }
    }
}

impl RefusalReport {
    fn new(refusal: &Refusal) -> Self {
        Self { reason: refusal.code(), detail: refusal.to_string() }
    }
}
