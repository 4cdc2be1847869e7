//! Durations in configuration files.
//!
//! A field of type [`Duration`] has the form of a [`Period`] with `#[serde(with = "oz_core::system::period")]`; one of type
//! `Option<Period>` is `never` where it is absent, with `#[serde(with = "oz_core::system::period::or_never")]`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Units in descending order, in milliseconds; a year has 365 days.
const UNITS: [(&str, u64); 6] =
    [("y", 31_536_000_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// A duration, written as an integer with one of the units `ms`, `s`, `m`, `h`, `d`, `y`, e.g. `15m`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Period(Duration);

impl Period {
    /// Creates a period of `millis` milliseconds.
    #[must_use]
    pub const fn millis(millis: u64) -> Self {
        Self(Duration::from_millis(millis))
    }

    /// Creates a period of `seconds` seconds.
    #[must_use]
    pub const fn secs(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }

    /// Creates a period of `minutes` minutes.
    #[must_use]
    pub const fn minutes(minutes: u64) -> Self {
        Self::secs(minutes * 60)
    }

    /// Creates a period of `hours` hours.
    #[must_use]
    pub const fn hours(hours: u64) -> Self {
        Self::secs(hours * 3_600)
    }

    /// Creates a period of `days` days.
    #[must_use]
    pub const fn days(days: u64) -> Self {
        Self::hours(days * 24)
    }

    /// The duration.
    #[must_use]
    pub const fn get(self) -> Duration {
        self.0
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX);
        let fits = |unit: &&(&str, u64)| millis.is_multiple_of(unit.1) && millis >= unit.1;
        let (name, size) = UNITS.iter().find(fits).copied().unwrap_or(("s", 1_000));
        write!(f, "{}{name}", millis / size)
    }
}

impl FromStr for Period {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` must be an integer with one of the units ms, s, m, h, d, y");
        let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(split);
        let number: u64 = number.parse().map_err(|_| wrong())?;
        let (_, size) = UNITS.iter().find(|(name, _)| *name == unit.trim()).ok_or_else(wrong)?;
        number.checked_mul(*size).map(Self::millis).ok_or_else(wrong)
    }
}

impl TryFrom<String> for Period {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Period> for String {
    fn from(period: Period) -> Self {
        period.to_string()
    }
}

/// Serialises a duration as a [`Period`].
///
/// # Errors
/// Those of the serialiser.
pub fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    Period(*duration).serialize(serializer)
}

/// Deserialises a duration from a [`Period`].
///
/// # Errors
/// Those of the deserialiser.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    Period::deserialize(deserializer).map(Period::get)
}

/// Form of an optional period in which `never` stands for its absence.
pub mod or_never {
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Period;

    const NEVER: &str = "never";

    /// Serialises a period, or `never`.
    ///
    /// # Errors
    /// Those of the serialiser.
    pub fn serialize<S: Serializer>(period: &Option<Period>, serializer: S) -> Result<S::Ok, S::Error> {
        match period {
            None => serializer.serialize_str(NEVER),
            Some(period) => period.serialize(serializer),
        }
    }

    /// Deserialises a period, or `never`.
    ///
    /// # Errors
    /// Those of the deserialiser, and of text that is neither.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Period>, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == NEVER {
            return Ok(None);
        }
        text.parse().map(Some).map_err(|detail: String| D::Error::custom(format!("{detail}, or `never`")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, period: Period) {
        assert_eq!(text.parse::<Period>().unwrap(), period, "{text}");
        assert_eq!(period.to_string(), text);
    }

    #[test]
    fn periods_use_the_largest_exact_unit() {
        check("0s", Period::secs(0));
        check("15m", Period::minutes(15));
        check("90s", Period::secs(90));
        check("250ms", Period::millis(250));
        check("5y", Period::days(1_825));
    }

    #[test]
    fn malformed_periods_are_refused() {
        for text in
            ["", "m", "15", "15 weeks", "-1s", "1.5h", "99999999999999999999s", "18446744073709551615y"]
        {
            assert!(text.parse::<Period>().is_err(), "{text}");
        }
    }
}
