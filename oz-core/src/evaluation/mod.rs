//! Evaluation: error rates, their curves and confidence intervals, after ISO/IEC 19795-1 and 30107-3.
//!
//! Everything here is a function of labelled scores; reading files and running models happens elsewhere.
//! Invariant: a higher score supports the *target* class, and a score equal to the threshold is accepted, as
//! in [`ComparisonScore::decide`](crate::face::ComparisonScore::decide).
//!
//! | | target | non-target | target rejected | non-target accepted |
//! |---|---|---|---|---|
//! | verification | mated comparison | non-mated comparison | FNMR | FMR |
//! | attack detection | bona fide presentation | attack presentation | BPCER | APCER |
//!
//! Rates are shares, 0..=1, of the attempts that gave a score. Attempts without a score are failures to
//! acquire and are counted separately; [`rates::false_rejection_rate`] joins both.
//!
//! ```
//! use oz_core::evaluation::Trials;
//!
//! let curve = Trials::from_scores(&[0.9, 0.8, 0.4], &[0.5, 0.3, 0.2, 0.1])?.curve();
//! assert_eq!(curve.fmr(0.45), 0.25);
//! assert_eq!(curve.fnmr(0.45), 1.0 / 3.0);
//! # Ok::<(), oz_core::Error>(())
//! ```

pub mod bootstrap;
pub mod calibration;
mod curve;
pub mod deviate;
mod discard;
mod grouping;
mod histogram;
mod identification;
mod isotonic;
mod pad;
pub mod rates;
mod trials;

pub use bootstrap::{Bootstrap, Interval, SplitMix64};
pub use calibration::LogisticFit;
pub use curve::{CurvePoint, EqualErrorRate, ErrorCurve};
pub use discard::{DiscardPoint, RatedComparison, error_versus_discard};
pub use grouping::{EqualErrorSummary, connected, per_group};
pub use histogram::Histogram;
pub use identification::{MatedSearch, Searches};
pub use pad::{PadCurves, PadTrial, PadTrials};
pub use trials::{Trial, Trials};

use crate::{Error, Result};

/// Returns `rate` if it is in 0..=1.
///
/// # Errors
/// `input.invalid_value` otherwise.
fn checked_rate(name: &'static str, rate: f64) -> Result<f64> {
    if (0.0..=1.0).contains(&rate) {
        return Ok(rate);
    }
    Err(Error::InvalidValue { name, detail: format!("must be in 0..=1, not {rate}") })
}
