//! Suites of [`LicenseProvider`].

use std::sync::Arc;

use super::{AsyncClaim, Drive, Make, assert_code, async_claims, check_async_claims};
use oz_core::license::port::LicenseProvider;
use oz_core::license::{Allowance, Entitlements, Feature};
use oz_core::system::Timestamp;

/// Allowed uses of [`Feature::Liveness`] in the licence of the suite.
const ALLOWED: u64 = 5;

/// Licence that the provider under test must hold: five liveness checks and unlimited quality assessments,
/// valid from second 1000 (inclusive) to second 2000 (exclusive) of the Unix epoch.
#[must_use]
pub fn entitlements() -> Entitlements {
    Entitlements {
        holder: "conformance".into(),
        valid_from: at(1_000),
        expires_at: Some(at(2_000)),
        features: [(Feature::Liveness, Allowance::Times(ALLOWED)), (Feature::Quality, Allowance::Unlimited)]
            .into(),
    }
}

/// Checks a provider that holds the licence [`entitlements`].
///
/// # Panics
/// When a claim does not hold.
pub fn restricted(adapter: &str, make: Make<'_, dyn LicenseProvider>, drive: Drive<'_>) {
    let claims: &[AsyncClaim<dyn LicenseProvider>] = async_claims![
        entitlements_are_reported,
        uses_are_counted_by_feature,
        an_allowance_can_be_used_up_but_not_exceeded,
        a_denied_use_is_not_counted,
        use_outside_the_validity_period_is_denied,
        a_feature_without_an_entitlement_is_denied,
    ];
    check_async_claims(adapter, claims, make, drive);
}

/// Checks a provider without restrictions.
///
/// # Panics
/// When a claim does not hold.
pub fn unlimited(adapter: &str, make: Make<'_, dyn LicenseProvider>, drive: Drive<'_>) {
    let claims: &[AsyncClaim<dyn LicenseProvider>] = async_claims![
        no_entitlements_are_reported,
        every_use_is_allowed_at_any_time,
        uses_are_counted_by_feature
    ];
    check_async_claims(adapter, claims, make, drive);
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_secs(seconds)
}

async fn entitlements_are_reported(license: Arc<dyn LicenseProvider>) {
    assert_eq!(license.entitlements().await.unwrap(), Some(entitlements()));
}

async fn uses_are_counted_by_feature(license: Arc<dyn LicenseProvider>) {
    license.consume(Feature::Liveness, 2, at(1_500)).await.unwrap();
    license.consume(Feature::Liveness, 1, at(1_500)).await.unwrap();
    license.consume(Feature::Quality, 9, at(1_500)).await.unwrap();
    assert_eq!(license.used(Feature::Liveness).await.unwrap(), 3);
    assert_eq!(license.used(Feature::Quality).await.unwrap(), 9);
    assert_eq!(license.used(Feature::Identification).await.unwrap(), 0);
}

async fn an_allowance_can_be_used_up_but_not_exceeded(license: Arc<dyn LicenseProvider>) {
    for _ in 0..ALLOWED {
        license.consume(Feature::Liveness, 1, at(1_500)).await.unwrap();
    }
    assert_code(license.consume(Feature::Liveness, 1, at(1_500)).await, "license.denied");
    license.consume(Feature::Quality, 1, at(1_500)).await.unwrap();
}

async fn a_denied_use_is_not_counted(license: Arc<dyn LicenseProvider>) {
    assert_code(license.consume(Feature::Liveness, ALLOWED + 1, at(1_500)).await, "license.denied");
    assert_eq!(license.used(Feature::Liveness).await.unwrap(), 0);
    license.consume(Feature::Liveness, ALLOWED, at(1_500)).await.unwrap();
}

async fn use_outside_the_validity_period_is_denied(license: Arc<dyn LicenseProvider>) {
    for seconds in [0, 999, 2_000, 9_999] {
        assert_code(license.consume(Feature::Quality, 1, at(seconds)).await, "license.denied");
    }
    license.consume(Feature::Quality, 1, at(1_000)).await.unwrap();
    license.consume(Feature::Quality, 1, at(1_999)).await.unwrap();
}

async fn a_feature_without_an_entitlement_is_denied(license: Arc<dyn LicenseProvider>) {
    assert_code(license.consume(Feature::Identification, 1, at(1_500)).await, "license.denied");
}

async fn no_entitlements_are_reported(license: Arc<dyn LicenseProvider>) {
    assert_eq!(license.entitlements().await.unwrap(), None);
}

async fn every_use_is_allowed_at_any_time(license: Arc<dyn LicenseProvider>) {
    for feature in [Feature::Liveness, Feature::Verification, Feature::Identification, Feature::Quality] {
        license.consume(feature, u64::MAX, Timestamp::from_micros(i64::MIN)).await.unwrap();
        license.consume(feature, 1, Timestamp::from_micros(i64::MAX)).await.unwrap();
    }
}
