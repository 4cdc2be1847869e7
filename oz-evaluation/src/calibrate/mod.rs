//! Operating points from scores of known truth.
//!
//! A [`Source`] yields the scores: `scores.csv` of an evaluation, or a manifest whose files are shown to the models. A
//! [`Fragment`] holds what is computed from them and is written as TOML, in the format that `Config::calibrations` reads.

mod fragment;
mod scores;
mod source;

use oz::core::evaluation::calibration::min_cllr;
use oz::core::evaluation::{LogisticFit, Trials};

use crate::Result;

pub use fragment::{Entry, Fragment, Point, add_fmr_points, add_fpir_points, add_pad_points, logits};
pub use source::{Source, Subject};

/// A line from scores to log-likelihood ratios, and what it costs.
#[derive(Debug, Clone, Copy)]
pub struct Fitted {
    /// Centre and slope of the logistic function.
    pub fit: LogisticFit,
    /// Cost of the log-likelihood ratios, in bits.
    pub cllr: f64,
    /// Cost after optimal recalibration, in bits.
    pub min_cllr: f64,
}

impl Fitted {
    /// Fits the line.
    ///
    /// # Errors
    /// `input.invalid_value` when one of the two classes is missing.
    pub fn new(trials: &Trials) -> Result<Self> {
        let fit = LogisticFit::new(trials)?;
        Ok(Self { fit, cllr: fit.cllr(trials), min_cllr: min_cllr(trials) })
    }
}
