//! `oz calibrate`: computes operating points and likelihood ratios from labelled scores, as a ledger
//! fragment.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use oz::Config;
use oz_evaluation::Result;
use oz_evaluation::calibrate::{
    Entry, Fitted, Fragment, Source, add_fmr_points, add_fpir_points, add_pad_points, logits,
};

use super::evaluate::{InputArgs, PadScoreArg};
use super::setup::SetupArgs;
use super::{Answered, output, table};

const EXAMPLES: &str = "Examples:
  oz calibrate verify verification/scores.csv --out own.toml
  oz calibrate verify people.csv --all-pairs --set 'our staff' --fmr 1e-5 --out own.toml
  oz calibrate identify people.csv --all-pairs --fpir 1e-2 --gallery 10000 --out own.toml
  oz calibrate pad pad/scores.csv --score appearance --bpcer 0.02 --out pad.toml

The input is scores.csv of `oz evaluate` or one of its manifests. With --all-pairs it is a CSV file with the
columns file,identity, and every pair of files is compared. To use the fragment of an extractor, list it in
the configuration: calibrations = [\"own.toml\"]. Details: docs/evaluation.md.";

/// Compute operating points and likelihood ratios from labelled scores.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct CalibrateArgs {
    #[command(subcommand)]
    kind: CalibrateKind,
}

#[derive(Debug, Subcommand)]
enum CalibrateKind {
    /// Compute comparison thresholds for target false match rates
    #[command(after_help = EXAMPLES)]
    Verify(VerifyArgs),
    /// Compute search thresholds for target false positive identification rates
    #[command(after_help = EXAMPLES)]
    Identify(IdentifyArgs),
    /// Compute thresholds for target APCER and BPCER, and the scale of a PAD score
    #[command(after_help = EXAMPLES)]
    Pad(PadArgs),
}

#[derive(Debug, Args)]
struct CommonArgs {
    /// File of scores, or manifest
    input: PathBuf,
    /// Output file for the ledger fragment
    #[arg(long, value_name = "FILE.toml")]
    out: PathBuf,
    /// Name of the data set in the fragment (default: file name of the input)
    #[arg(long, value_name = "NAME")]
    set: Option<String>,
    /// Variant to use from a file of scores (default: all)
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    #[command(flatten)]
    reading: InputArgs,
}

#[derive(Debug, Args)]
struct VerifyArgs {
    #[command(flatten)]
    common: CommonArgs,
    /// Compare every pair of files of a CSV file with the columns file,identity
    #[arg(long)]
    all_pairs: bool,
    /// Target false match rate in addition to 1e-1 to 1e-5; repeatable
    #[arg(long, value_name = "RATE")]
    fmr: Vec<f64>,
}

#[derive(Debug, Args)]
struct IdentifyArgs {
    #[command(flatten)]
    common: CommonArgs,
    /// Compare every pair of files of a CSV file with the columns file,identity
    #[arg(long)]
    all_pairs: bool,
    /// Target false positive identification rate; repeatable
    #[arg(long, value_name = "RATE", required = true)]
    fpir: Vec<f64>,
    /// Number of enrolled identities
    #[arg(long, value_name = "N")]
    gallery: std::num::NonZeroUsize,
}

#[derive(Debug, Args)]
struct PadArgs {
    #[command(flatten)]
    common: CommonArgs,
    /// Score to calibrate
    #[arg(long, value_enum, default_value = "appearance")]
    score: PadScoreArg,
    /// Target APCER of the worst PAI species; repeatable
    #[arg(long, value_name = "RATE")]
    apcer: Vec<f64>,
    /// Target BPCER; repeatable
    #[arg(long, value_name = "RATE")]
    bpcer: Vec<f64>,
    /// Consecutive files of a manifest joined into one presentation
    #[arg(long, value_name = "N", default_value = "1")]
    burst: std::num::NonZeroUsize,
}

