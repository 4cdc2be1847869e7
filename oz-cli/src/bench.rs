//! `oz bench`

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use oz::{Device, Engines, Error};
use oz_evaluation::Result;
use oz_evaluation::bench::{BenchPlan, bench};

use super::progress::CountProgress;
use super::setup::SetupArgs;
use super::{Answered, output};

const EXAMPLES: &str = "Examples:
  oz bench                                          the default models on every engine that starts
  oz bench --engine candle,onnx --batch 1,8 --threads 1,2
  oz bench --engine onnx --device cpu,cuda --model mobilefacenet_192 --batch 1,32
  oz bench photo.jpg                                the stages of the pipeline on a photo

The first engine, on the first device with the first number of threads, is the reference: times and outputs of
all other rows are compared with it. The exit code is 1 if a row failed or its outputs differ.";

/// Measure and compare inference engines.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct BenchArgs {
    /// Photo with a face: measures the stages of the pipeline, and models only with --model
    photo: Option<PathBuf>,
    /// Engines, comma-separated or repeated (default: the configured engine, or all that start)
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    engine: Vec<String>,
    /// Models, comma-separated or repeated (default: the default models)
    #[arg(long, value_name = "ID,…", value_delimiter = ',')]
    model: Vec<String>,
    /// Inputs per run, comma-separated or repeated
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_value = "1", value_parser = batch_size)]
    batch: Vec<NonZeroUsize>,
    /// Threads per run, comma-separated or repeated (default: 1)
    #[arg(long, value_name = "N,…", value_delimiter = ',', value_parser = thread_count)]
    threads: Vec<NonZeroUsize>,
    /// Devices, comma-separated or repeated: cpu or cuda:N (default: cpu)
    #[arg(long, value_name = "DEVICE,…", value_delimiter = ',')]
    device: Vec<Device>,
    /// Maximum number of timed runs per row
    #[arg(long, value_name = "N", default_value = "50")]
    iterations: NonZeroUsize,
    /// Seconds after which no further run of a row starts
    #[arg(long, value_name = "SECONDS", default_value = "2", value_parser = time_limit)]
    time_limit: Duration,
    /// Largest permitted difference of outputs, relative to the largest value of the output
    #[arg(long, value_name = "X", default_value = "1e-3")]
    tolerance: f64,
    /// Print a JSON document
    #[arg(long)]
    json: bool,
}

impl BenchArgs {
    pub(crate) fn run(self, setup: &SetupArgs) -> Result<Answered> {
        let config = setup.config()?;
        let json = self.json;
        let plan = self.plan(&config)?;
        let engines = Engines::built_in(&config.engine_config());

        let mut bar = None;
        let report = bench(&plan, &engines, &config, &mut |progress| {
            bar.get_or_insert_with(|| CountProgress::new("benchmark", progress.total, 0)).step();
        })?;
        drop(bar);

        if json {
            output::document(&report)?;
        } else {
            output::text(report.to_string().trim_end())?;
        }
        Ok(if report.is_clean() { Answered::All } else { Answered::NotAll })
    }

    /// Options of the command line, completed by the configuration.
    fn plan(self, config: &oz::Config) -> oz::Result<BenchPlan> {
        let read = |path: PathBuf| {
            std::fs::read(&path).map_err(|source| Error::File { action: "read", path, source })
        };
        let configured = Some(config.engine.clone()).filter(|engine| engine != "auto");
        Ok(BenchPlan {
            engines: or_else(self.engine, || configured.into_iter().collect()),
            models: self.model,
            photo: self.photo.map(read).transpose()?,
            batches: self.batch,
            threads: or_else(self.threads, || vec![config.threads]),
            devices: or_else(self.device, || vec![config.device]),
            iterations: self.iterations,
            time_limit: self.time_limit,
            tolerance: self.tolerance,
        })
    }
}

fn or_else<T>(given: Vec<T>, default: impl FnOnce() -> Vec<T>) -> Vec<T> {
    if given.is_empty() { default() } else { given }
}

fn batch_size(text: &str) -> std::result::Result<NonZeroUsize, String> {
    within(text, BenchPlan::MAX_BATCH)
}

fn thread_count(text: &str) -> std::result::Result<NonZeroUsize, String> {
    within(text, BenchPlan::MAX_THREADS)
}

fn within(text: &str, largest: usize) -> std::result::Result<NonZeroUsize, String> {
    let number = text.parse().ok().filter(|number: &NonZeroUsize| number.get() <= largest);
    number.ok_or_else(|| format!("must be a whole number from 1 to {largest}"))
}

fn time_limit(text: &str) -> std::result::Result<Duration, String> {
    let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.ok_or_else(|| "must be a number of seconds from 0".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_out_of_range_name_the_permitted_range() {
        for text in ["0", "-1", "1025", "eight", ""] {
            assert_eq!(batch_size(text).unwrap_err(), "must be a whole number from 1 to 1024", "{text}");
        }
        assert_eq!(thread_count("2").unwrap().get(), 2);
        assert!(time_limit("-1").is_err() && time_limit("NaN").is_err());
        assert_eq!(time_limit("0.5").unwrap(), Duration::from_millis(500));
    }
}
