//! Serialised form of a challenge.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Challenge;
use crate::face::gesture::Gesture;
use crate::system::{Timestamp, Uuid};
use crate::{Error, Result};

/// Plain data of a [`Challenge`]; times in seconds, as in all documents.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Document {
    id: Uuid,
    gestures: Vec<Gesture>,
    issued_s: f64,
    expires_s: f64,
    gesture_time_s: f64,
}

impl From<Challenge> for Document {
    fn from(challenge: Challenge) -> Self {
        Self {
            id: challenge.id,
            gestures: challenge.gestures,
            issued_s: challenge.issued.as_secs_f64(),
            expires_s: challenge.expires.as_secs_f64(),
            gesture_time_s: challenge.gesture_time.as_secs_f64(),
        }
    }
}

impl TryFrom<Document> for Challenge {
    type Error = Error;

    /// Applies the checks of [`Challenge::new`], since a document may have been edited.
    fn try_from(document: Document) -> Result<Self> {
        let time = |seconds: f64| Timestamp::from_micros((seconds * 1e6).round() as i64);
        let gesture_time = Duration::try_from_secs_f64(document.gesture_time_s)
            .map_err(|error| Error::InvalidValue { name: "challenge", detail: error.to_string() })?;
        let times = (time(document.issued_s), time(document.expires_s));
        Self::new(document.id, document.gestures, times, gesture_time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::challenge::ChallengeRules;

    #[test]
    fn document_is_read_back() {
        let issued = Timestamp::from_micros(1_767_225_600_250_000);
        let challenge = Challenge::draw(9, issued, &ChallengeRules::default()).unwrap();
        let document = Document::from(challenge.clone());
        assert_eq!((document.issued_s, document.gesture_time_s), (1_767_225_600.25, 5.0));
        assert_eq!(Challenge::try_from(document).unwrap(), challenge);
    }

    #[test]
    fn invalid_document_is_refused() {
        let challenge = Challenge::draw(9, Timestamp::EPOCH, &ChallengeRules::default()).unwrap();
        let document = || Document::from(challenge.clone());
        for bad in [
            Document { gestures: Vec::new(), ..document() },
            Document { gesture_time_s: -1.0, ..document() },
            Document { gesture_time_s: f64::NAN, ..document() },
            Document { expires_s: -5.0, ..document() },
        ] {
            assert_eq!(Challenge::try_from(bad).unwrap_err().code(), "input.invalid_value");
        }
    }
}