impl CalibrateArgs {
    pub(crate) fn run(self, setup: &SetupArgs) -> Result<Answered> {
        let config = setup.config()?;
        let (fragment, out) = match self.kind {
            CalibrateKind::Verify(args) => (args.fragment(&config)?, args.common.out),
            CalibrateKind::Identify(args) => (args.fragment(&config)?, args.common.out),
            CalibrateKind::Pad(args) => (args.fragment(&config)?, args.common.out),
        };

        output::file(&out, fragment.to_toml().as_bytes())?;
        output::text(summary(&fragment))?;
        Ok(Answered::All)
    }
}

impl CommonArgs {
    fn source<'a>(&'a self, config: &'a Config, all_pairs: bool, burst: usize) -> Source<'a> {
        Source {
            path: &self.input,
            reading: self.reading.reading(burst),
            effort: self.reading.effort(None),
            only: self.only.as_deref(),
            config,
            all_pairs,
        }
    }

    fn set(&self) -> String {
        self.set.clone().unwrap_or_else(|| {
            self.input.file_stem().map_or(String::new(), |name| name.to_string_lossy().into_owned())
        })
    }
}

impl VerifyArgs {
    fn fragment(&self, config: &Config) -> Result<Fragment> {
        let mut fragment = Fragment::default();
        for (subject, trials) in self.common.source(config, self.all_pairs, 1).comparisons()? {
            let mut entry = Entry::new(&subject, &self.common.set(), &trials);
            add_fmr_points(&mut entry, &trials, &self.fmr)?;
            entry.likelihood_ratio = Some(Fitted::new(&trials)?);
            fragment.entries.push(entry);
        }
        Ok(fragment)
    }
}

impl IdentifyArgs {
    /// The FPIR of a search follows from the FMR of its comparisons. The fragment holds operating points of
    /// both, so that it can be used as a calibration.
    fn fragment(&self, config: &Config) -> Result<Fragment> {
        let mut fragment = Fragment::default();
        for (subject, trials) in self.common.source(config, self.all_pairs, 1).comparisons()? {
            let mut entry = Entry::new(&subject, &self.common.set(), &trials);
            add_fmr_points(&mut entry, &trials, &[])?;
            add_fpir_points(&mut entry, &trials, &self.fpir, self.gallery.get())?;
            fragment.entries.push(entry);
        }
        Ok(fragment)
    }
}

impl PadArgs {
    fn fragment(&self, config: &Config) -> Result<Fragment> {
        let mut fragment = Fragment::default();
        for (subject, trials) in
            self.common.source(config, false, self.burst.get()).presentations(self.score.into())?
        {
            let mut entry = Entry::new(&subject, &self.common.set(), trials.pooled());
            add_pad_points(&mut entry, &trials, &self.apcer, &self.bpcer)?;
            entry.calibration = Some(Fitted::new(&logits(trials.pooled())?)?);
            fragment.entries.push(entry);
        }
        Ok(fragment)
    }
}

fn summary(fragment: &Fragment) -> table::Table {
    let mut rows = table::new(["model", "operating point", "threshold", "rejected targets", "remark"]);
    for entry in &fragment.entries {
        for point in &entry.points {
            rows.add_row([
                entry.subject.model.clone(),
                format!("{} {:e}", point.metric, point.value),
                format!("{:.4}", point.threshold),
                format!("{:.2} %", point.rejected * 100.0),
                point.remark.clone(),
            ]);
        }
        if let Some(fitted) = entry.calibration.or(entry.likelihood_ratio) {
            let cost = format!("Cllr {:.4}, minCllr {:.4}", fitted.cllr, fitted.min_cllr);
            let line = format!("center {:.4}, slope {:.3}", fitted.fit.center, fitted.fit.slope);
            rows.add_row([entry.subject.model.clone(), "likelihood ratio".into(), line, String::new(), cost]);
        }
    }
    rows
}
