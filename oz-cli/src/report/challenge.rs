//! Documents of challenges and their outcomes.

use oz_core::analysis::challenge::{GestureAnswer, Refusal};
use oz_core::analysis::{Challenge, ChallengeOutcome};
use oz_core::face::gesture::Gesture;
use oz_core::system::Uuid;
use serde::{Deserialize, Serialize};

use super::GestureReport;
use oz::{Error, Result};

/// Document that `oz challenge new` prints and `oz analyze --challenge` reads: `schema` and the fields of the
/// challenge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ChallengeDocument {
    schema: String,
    #[serde(flatten)]
    challenge: Challenge,
}

impl ChallengeDocument {
    /// Name and version of the document.
    pub(crate) const SCHEMA: &'static str = "oz.challenge/1";

    /// Document of a challenge.
    #[must_use]
    pub(crate) fn new(challenge: Challenge) -> Self {
        Self { schema: Self::SCHEMA.into(), challenge }
    }

    /// Reads a document.
    ///
    /// # Errors
    /// `config.invalid` when the text is not a valid challenge of this version.
    pub(crate) fn read(text: &str) -> Result<Challenge> {
        let document: Self = serde_json::from_str(text)
            .map_err(|error| Error::Config { detail: format!("challenge: {error}") })?;
        if document.schema != Self::SCHEMA {
            let detail = format!("challenge: schema `{}`, expected `{}`", document.schema, Self::SCHEMA);
            return Err(Error::Config { detail });
        }
        Ok(document.challenge)
    }
}

/// Outcome of a challenge.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct ChallengeReport {
    /// ID of the challenge.
    pub id: Uuid,
    /// Whether the challenge was met.
    pub met: bool,
    /// Answer to each requested gesture, in order.
    pub answers: Vec<AnswerReport>,
    /// Turns, nods and smiles that were not requested.
    pub unasked: Vec<GestureReport>,
    /// Reasons for which the challenge was not met.
    pub refusals: Vec<RefusalReport>,
}

/// Answer to one requested gesture.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct AnswerReport {
    /// Requested gesture.
    pub asked: Gesture,
    /// Gesture that the subject made.
    pub made: Option<GestureReport>,
    /// Stable name of the reason for which the gesture does not count.
    pub refusal: Option<&'static str>,
}

/// Reason for which a challenge was not met.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct RefusalReport {
    /// Stable name.
    pub reason: &'static str,
    /// Human-readable description.
    pub detail: String,
}

impl ChallengeReport {
    /// Document of an outcome.
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
