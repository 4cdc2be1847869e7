//! Combinations to measure, and their effort.

use std::num::NonZeroUsize;
use std::time::Duration;

use oz::Device;

use crate::{Error, Result};

/// Plan of a benchmark. The rows are all combinations of models, batch sizes, engines, devices and threads.
#[derive(Debug, Clone)]
pub struct BenchPlan {
    /// Names of engines in the registry; the first is the reference. Empty for every engine that starts.
    pub engines: Vec<String>,
    /// IDs of models in the ledger. Empty for the default models, or for none if there is a photo.
    pub models: Vec<String>,
    /// Encoded photo with a face, for the times of the stages of the pipeline. `None` to measure models only.
    pub photo: Option<Vec<u8>>,
    /// Numbers of inputs per run of a model, up to [`BenchPlan::MAX_BATCH`]. The pipeline processes one
    /// photo.
    pub batches: Vec<NonZeroUsize>,
    /// Maximum numbers of threads per run, up to [`BenchPlan::MAX_THREADS`].
    pub threads: Vec<NonZeroUsize>,
    /// Devices.
    pub devices: Vec<Device>,
    /// Maximum number of timed runs per row.
    pub iterations: NonZeroUsize,
    /// Time after which no further run of a row starts. At least one run is timed.
    pub time_limit: Duration,
    /// Largest permitted difference of an output, relative to the largest magnitude in the same output of the
    /// reference. Ten times as much is permitted for the feature vectors of the pipeline.
    pub tolerance: f64,
}

impl Default for BenchPlan {
    /// Every engine that starts, the default models, batches of 1, one thread, the CPU, 50 runs or 2 s per
    /// row, and the tolerance of the engine port, 1e-3.
    fn default() -> Self {
        Self {
            engines: Vec::new(),
            models: Vec::new(),
            photo: None,
            batches: vec![NonZeroUsize::MIN],
            threads: vec![NonZeroUsize::MIN],
            devices: vec![Device::Cpu],
            iterations: NonZeroUsize::new(50).expect("50 is not zero"),
            time_limit: Duration::from_secs(2),
            tolerance: 1e-3,
        }
    }
}

impl BenchPlan {
    /// Largest batch size.
    pub const MAX_BATCH: usize = 1024;
    /// Largest number of threads.
    pub const MAX_THREADS: usize = 256;

    pub(super) fn ensure_valid(&self) -> Result<()> {
        ensure_within("batches", &self.batches, Self::MAX_BATCH)?;
        ensure_within("threads", &self.threads, Self::MAX_THREADS)?;
        if self.devices.is_empty() {
            return Err(Error::config("devices: name at least one of cpu, cuda, cuda:N"));
        }
        if !(self.tolerance > 0.0 && self.tolerance.is_finite()) {
            return Err(Error::config(format!("tolerance: {} must be a number above 0", self.tolerance)));
        }
        Ok(())
    }
}

fn ensure_within(name: &str, values: &[NonZeroUsize], largest: usize) -> Result<()> {
    if values.is_empty() {
        return Err(Error::config(format!("{name}: name at least one number from 1 to {largest}")));
    }
    match values.iter().find(|value| value.get() > largest) {
        Some(value) => Err(Error::config(format!("{name}: {value} must be from 1 to {largest}"))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_refused(plan: &BenchPlan, expected: &str) {
        let error = plan.ensure_valid().unwrap_err();
        assert_eq!(error.code(), "config.invalid");
        assert!(error.to_string().contains(expected), "{error}");
    }

    #[test]
    fn invalid_plans_name_the_permitted_values() {
        let plan = BenchPlan::default;
        assert!(plan().ensure_valid().is_ok());
        check_refused(&BenchPlan { batches: vec![], ..plan() }, "1 to 1024");
        check_refused(&BenchPlan { threads: vec![NonZeroUsize::MAX], ..plan() }, "1 to 256");
        check_refused(&BenchPlan { devices: vec![], ..plan() }, "cpu, cuda");
        check_refused(&BenchPlan { tolerance: f64::NAN, ..plan() }, "above 0");
    }
}
