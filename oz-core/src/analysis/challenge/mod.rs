//! Active liveness: gestures drawn at random for one recording, and whether the recording shows them.
//!
//! Invariant: a challenge is a function of a seed and a time, an outcome one of the challenge, the recording's gestures
//! and the time of its arrival. Whoever issues challenges keeps them, answers each once and lets them expire: a challenge
//! that comes back with the recording proves nothing.

mod attempt;
mod document;
mod draw;
mod outcome;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::face::gesture::Gesture;
use crate::system::{Timestamp, Uuid};
use crate::{Error, Result};

pub use attempt::{ChallengeAttempt, Tolerance};
pub use outcome::{ChallengeOutcome, GestureAnswer, Refusal};

/// Gestures that one subject is asked to make, in order, within a time.
///
/// Serialised as plain data: `id`, `gestures`, `issued_s` and `expires_s` in seconds since 1970, `gesture_time_s`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "document::Document", into = "document::Document")]
pub struct Challenge {
    id: Uuid,
    gestures: Vec<Gesture>,
    issued: Timestamp,
    expires: Timestamp,
    gesture_time: Duration,
}

impl Challenge {
    /// Most gestures that may be asked for; nobody has the patience for more.
    pub const MAX_GESTURES: usize = 12;

    /// A challenge with gestures of the caller's choice.
    ///
    /// # Errors
    /// `input.invalid_value` when no gesture or more than [`Challenge::MAX_GESTURES`] are asked for, the same one twice in a
    /// row, no time is given for each, or it expires before it is issued.
    pub fn new(
        id: Uuid,
        gestures: Vec<Gesture>,
        (issued, expires): (Timestamp, Timestamp),
        gesture_time: Duration,
    ) -> Result<Self> {
        check(
            (1..=Self::MAX_GESTURES).contains(&gestures.len()),
            "it asks for no gesture, or for more than a dozen",
        )?;
        check(
            gestures.windows(2).all(|pair| pair[0] != pair[1]),
            "it asks for the same gesture twice in a row",
        )?;
        check(gesture_time > Duration::ZERO, "it leaves no time for a gesture")?;
        check(expires > issued, "it expires before it is issued")?;
        Ok(Self { id, gestures, issued, expires, gesture_time })
    }

    /// Draws a challenge. The same seed, time and rules give the same one: take the seed from a source that nobody can
    /// foresee, such as 128 bits of [`IdGenerator`](crate::system::port::IdGenerator).
    ///
    /// # Errors
    /// `input.invalid_value` for rules that no challenge can follow.
    pub fn draw(seed: u128, issued: Timestamp, rules: &ChallengeRules) -> Result<Self> {
        let drawn = draw::draw(seed, rules)?;
        Self::new(drawn.id, drawn.gestures, (issued, issued.after(rules.valid_for)), rules.gesture_time)
    }

    /// Name of the challenge, to keep it by.
    #[must_use]
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// What is asked for, in order; no two equal in a row.
    #[must_use]
    pub fn gestures(&self) -> &[Gesture] {
        &self.gestures
    }

    /// When it was issued.
    #[must_use]
    pub fn issued(&self) -> Timestamp {
        self.issued
    }

    /// Until when a recording is accepted.
    #[must_use]
    pub fn expires(&self) -> Timestamp {
        self.expires
    }

    /// Time for each gesture, from the end of the one before.
    #[must_use]
    pub fn gesture_time(&self) -> Duration {
        self.gesture_time
    }

    /// Whether a recording that arrives `now` is in time.
    #[must_use]
    pub fn is_active(&self, now: Timestamp) -> bool {
        self.issued <= now && now < self.expires
    }
}

/// How challenges are drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct ChallengeRules {
    /// Number of gestures, 1 to [`Challenge::MAX_GESTURES`].
    pub length: usize,
    /// Gestures to choose among; repeated names count once.
    pub among: Vec<Gesture>,
    /// Time for each gesture.
    pub gesture_time: Duration,
    /// How long the challenge may be answered.
    pub valid_for: Duration,
}

impl Default for ChallengeRules {
    /// Three of turns, nods and a smile: 80 sequences, of which somebody with one recording has one. Blinks are left out,
    /// since everybody blinks unasked; a scan is two turns.
    fn default() -> Self {
        Self {
            length: 3,
            among: vec![Gesture::Left, Gesture::Right, Gesture::Up, Gesture::Down, Gesture::Smile],
            gesture_time: Duration::from_secs(5),
            valid_for: Duration::from_secs(120),
        }
    }
}

fn check(holds: bool, detail: &str) -> Result<()> {
    if holds {
        return Ok(());
    }
    Err(Error::InvalidValue { name: "challenge", detail: detail.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn challenge(gestures: Vec<Gesture>) -> Result<Challenge> {
        let issued = Timestamp::from_secs(1_000);
        let times = (issued, issued.after(Duration::from_secs(60)));
        Challenge::new(Uuid::from_u128(7), gestures, times, Duration::from_secs(5))
    }

    #[test]
    fn a_challenge_that_cannot_be_answered_is_refused() {
        assert_eq!(challenge(Vec::new()).unwrap_err().code(), "input.invalid_value");
        assert!(challenge(vec![Gesture::Left, Gesture::Left]).is_err());
        assert!(challenge(vec![Gesture::Left, Gesture::Up, Gesture::Left]).is_ok());
        let long = [Gesture::Left, Gesture::Up].repeat(Challenge::MAX_GESTURES);
        assert!(challenge(long).is_err());
    }

    #[test]
    fn it_is_active_from_its_issue_until_it_expires() {
        let challenge = challenge(vec![Gesture::Up]).unwrap();
        let at = |second| challenge.is_active(Timestamp::from_secs(second));
        assert_eq!([at(999), at(1_000), at(1_059), at(1_060)], [false, true, true, false]);
    }

    #[test]
    fn the_same_seed_draws_the_same_challenge_and_another_one_another() {
        let draw = |seed| Challenge::draw(seed, Timestamp::EPOCH, &ChallengeRules::default()).unwrap();
        assert_eq!(draw(5), draw(5));
        let different = (0..64).filter(|seed| draw(*seed).gestures() != draw(seed + 1).gestures()).count();
        assert!(different > 55, "{different}");
        assert_ne!(draw(1).id(), draw(2).id());
    }
}
