//! Evaluation of biometric systems built on `oz`: error rates on labelled media, with confidence intervals.
//!
//! A [`manifest`] lists media files and their ground truth. [`run()`] processes every file with one or more
//! configurations ([`Variant`]), computes error rates with bootstrap intervals and writes `metrics.json`,
//! `scores.csv` and a self-contained `report.html`. Answers are kept in a work file, so an interrupted run
//! continues where it stopped.
//!
//! ```no_run
//! use std::path::Path;
//!
//! use oz_evaluation::manifest::{Pairs, Reading};
//! use oz_evaluation::{Plan, Run, Verify, run, variants};
//!
//! # fn main() -> oz_evaluation::Result<()> {
//! let manifest = Path::new("pairs.csv"); // columns: file_a, file_b, same
//! let verify = Verify(Pairs::read(manifest, &Reading::default())?);
//! let variants = variants(&oz::Config::default(), &[], &[])?;
//!
//! let plan = Plan::new(manifest, "results");
//! if let Run::Finished(evaluation) = run(&verify, &variants, &plan, &mut |_progress| {})? {
//!     let fnmr = evaluation.variants[0].metrics.of("fnmr").expect("part of every verification");
//!     println!("FNMR {:.4} {:?}", fnmr.value, fnmr.interval);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Four types implement [`Kind`]:
//!
//! | kind | ground truth | results |
//! |---|---|---|
//! | [`Verify`] | mated and non-mated pairs of files | FMR, FNMR, EER |
//! | [`Identify`] | gallery and probes | FPIR, FNIR, rank-1 rate |
//! | [`Pad`] | bona fide and attack presentations | APCER by PAI species, BPCER, EER |
//! | [`Quality`] | files, optionally with identities | distribution of quality, error versus discard |
//!
//! [`calibrate`] computes operating points and likelihood ratios from labelled scores. The statistics are
//! pure functions in `oz_core::evaluation`. Terms follow ISO/IEC 19795-1 and 30107-3. [`mod@bench`] measures
//! inference engines: time, throughput and agreement of their outputs.

pub mod bench;
pub mod calibrate;
mod condition;
mod document;
mod error;
mod format;
mod identify;
mod kind;
pub mod manifest;
mod pad;
mod pairs_txt;
mod quality;
mod report;
mod run;
mod runner;
mod sheet;
mod variant;
mod verify;
mod work;

pub use condition::Condition;
pub use document::{
    Estimate, Evaluation, GroupReport, IntervalReport, ManifestReport, Metrics, PointReport, VariantReport,
    WorstReport,
};
pub use error::{Error, Result};
pub use format::{metric_names, value_with_interval};
pub use identify::Identify;
pub use kind::{Kind, Settings};
pub use pad::{Pad, PadScoreKind};
pub use quality::Quality;
pub use run::{Plan, Run, RunProgress, run};
pub use runner::Effort;
pub use sheet::Filter;
pub use variant::{About, ModelEntry, Variant, VariantSpec, variants};
pub use verify::Verify;
