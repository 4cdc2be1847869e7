//! Who may do what, until when, how often.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::system::Timestamp;
use crate::{Error, Result};

/// What a licence can allow. One unit is one request, whatever the number of faces or frames in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Feature {
    /// Detection of presentation attacks.
    Liveness,
    /// Comparison 1:1.
    Verification,
    /// Search 1:N.
    Identification,
    /// Assessment of face image quality.
    Quality,
}

impl fmt::Display for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Liveness => "liveness",
            Self::Verification => "verification",
            Self::Identification => "identification",
            Self::Quality => "quality",
        })
    }
}

/// How often a feature may be used over the life of the licence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Allowance {
    /// Any number of times.
    Unlimited,
    /// This many times.
    Times(u64),
}

/// What a licence says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entitlements {
    /// Whom it was given to.
    pub holder: String,
    /// First moment at which it is valid.
    pub valid_from: Timestamp,
    /// First moment at which it is no longer valid; absent when it does not end.
    pub expires_at: Option<Timestamp>,
    /// Features that may be used; what is absent may not.
    pub features: BTreeMap<Feature, Allowance>,
}

impl Entitlements {
    /// Whether a feature may be used `amount` times more at `now`, after it was used `used` times.
    ///
    /// # Errors
    /// `license.denied` when the licence is not valid yet or any more, or does not allow the feature, or not so often.
    pub fn check(&self, feature: Feature, used: u64, amount: u64, now: Timestamp) -> Result<()> {
        if now < self.valid_from {
            return Err(denied(format!("it is valid from {}", self.valid_from)));
        }
        if let Some(end) = self.expires_at.filter(|end| now >= *end) {
            return Err(denied(format!("it expired at {end}")));
        }
        match self.features.get(&feature) {
            None => Err(denied(format!("it does not cover {feature}"))),
            Some(Allowance::Unlimited) => Ok(()),
            Some(Allowance::Times(allowed)) if used.saturating_add(amount) <= *allowed => Ok(()),
            Some(Allowance::Times(allowed)) => {
                Err(denied(format!("{used} of {allowed} uses of {feature} are spent")))
            }
        }
    }
}

fn denied(detail: String) -> Error {
    Error::LicenseDenied { detail }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entitlements() -> Entitlements {
        Entitlements {
            holder: "test".into(),
            valid_from: Timestamp::from_secs(100),
            expires_at: Some(Timestamp::from_secs(200)),
            features: [(Feature::Liveness, Allowance::Times(3)), (Feature::Quality, Allowance::Unlimited)]
                .into(),
        }
    }

    fn check(feature: Feature, used: u64, amount: u64, seconds: i64) -> bool {
        entitlements().check(feature, used, amount, Timestamp::from_secs(seconds)).is_ok()
    }

    #[test]
    fn a_licence_is_valid_from_its_start_to_before_its_end() {
        assert!(!check(Feature::Quality, 0, 1, 99));
        assert!(check(Feature::Quality, 0, 1, 100));
        assert!(check(Feature::Quality, 0, 1, 199));
        assert!(!check(Feature::Quality, 0, 1, 200));
    }

    #[test]
    fn an_allowance_is_spent_to_its_last_unit() {
        assert!(check(Feature::Liveness, 2, 1, 150));
        assert!(!check(Feature::Liveness, 2, 2, 150));
        assert!(!check(Feature::Liveness, u64::MAX, 1, 150), "a full counter does not wrap round");
        assert!(check(Feature::Quality, u64::MAX, 1, 150));
    }

    #[test]
    fn what_is_not_named_is_denied() {
        let error =
            entitlements().check(Feature::Identification, 0, 1, Timestamp::from_secs(150)).unwrap_err();
        assert_eq!(error.code(), "license.denied");
    }
}
