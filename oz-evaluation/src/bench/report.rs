//! Report of a benchmark, serialised as `oz.bench/1`.

use std::collections::BTreeMap;

use oz::Config;
use oz::core::inference::{ModelId, Precision};
use serde::Serialize;

use super::agreement::{Agreement, AgreementVerdict};
use super::machine::Machine;
use super::plan::BenchPlan;
use super::setups::Setups;
use crate::Error;

/// Result of a benchmark. `Display` prints tables.
#[derive(Debug, Clone, Serialize)]
pub struct BenchReport {
    /// `oz.bench/1`.
    pub schema: &'static str,
    /// Version of oz.
    pub oz: &'static str,
    /// `release`, or `debug` for a build whose times are not representative.
    pub build: &'static str,
    /// Machine.
    pub machine: Machine,
    /// Engines that started, with their versions.
    pub engines: Vec<EngineReport>,
    /// Engines that the plan did not name and that do not start.
    pub left_out: Vec<LeftOutEngine>,
    /// Combination with which the others are compared. If it fails, nothing is compared.
    pub reference: EngineSetup,
    /// Precision of the arithmetic.
    pub precision: Precision,
    /// Maximum number of runs per row.
    pub iterations: usize,
    /// Time after which no further run of a row started, in milliseconds.
    pub time_limit_ms: f64,
    /// Rows of the models, by model, batch size and combination.
    #[serde(rename = "rows")]
    pub models: Vec<ModelRow>,
    /// Rows of the pipeline, by combination; empty without a photo.
    pub pipelines: Vec<PipelineRow>,
}

/// Engine with its version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EngineReport {
    /// Name in the registry.
    pub engine: String,
    /// Version of the engine or of its library.
    pub version: String,
    /// Library or instruction set in use.
    pub detail: String,
}

/// Engine that does not start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeftOutEngine {
    /// Name in the registry.
    pub engine: String,
    /// Reason.
    pub error: Failure,
}

/// Engine, device and threads of a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EngineSetup {
    /// Name in the registry.
    pub engine: String,
    /// `cpu` or `cuda:N`.
    pub device: String,
    /// Maximum number of threads per run.
    pub threads: usize,
}

/// Row of one model.
#[derive(Debug, Clone, Serialize)]
pub struct ModelRow {
    /// Model.
    pub model: ModelId,
    /// Inputs per run.
    pub batch: usize,
    /// Engine, device and threads.
    #[serde(flatten)]
    pub setup: EngineSetup,
    /// Times, or the error.
    #[serde(flatten)]
    pub outcome: Outcome<ModelTimes>,
}

/// Row of the pipeline.
#[derive(Debug, Clone, Serialize)]
pub struct PipelineRow {
    /// Engine, device and threads.
    #[serde(flatten)]
    pub setup: EngineSetup,
    /// Times, or the error.
    #[serde(flatten)]
    pub outcome: Outcome<PipelineTimes>,
}

/// Result of one row.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Outcome<T> {
    /// The row was measured.
    Measured(T),
    /// The engine did not start, load the model, or run it.
    Failed {
        /// Reason.
        error: Failure,
    },
}

/// Error of a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// Stable code, see `docs/errors.md`.
    pub code: String,
    /// Message with its causes.
    pub message: String,
}

/// Times of one model.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ModelTimes {
    /// Number of timed runs.
    pub runs: usize,
    /// Time to load the model, in milliseconds.
    pub load_ms: f64,
    /// Median time of a run, in milliseconds. Copies of inputs and outputs to and from a GPU are included.
    pub median_ms: f64,
    /// 95th percentile of the times of the runs, in milliseconds.
    pub p95_ms: f64,
    /// Inputs per second at the median time.
    pub inputs_per_second: f64,
    /// Median of the reference divided by `median_ms`: above 1 is faster. `None` if the reference failed.
    pub speed_ratio: Option<f64>,
    /// Agreement with the outputs of the reference; `None` for the reference, or if it failed.
    pub agreement: Option<Agreement>,
}

/// Times of the pipeline on one photo. The five-point alignment is part of `embed`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PipelineTimes {
    /// Number of timed runs.
    pub runs: usize,
    /// Median of each stage, in milliseconds: `decode`, `detect`, `mesh`, `embed`.
    pub stages_ms: BTreeMap<&'static str, f64>,
    /// Median of all stages together, in milliseconds.
    pub pipeline_ms: f64,
    /// 95th percentile of all stages together, in milliseconds.
    pub p95_ms: f64,
    /// Median of the reference divided by `pipeline_ms`: above 1 is faster. `None` if the reference failed.
    pub speed_ratio: Option<f64>,
    /// Agreement with the feature vector of the reference; `None` for the reference, or if it failed.
    pub agreement: Option<Agreement>,
}

impl Failure {
    pub(super) fn new(error: &Error) -> Self {
        Self { code: error.code().into(), message: error.chain() }
    }
}

impl<T> Outcome<T> {
    /// The times; `None` if the row failed.
    pub fn measured(&self) -> Option<&T> {
        match self {
            Self::Measured(times) => Some(times),
            Self::Failed { .. } => None,
        }
    }

    /// The error; `None` if the row was measured.
    pub fn error(&self) -> Option<&Failure> {
        match self {
            Self::Measured(_) => None,
            Self::Failed { error } => Some(error),
        }
    }
}

impl BenchReport {
    /// A report without rows.
    pub(super) fn new(plan: &BenchPlan, config: &Config, setups: &Setups) -> Self {
        Self {
            schema: "oz.bench/1",
            oz: env!("CARGO_PKG_VERSION"),
            build: if cfg!(debug_assertions) { "debug" } else { "release" },
            machine: Machine::current(),
            engines: versions(setups),
            left_out: setups.left_out.clone(),
            reference: setups.reference().clone(),
            precision: config.precision,
            iterations: plan.iterations.get(),
            time_limit_ms: plan.time_limit.as_secs_f64() * 1e3,
            models: Vec::new(),
            pipelines: Vec::new(),
        }
    }

    /// Whether every row was measured and none differs from the reference.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        let agrees = |agreement: &Option<Agreement>| {
            agreement.as_ref().is_none_or(|agreement| agreement.verdict == AgreementVerdict::Agrees)
        };
        let models = self.models.iter().map(|row| row.outcome.measured().map(|times| &times.agreement));
        let pipelines = self.pipelines.iter().map(|row| row.outcome.measured().map(|times| &times.agreement));
        models.chain(pipelines).all(|agreement| agreement.is_some_and(agrees))
    }
}

/// Each engine once, as it first started.
fn versions(setups: &Setups) -> Vec<EngineReport> {
    let mut reports: Vec<EngineReport> = Vec::new();
    for setup in setups.iter() {
        let is_new = reports.iter().all(|report| report.engine != setup.label.engine);
        if let (true, Ok(engine)) = (is_new, &setup.engine) {
            let capabilities = engine.capabilities();
            reports.push(EngineReport {
                engine: setup.label.engine.clone(),
                version: capabilities.version,
                detail: capabilities.detail,
            });
        }
    }
    reports
}
