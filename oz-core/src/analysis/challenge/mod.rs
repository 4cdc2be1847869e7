//! Active liveness: a random sequence of gestures requested for one recording, and its check.
//!
//! Invariants: a challenge is a function of seed, time and rules; an outcome is a function of the challenge,
//! the gestures of the recording and its time of arrival. This module stores nothing. The issuer keeps each
//! challenge, accepts one recording for it and lets it expire; a challenge that the client sends along with
//! the recording proves nothing.

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

/// Sequence of gestures that a subject is requested to make within a time limit.
///
/// Serialised as `id`, `gestures`, `issued_s` and `expires_s` (seconds since 1970-01-01 UTC) and
/// `gesture_time_s` (seconds). Deserialisation applies the checks of [`Challenge::new`].
///
/// ```
/// use oz_core::analysis::{Challenge, ChallengeAttempt, ChallengeRules};
/// use oz_core::system::Timestamp;
///
/// let issued = Timestamp::from_secs(1_000);
/// let challenge = Challenge::draw(42, issued, &ChallengeRules::default())?;
/// assert_eq!(challenge.gestures().len(), 3);
/// assert!(challenge.is_active(Timestamp::from_secs(1_119)));
/// assert!(!challenge.is_active(Timestamp::from_secs(1_120)));
///
/// // A recording without any gesture misses all three.
/// let outcome = ChallengeAttempt::new(challenge).check(&[], true);
/// assert_eq!(outcome.refusals.len(), 3);
/// assert_eq!(outcome.gravest().map(|refusal| refusal.code()), Some("missing"));
/// # Ok::<(), oz_core::Error>(())
/// ```
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
    /// Maximum number of gestures; longer sequences are beyond the patience of users.
    pub const MAX_GESTURES: usize = 12;

    /// Creates a challenge with gestures chosen by the caller.
    ///
    /// # Errors
    /// `input.invalid_value` unless there are 1 to [`Challenge::MAX_GESTURES`] gestures, no two neighbours
    /// are equal, `gesture_time` is positive and `expires` is later than `issued`.
    pub fn new(
        id: Uuid,
        gestures: Vec<Gesture>,
        (issued, expires): (Timestamp, Timestamp),
        gesture_time: Duration,
    ) -> Result<Self> {
        ensure((1..=Self::MAX_GESTURES).contains(&gestures.len()), "must request 1 to 12 gestures")?;
        ensure(
            gestures.windows(2).all(|pair| pair[0] != pair[1]),
            "must not request the same gesture twice in a row",
        )?;
        ensure(gesture_time > Duration::ZERO, "the time for each gesture must be positive")?;
        ensure(expires > issued, "must expire after it is issued")?;
        Ok(Self { id, gestures, issued, expires, gesture_time })
    }

    /// Draws a random challenge. Every sequence without equal neighbours is equally likely.
    ///
    /// Deterministic: equal seeds, times and rules give equal challenges. Take the seed from an unpredictable
    /// source, such as 128 bits of [`IdGenerator`](crate::system::port::IdGenerator).
    ///
    /// # Errors
    /// `input.invalid_value` for rules that no challenge can satisfy.
    pub fn draw(seed: u128, issued: Timestamp, rules: &ChallengeRules) -> Result<Self> {
        let drawn = draw::draw(seed, rules)?;
        Self::new(drawn.id, drawn.gestures, (issued, issued.after(rules.valid_for)), rules.gesture_time)
    }

    /// ID of the challenge.
    #[must_use]
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// Requested gestures, in order; no two neighbours are equal.
    #[must_use]
    pub fn gestures(&self) -> &[Gesture] {
        &self.gestures
    }

    /// Time of issue.
    #[must_use]
    pub fn issued(&self) -> Timestamp {
        self.issued
    }

    /// Time from which recordings are no longer accepted.
    #[must_use]
    pub fn expires(&self) -> Timestamp {
        self.expires
    }

    /// Time for each gesture, from its prompt or, without prompts, from the end of the previous gesture.
    #[must_use]
    pub fn gesture_time(&self) -> Duration {
        self.gesture_time
    }

    /// Whether a recording that arrives at `now` is accepted: `issued <= now < expires`.
    #[must_use]
    pub fn is_active(&self, now: Timestamp) -> bool {
        self.issued <= now && now < self.expires
    }
}

/// Parameters of [`Challenge::draw`].
///
/// ```
/// use oz_core::analysis::{Challenge, ChallengeRules};
/// use oz_core::face::gesture::Gesture;
/// use oz_core::system::Timestamp;
///
/// let turns = ChallengeRules {
///     length: 5,
///     among: vec![Gesture::Left, Gesture::Right, Gesture::Up],
///     ..ChallengeRules::default()
/// };
/// let challenge = Challenge::draw(7, Timestamp::from_secs(0), &turns)?;
/// assert_eq!(challenge.gestures().len(), 5);
/// assert!(!challenge.gestures().contains(&Gesture::Smile));
/// # Ok::<(), oz_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ChallengeRules {
    /// Number of gestures, 1 to [`Challenge::MAX_GESTURES`].
    pub length: usize,
    /// Gestures to choose from; duplicates count once. At least two, or one if `length` is 1.
    pub among: Vec<Gesture>,
    /// Time for each gesture.
    pub gesture_time: Duration,
    /// Time from issue to expiry.
    pub valid_for: Duration,
}

impl Default for ChallengeRules {
    /// Three gestures among left, right, up, down and smile, 5 s each, valid for 120 s. That makes 80
    /// sequences, so a prerecorded video passes one attempt in 80. Blinks are excluded because people blink
    /// unprompted, and a scan because it consists of two turns.
    fn default() -> Self {
        Self {
            length: 3,
            among: vec![Gesture::Left, Gesture::Right, Gesture::Up, Gesture::Down, Gesture::Smile],
            gesture_time: Duration::from_secs(5),
            valid_for: Duration::from_secs(120),
        }
    }
}

fn ensure(holds: bool, detail: &str) -> Result<()> {
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
    fn invalid_challenge_is_refused() {
        assert_eq!(challenge(Vec::new()).unwrap_err().code(), "input.invalid_value");
        assert!(challenge(vec![Gesture::Left, Gesture::Left]).is_err());
        assert!(challenge(vec![Gesture::Left, Gesture::Up, Gesture::Left]).is_ok());
        let long = [Gesture::Left, Gesture::Up].repeat(Challenge::MAX_GESTURES);
        assert!(challenge(long).is_err());
    }

    #[test]
    fn challenge_is_active_from_issue_to_expiry() {
        let challenge = challenge(vec![Gesture::Up]).unwrap();
        let at = |second| challenge.is_active(Timestamp::from_secs(second));
        assert_eq!([at(999), at(1_000), at(1_059), at(1_060)], [false, true, true, false]);
    }

    #[test]
    fn draw_is_a_function_of_the_seed() {
        let draw = |seed| Challenge::draw(seed, Timestamp::EPOCH, &ChallengeRules::default()).unwrap();
        assert_eq!(draw(5), draw(5));
        let different = (0..64).filter(|seed| draw(*seed).gestures() != draw(seed + 1).gestures()).count();
        assert!(different > 55, "{different}");
        assert_ne!(draw(1).id(), draw(2).id());
    }
}
