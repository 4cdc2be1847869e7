//! Suites of [`Clock`] and [`IdGenerator`].

use std::collections::HashSet;

use super::{Make, SyncClaim, check_sync_claims, claims};
use oz_core::system::port::{Clock, IdGenerator};

/// Checks a clock.
///
/// # Panics
/// When a claim does not hold.
pub fn clock(adapter: &str, make: Make<'_, dyn Clock>) {
    let claims: &[SyncClaim<dyn Clock>] = claims![elapsed_time_is_monotonic, the_time_of_day_is_after_2020];
    check_sync_claims(adapter, claims, make);
}

fn elapsed_time_is_monotonic(clock: &dyn Clock) {
    let readings: Vec<_> = (0..1_000).map(|_| clock.elapsed()).collect();
    assert!(readings.is_sorted(), "elapsed time decreased");
}

fn the_time_of_day_is_after_2020(clock: &dyn Clock) {
    assert!(clock.now().as_micros() > 1_577_836_800_000_000, "the time of day is {}", clock.now());
}

/// Checks a generator of IDs.
///
/// # Panics
/// When a claim does not hold.
pub fn id_generator(adapter: &str, make: Make<'_, dyn IdGenerator>) {
    let claims: &[SyncClaim<dyn IdGenerator>] = claims![ids_are_unique];
    check_sync_claims(adapter, claims, make);
}

fn ids_are_unique(ids: &dyn IdGenerator) {
    let ids: HashSet<_> = (0..10_000).map(|_| ids.next_id()).collect();
    assert_eq!(ids.len(), 10_000);
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::testing::{ManualClock, SequentialIds};

    #[test]
    fn test_doubles_keep_the_contract() {
        clock("manual", &|| Arc::new(ManualClock::default()));
        id_generator("sequential", &|| Arc::new(SequentialIds::default()));
    }
}
