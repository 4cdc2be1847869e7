//! Behaviour of [`Clock`] and [`IdGenerator`].

use std::collections::HashSet;

use super::{Make, SyncClaim, all_hold_sync, claims};
use oz_core::system::port::{Clock, IdGenerator};

/// Checks a clock.
///
/// # Panics
/// When a claim does not hold.
pub fn clock(adapter: &str, make: Make<'_, dyn Clock>) {
    let claims: &[SyncClaim<dyn Clock>] =
        claims![elapsed_time_never_goes_back, the_time_of_day_is_after_2020];
    all_hold_sync(adapter, claims, make);
}

fn elapsed_time_never_goes_back(clock: &dyn Clock) {
    let readings: Vec<_> = (0..1_000).map(|_| clock.elapsed()).collect();
    assert!(readings.is_sorted(), "elapsed time went back");
}

fn the_time_of_day_is_after_2020(clock: &dyn Clock) {
    assert!(clock.now().as_micros() > 1_577_836_800_000_000, "the clock shows {}", clock.now());
}

/// Checks a source of names.
///
/// # Panics
/// When a claim does not hold.
pub fn id_generator(adapter: &str, make: Make<'_, dyn IdGenerator>) {
    let claims: &[SyncClaim<dyn IdGenerator>] = claims![no_name_is_given_twice];
    all_hold_sync(adapter, claims, make);
}

fn no_name_is_given_twice(ids: &dyn IdGenerator) {
    let names: HashSet<_> = (0..10_000).map(|_| ids.next_id()).collect();
    assert_eq!(names.len(), 10_000);
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::testing::{ManualClock, SequentialIds};

    #[test]
    fn the_test_doubles_keep_the_contract() {
        clock("manual", &|| Arc::new(ManualClock::default()));
        id_generator("sequential", &|| Arc::new(SequentialIds::default()));
    }
}
