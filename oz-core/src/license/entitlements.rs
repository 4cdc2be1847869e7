//! Licensed features, validity period and usage allowances.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::system::Timestamp;
use crate::{Error, Result};

/// A licensed feature. One use is one request, regardless of the number of faces or frames in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Feature {
    /// Presentation attack detection.
    Liveness,
    /// One-to-one comparison.
    Verification,
    /// One-to-many search.
    Identification,
    /// Face image quality assessment.
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

/// Permitted uses of a feature over the lifetime of the licence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Allowance {
    /// No limit.
    Unlimited,
    /// Maximum number of uses.
    Times(u64),
}

/// Contents of a licence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entitlements {
    /// Licensee.
    pub holder: String,
    /// Start of the validity period, inclusive.
    pub valid_from: Timestamp,
    /// End of the validity period, exclusive; unlimited when absent.
    pub expires_at: Option<Timestamp>,
    /// Allowance per feature; an absent feature is not licensed.
    pub features: BTreeMap<Feature, Allowance>,
}

impl Entitlements {
    /// Checks that a feature may be used `amount` more times at `now`, after `used` earlier uses.
    ///
    /// # Errors
    /// `license.denied` outside the validity period, when the feature is not licensed, or when the allowance
    /// would be exceeded.
    pub fn check(&self, feature: Feature, used: u64, amount: u64, now: Timestamp) -> Result<()> {
        if now < self.valid_from {
            return Err(denied(format!("not valid before {}", self.valid_from)));
        }
        if let Some(end) = self.expires_at.filter(|end| now >= *end) {
            return Err(denied(format!("expired at {end}")));
        }

        match self.features.get(&feature) {
            None => Err(denied(format!("{feature} is not covered"))),
            Some(Allowance::Unlimited) => Ok(()),
            Some(Allowance::Times(allowed)) if used.saturating_add(amount) <= *allowed => Ok(()),
            Some(Allowance::Times(allowed)) => {
                Err(denied(format!("{used} of {allowed} uses of {feature} have been consumed")))
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
    fn validity_period_includes_its_start_and_excludes_its_end() {
        assert!(!check(Feature::Quality, 0, 1, 99));
        assert!(check(Feature::Quality, 0, 1, 100));
        assert!(check(Feature::Quality, 0, 1, 199));
        assert!(!check(Feature::Quality, 0, 1, 200));
    }

    #[test]
    fn allowance_can_be_consumed_completely() {
        assert!(check(Feature::Liveness, 2, 1, 150));
        assert!(!check(Feature::Liveness, 2, 2, 150));
        assert!(!check(Feature::Liveness, u64::MAX, 1, 150), "a full counter does not wrap round");
        assert!(check(Feature::Quality, u64::MAX, 1, 150));
    }

    #[test]
    fn feature_without_allowance_is_denied() {
        let error =
            entitlements().check(Feature::Identification, 0, 1, Timestamp::from_secs(150)).unwrap_err();
        assert_eq!(error.code(), "license.denied");
    }
}
