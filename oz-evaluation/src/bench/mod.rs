//! Benchmark of inference engines: time, throughput and agreement of the outputs.
//!
//! [`bench()`] runs models of the ledger on any engines of a registry, the built-in ones and those of an
//! application alike. It measures every combination of model, batch size, engine, device and number of
//! threads. The first engine, on the first device with the first number of threads, is the reference: the
//! outputs of all other combinations are compared with its outputs.
//!
//! Invariants: every requested combination has a row in the report. A combination that fails has a row with
//! its error; it is never replaced by another engine or device.
//!
//! ```no_run
//! use oz::Engines;
//! use oz_evaluation::bench::{BenchPlan, bench};
//!
//! # fn main() -> oz_evaluation::Result<()> {
//! let config = oz::Config::default();
//! let engines = Engines::built_in(&config.engine_config()); // .with("mine", |options| ...)?
//! let plan = BenchPlan { engines: vec!["candle".into(), "onnx".into()], ..BenchPlan::default() };
//!
//! let report = bench(&plan, &engines, &config, &mut |_progress| {})?;
//! println!("{report}");
//! assert!(report.is_clean(), "an engine failed or disagrees with the reference");
//! # Ok(())
//! # }
//! ```

mod agreement;
mod machine;
mod models;
mod pipeline;
mod plan;
mod report;
mod setups;
mod table;
mod timing;

use oz::{Config, Engines};

pub use agreement::{Agreement, AgreementVerdict};
pub use machine::Machine;
pub use plan::BenchPlan;
pub use report::{
    BenchReport, EngineReport, EngineSetup, Failure, LeftOutEngine, ModelRow, ModelTimes, Outcome,
    PipelineRow, PipelineTimes,
};

use crate::Result;
use models::Workload;
use setups::Setups;

/// Progress of a benchmark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BenchProgress {
    /// Number of measured rows.
    pub done: usize,
    /// Number of all rows.
    pub total: usize,
}

/// Runs a benchmark. Models, precision and commercial use follow `config`; engines, devices and threads
/// follow `plan`.
///
/// # Errors
/// `config.invalid` for an empty list or an invalid value in the plan; `inference.engine_unknown`,
/// `inference.engine_unavailable` if no engine was named and none starts; `model.unknown`,
/// `model.not_installed` and the other codes of `Registry::artifact`. Failures of an engine, and of the
/// photo, are rows of the report.
pub fn bench(
    plan: &BenchPlan,
    engines: &Engines,
    config: &Config,
    on_progress: &mut dyn FnMut(BenchProgress),
) -> Result<BenchReport> {
    plan.ensure_valid()?;
    let workloads = Workload::all(plan, config)?;
    let setups = Setups::create(plan, engines, config)?;

    let pipelines = if plan.photo.is_some() { setups.len() } else { 0 };
    let total = workloads.len() * plan.batches.len() * setups.len() + pipelines;
    let mut done = 0;
    let mut step = || {
        done += 1;
        on_progress(BenchProgress { done, total });
    };

    let mut report = BenchReport::new(plan, config, &setups);
    for workload in &workloads {
        report.models.extend(models::measure(workload, &setups, plan, &mut step));
    }
    if let Some(photo) = &plan.photo {
        report.pipelines = pipeline::measure(photo, &setups, plan, config, &mut step);
    }
    Ok(report)
}
