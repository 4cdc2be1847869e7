//! Operating points and likelihood ratios from labelled scores.
//!
//! A [`Source`] yields the scores: from `scores.csv` of an evaluation, or by processing the files of a
//! manifest. A [`Fragment`] collects the results and is written as TOML, in the format read through
//! `Config::calibrations`.
//!
//! ```no_run
//! use std::path::Path;
//!
//! use oz_evaluation::calibrate::{Entry, Fitted, Fragment, Source, add_fmr_points};
//!
//! # fn main() -> oz_evaluation::Result<()> {
//! let config = oz::Config::default();
//! let mut fragment = Fragment::default();
//! for (subject, trials) in Source::new(Path::new("results/scores.csv"), &config).comparisons()? {
//!     let mut entry = Entry::new(&subject, "our data", &trials);
//!     add_fmr_points(&mut entry, &trials, &[1e-4])?;
//!     entry.likelihood_ratio = Some(Fitted::new(&trials)?);
//!     fragment.entries.push(entry);
//! }
//! println!("{}", fragment.to_toml());
//! # Ok(())
//! # }
//! ```

mod fragment;
mod scores;
mod source;

use oz::core::evaluation::calibration::min_cllr;
use oz::core::evaluation::{LogisticFit, Trials};

use crate::Result;

pub use fragment::{Entry, Fragment, Point, add_fmr_points, add_fpir_points, add_pad_points, logits};
pub use source::{Source, Subject};

/// Log-likelihood ratio as a linear function of the score, with its cost.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Fitted {
    /// Centre and slope of the function.
    pub fit: LogisticFit,
    /// Log-likelihood ratio cost (Cllr) in bits; 0 is best.
    pub cllr: f64,
    /// Cllr in bits after optimal monotonic recalibration (minCllr).
    pub min_cllr: f64,
}

impl Fitted {
    /// Fits the function by logistic regression.
    ///
    /// # Errors
    /// `input.invalid_value` when one of the two classes is missing.
    pub fn new(trials: &Trials) -> Result<Self> {
        let fit = LogisticFit::new(trials)?;
        Ok(Self { fit, cllr: fit.cllr(trials), min_cllr: min_cllr(trials) })
    }
}
