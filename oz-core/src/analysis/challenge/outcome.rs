//! Whether a challenge was met, gesture by gesture.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::face::gesture::{Gesture, GestureEvent};
use crate::system::Uuid;

/// What became of a challenge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChallengeOutcome {
    /// Which challenge.
    pub challenge: Uuid,
    /// What became of each gesture, in the order asked.
    pub answers: Vec<GestureAnswer>,
    /// Turns, nods and smiles that nobody asked for.
    pub unasked: Vec<GestureEvent>,
    /// Everything that speaks against it; empty when the challenge was met.
    pub refusals: Vec<Refusal>,
}

impl ChallengeOutcome {
    /// Whether everything asked for was done, in order and in time.
    #[must_use]
    pub fn is_met(&self) -> bool {
        self.refusals.is_empty()
    }

    /// The refusal that weighs most.
    #[must_use]
    pub fn gravest(&self) -> Option<&Refusal> {
        self.refusals.iter().min_by_key(|refusal| refusal.rank())
    }
}

/// What became of one gesture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GestureAnswer {
    /// What was asked for.
    pub asked: Gesture,
    /// The gesture that answers it, with its times; refused ones included.
    pub made: Option<GestureEvent>,
    /// Why it does not count.
    pub refusal: Option<Refusal>,
}

/// Why a challenge was not met.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Refusal {
    /// The recording arrived before the challenge was issued or after it expired.
    Expired,
    /// Another gesture was made in its place.
    WrongGesture {
        /// What was asked for.
        asked: Gesture,
        /// What was made.
        made: Gesture,
    },
    /// It was made, at another's turn.
    WrongOrder {
        /// What was asked for.
        asked: Gesture,
    },
    /// It began before it could have been asked for, or faster than anybody reacts.
    TooEarly {
        /// What was asked for.
        asked: Gesture,
    },
    /// It began when its time was over.
    TooLate {
        /// What was asked for.
        asked: Gesture,
    },
    /// It was not made.
    Missing {
        /// What was asked for.
        asked: Gesture,
    },
    /// More was done than was asked for.
    Unasked {
        /// How many turns, nods and smiles too many.
        count: usize,
    },
}

impl Refusal {
    /// The stable name of the reason.
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

    /// Whether the recording contradicts the challenge, rather than falling short of it: whoever does nothing or is late
    /// may not have understood; whoever does something else was recorded for somebody else's question.
    #[must_use]
    pub fn is_contradiction(&self) -> bool {
        matches!(self, Self::WrongGesture { .. } | Self::WrongOrder { .. } | Self::Unasked { .. })
    }

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
            Self::WrongGesture { asked, made } => write!(f, "{made} was made where {asked} was asked for"),
            Self::WrongOrder { asked } => write!(f, "{asked} was not made in the order asked"),
            Self::TooEarly { asked } => write!(f, "{asked} was made before it could have been asked for"),
            Self::TooLate { asked } => write!(f, "{asked} came too late"),
            Self::Missing { asked } => write!(f, "{asked} was not seen"),
            Self::Unasked { count } => write!(f, "{count} gestures more than were asked for"),
        }
    }
}
