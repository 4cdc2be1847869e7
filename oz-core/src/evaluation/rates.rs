//! Error rates as shares of attempts.

use super::checked_rate;
use crate::{Error, Result};

/// Share of `errors` in `attempts`, 0..=1.
///
/// # Errors
/// `input.invalid_value` when `attempts` is 0 or less than `errors`.
pub fn error_rate(errors: usize, attempts: usize) -> Result<f64> {
    if attempts == 0 || errors > attempts {
        let detail =
            format!("needs at least one attempt and at most as many errors, not {errors} of {attempts}");
        return Err(Error::InvalidValue { name: "error count", detail });
    }
    Ok(errors as f64 / attempts as f64)
}

/// Failure-to-acquire rate (FTA), 0..=1: share of attempts without a score because the media is unreadable or
/// shows no face. For presentations it is the non-response rate of ISO/IEC 30107-3: APNRR for attacks, BPNRR
/// for bona fide ones.
///
/// # Errors
/// As [`error_rate`].
pub fn failure_to_acquire_rate(failures: usize, attempts: usize) -> Result<f64> {
    error_rate(failures, attempts)
}

/// False rejection rate, 0..=1: share of mated attempts that fail for either reason, FTA + FNMR · (1 - FTA).
///
/// # Errors
/// `input.invalid_value` unless both rates are in 0..=1.
///
/// Source: ISO/IEC 19795-1, generalized false rejection rate, without failures to enrol.
pub fn false_rejection_rate(fnmr: f64, failure_to_acquire: f64) -> Result<f64> {
    let fta = checked_rate("failure-to-acquire rate", failure_to_acquire)?;
    Ok(fta + checked_rate("false non-match rate", fnmr)? * (1.0 - fta))
}

/// Upper bound, 0..=1, of the error rate at 95 % confidence after `attempts` independent attempts without an
/// error: 3 / attempts.
///
/// # Errors
/// `input.invalid_value` when `attempts` is 0.
///
/// Source: ISO/IEC 19795-1, "rule of 3".
pub fn rule_of_three(attempts: usize) -> Result<f64> {
    error_rate(0, attempts)?;
    Ok((3.0 / attempts as f64).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_match_a_count_by_hand() {
        assert_eq!(error_rate(1, 4).unwrap(), 0.25);
        assert_eq!(failure_to_acquire_rate(0, 3).unwrap(), 0.0);
        assert!((false_rejection_rate(0.1, 0.05).unwrap() - 0.145).abs() < 1e-12);
        assert_eq!(rule_of_three(300).unwrap(), 0.01);
        assert_eq!(rule_of_three(1).unwrap(), 1.0);
    }

    #[test]
    fn invalid_counts_and_rates_are_refused() {
        for (errors, attempts) in [(0, 0), (2, 1)] {
            assert_eq!(error_rate(errors, attempts).unwrap_err().code(), "input.invalid_value");
        }
        assert!(rule_of_three(0).is_err());
        assert!(false_rejection_rate(f64::NAN, 0.1).is_err() && false_rejection_rate(0.1, 1.5).is_err());
    }
}
