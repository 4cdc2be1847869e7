//! Engines of a benchmark, created for each device and number of threads.

use std::sync::Arc;

use oz::core::inference::port::Engine;
use oz::{Config, Engines, SessionOptions};

use super::plan::BenchPlan;
use super::report::{EngineSetup, Failure, LeftOutEngine};
use crate::Result;

/// One combination of engine, device and threads.
pub(super) struct Setup {
    pub(super) label: EngineSetup,
    pub(super) options: SessionOptions,
    pub(super) engine: std::result::Result<Arc<dyn Engine>, Failure>,
}

/// All combinations; the first is the reference.
pub(super) struct Setups {
    all: Vec<Setup>,
    /// Engines that were not named and do not start.
    pub(super) left_out: Vec<LeftOutEngine>,
}

impl Setups {
    /// Creates the named engines, or all that start.
    pub(super) fn create(plan: &BenchPlan, engines: &Engines, config: &Config) -> Result<Self> {
        for name in &plan.engines {
            engines.ensure_known(name)?;
        }
        if !plan.engines.is_empty() {
            let all = unique(&plan.engines).flat_map(|name| of_engine(name, plan, engines, config)).collect();
            return Ok(Self { all, left_out: Vec::new() });
        }

        let (mut all, mut left_out) = (Vec::new(), Vec::new());
        for name in engines.names() {
            let setups = of_engine(name, plan, engines, config);
            let failures: Vec<_> = setups.iter().filter_map(|setup| setup.engine.as_ref().err()).collect();
            match failures.first() {
                Some(&first) if failures.len() == setups.len() => {
                    left_out.push(LeftOutEngine { engine: name.into(), error: first.clone() });
                }
                _ => all.extend(setups),
            }
        }
        ensure_any(&all, &left_out)?;
        Ok(Self { all, left_out })
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Setup> {
        self.all.iter()
    }

    pub(super) fn reference(&self) -> &EngineSetup {
        &self.all[0].label
    }
}

fn of_engine(name: &str, plan: &BenchPlan, engines: &Engines, config: &Config) -> Vec<Setup> {
    let mut setups = Vec::new();
    for &device in unique(&plan.devices) {
        for &threads in unique(&plan.threads) {
            let options = SessionOptions { threads, device, precision: config.precision };
            setups.push(Setup {
                label: EngineSetup {
                    engine: name.into(),
                    device: device.to_string(),
                    threads: threads.get(),
                },
                engine: engines.create(name, &options).map_err(|error| Failure::new(&error.into())),
                options,
            });
        }
    }
    setups
}

/// The values without repetitions, in their order.
pub(super) fn unique<T: PartialEq>(values: &[T]) -> impl Iterator<Item = &T> {
    values
        .iter()
        .enumerate()
        .filter(|(index, value)| !values[..*index].contains(value))
        .map(|(_, value)| value)
}

fn ensure_any(setups: &[Setup], left_out: &[LeftOutEngine]) -> Result<()> {
    if !setups.is_empty() {
        return Ok(());
    }

    let reasons: Vec<_> = left_out.iter().map(|engine| engine.error.message.as_str()).collect();
    let reason = format!("no registered engine starts ({})", reasons.join("; "));
    let remedy = "follow one of these remedies, or register an engine".into();
    Err(oz::core::Error::EngineUnavailable { name: "any".into(), reason, remedy }.into())
}
