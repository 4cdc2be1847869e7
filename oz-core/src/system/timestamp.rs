//! Points in time.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

const MICROS_PER_SECOND: i64 = 1_000_000;
const SECONDS_PER_DAY: i64 = 86_400;

/// A point in time: microseconds since 1970-01-01T00:00:00Z without leap seconds; negative before the epoch.
///
/// Displayed as RFC 3339 in UTC.
///
/// ```
/// use std::time::Duration;
///
/// use oz_core::system::Timestamp;
///
/// let issued = Timestamp::from_secs(1_767_225_600);
/// let expires = issued.after(Duration::from_secs(120));
/// assert!(issued < expires);
/// assert_eq!(expires.to_string(), "2026-01-01T00:02:00.000000Z");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(0);

    /// Creates a timestamp from microseconds since the epoch.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Creates a timestamp from seconds since the epoch, saturating at the limits of the type.
    #[must_use]
    pub const fn from_secs(seconds: i64) -> Self {
        Self(seconds.saturating_mul(MICROS_PER_SECOND))
    }

    /// Microseconds since the epoch.
    #[must_use]
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Seconds since the epoch.
    #[must_use]
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / MICROS_PER_SECOND as f64
    }

    /// Adds a duration, saturating at the limits of the type.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(micros(duration)))
    }

    /// Subtracts a duration, saturating at the limits of the type.
    #[must_use]
    pub fn before(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(micros(duration)))
    }

    /// Start of the day, UTC.
    #[must_use]
    pub const fn day(self) -> Self {
        let micros_per_day = SECONDS_PER_DAY * MICROS_PER_SECOND;
        Self(self.0.div_euclid(micros_per_day).saturating_mul(micros_per_day))
    }

    /// Duration since `earlier`; zero if `earlier` is later than `self`.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        let micros = i128::from(self.0) - i128::from(earlier.0);
        Duration::from_micros(u64::try_from(micros).unwrap_or(0))
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.div_euclid(MICROS_PER_SECOND);
        let (year, month, day) = civil_from_days(seconds.div_euclid(SECONDS_PER_DAY));
        let time = seconds.rem_euclid(SECONDS_PER_DAY);
        let (hour, minute, second) = (time / 3_600, time / 60 % 60, time % 60);
        let fraction = self.0.rem_euclid(MICROS_PER_SECOND);

        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{fraction:06}Z")
    }
}

/// Converts days since the epoch to year, month and day of the proleptic Gregorian calendar.
///
/// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);

    // Months are counted from March, so that the leap day is the last day of a year.
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(micros: i64, expected: &str) {
        assert_eq!(Timestamp::from_micros(micros).to_string(), expected);
    }

    #[test]
    fn display_is_rfc_3339() {
        check(0, "1970-01-01T00:00:00.000000Z");
        check(-1, "1969-12-31T23:59:59.999999Z");
        check(951_782_400_000_000, "2000-02-29T00:00:00.000000Z");
        check(1_767_225_599_250_000, "2025-12-31T23:59:59.250000Z");
        check(4_107_542_400_000_000, "2100-03-01T00:00:00.000000Z");
    }

    #[test]
    fn arithmetic_saturates_at_the_limits() {
        let last = Timestamp::from_micros(i64::MAX);
        assert_eq!(last.after(Duration::MAX), last);
        assert_eq!(Timestamp::from_micros(i64::MIN).before(Duration::MAX), Timestamp::from_micros(i64::MIN));
        assert_eq!(Timestamp::EPOCH.since(last), Duration::ZERO);
        assert_eq!(Timestamp::from_secs(i64::MAX), last);
        assert_eq!(last.since(Timestamp::from_micros(i64::MIN)), Duration::from_micros(u64::MAX));
    }

    #[test]
    fn day_starts_at_midnight_utc() {
        let day = |micros| Timestamp::from_micros(micros).day().to_string();
        assert_eq!(day(-1), "1969-12-31T00:00:00.000000Z");
        assert_eq!(day(1_767_225_599_250_000), "2025-12-31T00:00:00.000000Z");
    }

    #[test]
    fn before_reverses_after() {
        let noon = Timestamp::from_secs(43_200);
        let hour = Duration::from_secs(3_600);
        assert_eq!(noon.after(hour).before(hour), noon);
        assert_eq!(noon.after(hour).since(noon), hour);
    }
}
