//! Outcome of a challenge, gesture by gesture.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::face::gesture::{Gesture, GestureEvent};
use crate::system::Uuid;

/// Result of checking a recording against a challenge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ChallengeOutcome {
    /// ID of the challenge.
    pub challenge: Uuid,
    /// Result for each requested gesture, in the requested order.
    pub answers: Vec<GestureAnswer>,
    /// Turns, nods and smiles beyond those requested.
    pub unasked: Vec<GestureEvent>,
    /// Reasons against acceptance; empty when the challenge is met.
    pub refusals: Vec<Refusal>,
}

impl ChallengeOutcome {
    /// Whether every requested gesture was made, in order and in time, before the challenge expired.
    #[must_use]
    pub fn is_met(&self) -> bool {
        self.refusals.is_empty()
    }

    /// The most serious refusal.
    #[must_use]
    pub fn gravest(&self) -> Option<&Refusal> {
        self.refusals.iter().min_by_key(|refusal| refusal.rank())
    }
}

/// Result for one requested gesture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GestureAnswer {
    /// Requested gesture.
    pub asked: Gesture,
    /// Gesture that was made for it, accepted or refused.
    pub made: Option<GestureEvent>,
    /// Reason for which it does not count; `None` when accepted.
    pub refusal: Option<Refusal>,
}

/// Reason for which a challenge is not met.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Refusal {
    /// The recording arrived before the challenge was issued or after it expired.
    Expired,
    /// Another gesture was made in its place.
    WrongGesture {
        /// Requested gesture.
        asked: Gesture,
        /// Gesture that was made.
        made: Gesture,
    },
    /// The gesture was made at the turn of another one.
    WrongOrder {
        /// Requested gesture.
        asked: Gesture,
    },
    /// The gesture began before its prompt could be known, or faster than the minimum reaction time.
    TooEarly {
        /// Requested gesture.
        asked: Gesture,
    },
    /// The gesture began after its time limit.
    TooLate {
        /// Requested gesture.
        asked: Gesture,
    },
    /// The gesture was not made.
    Missing {
        /// Requested gesture.
        asked: Gesture,
    },
    /// More gestures were made than requested and tolerated.
    Unasked {
        /// Number of turns, nods and smiles beyond those requested and tolerated.
        count: usize,
    },
}

impl Refusal {
    /// Stable code of the reason.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::WrongGesture { .. } => "wrong_gesture",
            Self::WrongOrder { .. } => "wrong_order",
            Self::TooEarly { .. } => "too_early",
            Self::TooLate { .. } => "too_late",
            Self::Missing { .. } => "missing",
            Self::Unasked { .. } => "unasked",
        }
    }

    /// Whether the recording contradicts the challenge rather than falling short of it. A subject who does
    /// nothing or is late may have misunderstood; other gestures than those requested point to a recording
    /// made for another challenge.
    #[must_use]
    pub fn is_contradiction(&self) -> bool {
        matches!(self, Self::WrongGesture { .. } | Self::WrongOrder { .. } | Self::Unasked { .. })
    }

    /// Rank by seriousness, 0 is the most serious.
    fn rank(&self) -> u8 {
        match self {
            Self::WrongOrder { .. } => 0,
            Self::WrongGesture { .. } => 1,
            Self::Unasked { .. } => 2,
            Self::TooEarly { .. } => 3,
            Self::Expired => 4,
            Self::TooLate { .. } => 5,
            Self::Missing { .. } => 6,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expired => f.write_str("the challenge was not valid when the recording arrived"),
            Self::WrongGesture { asked, made } => write!(f, "{made} was made instead of {asked}"),
            Self::WrongOrder { asked } => write!(f, "{asked} was not made in the requested order"),
            Self::TooEarly { asked } => write!(f, "{asked} began too early"),
            Self::TooLate { asked } => write!(f, "{asked} began too late"),
            Self::Missing { asked } => write!(f, "{asked} was not seen"),
            Self::Unasked { count } => write!(f, "{count} gestures more than requested"),
        }
    }
}
