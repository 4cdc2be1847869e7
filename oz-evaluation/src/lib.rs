//! Error rates of biometric systems built on `oz`, measured on labelled media.
//!
//! A manifest states the truth about a set of files ([`manifest`]). [`run()`] shows every file to one or more [`Variant`]s,
//! records the answers in a work file (so that an interrupted run continues where it stopped) and computes rates with
//! bootstrap intervals. [`Evaluation::write`] stores `metrics.json`, `scores.csv` and a self-contained `report.html`.
//!
//! Four kinds of evaluation implement [`Kind`]:
//!
//! | kind | truth | rates |
//! |---|---|---|
//! | [`Verify`] | pairs of files, mated or not | FMR, FNMR, EER |
//! | [`Identify`] | gallery and probes | FPIR, FNIR, rank-1 rate |
//! | [`Pad`] | bona fide and attack presentations | APCER by species, BPCER, EER |
//! | [`Quality`] | files, optionally with identities | distribution, error against discard |
//!
//! [`calibrate`] turns scores of known truth into operating points that an extractor or PAD model can be used with.
//!
//! The statistics themselves are pure functions in `oz_core::evaluation`.

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
pub mod report;
mod run;
mod runner;
mod sheet;
mod variant;
mod verify;
mod work;

pub use condition::Condition;
pub use document::{
    Estimate, Evaluation, Findings, GroupReport, IntervalReport, ManifestReport, Metrics, PointReport,
    WorstReport,
};
pub use error::{Error, Result};
pub use format::{metric_names, value, value_with_interval};
pub use identify::Identify;
pub use kind::{Kind, Settings};
pub use pad::{Pad, PadScoreKind};
pub use quality::Quality;
pub use run::{Plan, Progress, Run, run};
pub use runner::Effort;
pub use sheet::Filter;
pub use variant::{About, Loaded, ModelEntry, Variant, VariantSpec, variants};
pub use verify::Verify;
pub use work::Outcome;
