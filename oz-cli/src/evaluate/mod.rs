//! `oz evaluate`: error rates on labelled media.
//!
//! A manifest contains the labels. The models process every file, and the evaluation computes rates,
//! confidence intervals and a report. Results per file are kept in a work file, so that an interrupted
//! evaluation continues where it stopped.

mod summary;

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use oz::core::evaluation::Bootstrap;
use oz_evaluation::manifest::{Gallery, Pairs, Presentations, Reading};
use oz_evaluation::{
    Condition, Effort, Evaluation, Filter, Identify, Kind, Pad, PadScoreKind, Plan, Quality, Result, Run,
    Settings, VariantSpec, Verify, variants,
};

use super::progress::VariantProgress;
use super::setup::SetupArgs;
use super::{Answered, output};

const EXAMPLES: &str = "Examples:
  oz evaluate verify pairs.csv --out verification
  oz evaluate verify lfw/pairs.txt --root lfw --out lfw-report --engines onnx,candle
  oz evaluate verify pairs.csv --out models --variant one=extractors:mobilefacenet_192 \\
      --variant 'fused=extractors:mobilefacenet_192,dlib_resnet_128;mirrored:true'
  oz evaluate pad index.csv --where part=webcam --burst 12 --out pad --fail-if 'bpcer > 0.05'
  oz evaluate identify gallery.csv --out search
  oz evaluate quality index.csv --out quality

Manifests are CSV files with a header. Paths are relative to the manifest or to --root.
  verify    file_a,file_b,same            also set, identity_a, identity_b; or LFW's pairs.txt
  identify  file,identity,role            role: gallery or probe
  pad       file,label                    label: live or spoof; also set, species (or attack), identity
  quality   file                          also label, set, identity
A file is a photo, a video, a ZIP archive of images or a folder of images. Details: docs/evaluation.md.

Exit codes:
  0  success
  1  files left to process (--limit)
  2  invalid manifest or options
  3  engine or model missing or failed
  4  a condition of --fail-if holds
Files that cannot be processed are counted as failures and do not change the exit code.";

/// Measure error rates on labelled media.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct EvaluateArgs {
    #[command(subcommand)]
    kind: EvaluateKind,
}

#[derive(Debug, Subcommand)]
enum EvaluateKind {
    /// Evaluate 1:1 comparisons: FMR, FNMR, EER
    #[command(after_help = EXAMPLES)]
    Verify(CommonArgs),
    /// Evaluate open-set 1:N searches: FPIR, FNIR, rank-1 rate
    #[command(after_help = EXAMPLES)]
    Identify(CommonArgs),
    /// Evaluate presentation attack detection: APCER by species, BPCER, EER
    #[command(after_help = EXAMPLES)]
    Pad(PadArgs),
    /// Evaluate quality scores: distribution and error-versus-discard
    #[command(after_help = EXAMPLES)]
    Quality(PresentationArgs),
}

/// Reading of the manifest.
#[derive(Debug, Args)]
pub(crate) struct InputArgs {
    /// Base folder of relative paths (default: folder of the manifest)
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
    /// Use only rows whose column matches the pattern, `*` matching any text; repeatable
    #[arg(long = "where", value_name = "COLUMN=PATTERN")]
    filters: Vec<Filter>,
    /// Count missing files as failures to acquire instead of refusing the manifest
    #[arg(long)]
    allow_missing: bool,
    /// Files processed in parallel (default: number of cores)
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
}

impl InputArgs {
    /// Parameters for reading a manifest.
    pub(crate) fn reading(&self, burst: usize) -> Reading {
        Reading {
            root: self.root.clone(),
            filters: self.filters.clone(),
            allow_missing: self.allow_missing,
            burst,
        }
    }

    pub(crate) fn effort(&self, limit: Option<usize>) -> Effort {
        Effort { jobs: self.jobs.map(usize::from), limit: limit.unwrap_or(usize::MAX) }
    }
}

#[derive(Debug, Args)]
struct CommonArgs {
    /// CSV file of media and labels
    #[arg(value_name = "MANIFEST")]
    truth: PathBuf,
    /// Output folder for metrics.json, scores.csv, report.html and the work file
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    #[command(flatten)]
    input: InputArgs,
    /// Engines to compare, comma-separated
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    engines: Vec<String>,
    /// Named configuration to compare, e.g. 'fused=extractors:a,b;mirrored:true'; repeatable
    #[arg(long, value_name = "NAME=KEY:VALUE;…")]
    variant: Vec<VariantSpec>,
    /// Discard the work file of an earlier run instead of continuing it
    #[arg(long)]
    fresh: bool,
    /// Maximum number of files to process in this run, per variant (default: all)
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Decision threshold, 0 to 1 (default: that of the product)
    #[arg(long, value_name = "SCORE")]
    threshold: Option<f64>,
    /// Bootstrap replicates for the confidence intervals
    #[arg(long, value_name = "N", default_value = "1000")]
    replicates: NonZeroUsize,
    /// Confidence level of the intervals
    #[arg(long, value_name = "SHARE", default_value = "0.95")]
    confidence: f64,
    /// Seed of the bootstrap
    #[arg(long, value_name = "N", default_value = "1")]
    seed: u64,
    /// Exit with code 4 if the condition holds, e.g. 'eer > 0.02', 'apcer.print > 0.1',
    /// 'fnmr@fmr=1e-3 > 0.05'; repeatable
    #[arg(long, value_name = "CONDITION")]
    fail_if: Vec<Condition>,
    /// Print metrics.json instead of a table
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct PresentationArgs {
    #[command(flatten)]
    common: CommonArgs,
    /// Consecutive files of one set, label, species and identity joined into one presentation
    #[arg(long, value_name = "N", default_value = "1")]
    burst: NonZeroUsize,
}

#[derive(Debug, Args)]
struct PadArgs {
    #[command(flatten)]
    presentations: PresentationArgs,
    /// Score to evaluate
    #[arg(long, value_enum, default_value = "liveness")]
    score: PadScoreArg,
}

/// Score that rates are computed from.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum PadScoreArg {
    /// Liveness score of the presentation, all layers combined
    Liveness,
    /// Mean score of the PAD models over the sampled frames
    Appearance,
}

impl From<PadScoreArg> for PadScoreKind {
    fn from(score: PadScoreArg) -> Self {
        match score {
            PadScoreArg::Liveness => Self::Liveness,
            PadScoreArg::Appearance => Self::Appearance,
        }
    }
}

impl CommonArgs {
    fn settings(&self) -> Result<Settings> {
        if let Some(threshold) = self.threshold.filter(|threshold| !(*threshold > 0.0 && *threshold < 1.0)) {
            let detail = format!("--threshold: {threshold} must be between 0 and 1");
            return Err(oz::Error::Config { detail }.into());
        }
        let bootstrap = Bootstrap { replicates: self.replicates.get(), confidence: self.confidence };
        Ok(Settings { bootstrap, seed: self.seed, threshold: self.threshold })
    }
}

impl EvaluateArgs {
    pub(crate) fn run(self, setup: &SetupArgs) -> Result<Answered> {
        match self.kind {
            EvaluateKind::Verify(common) => {
                let pairs = Pairs::read(&common.truth, &common.input.reading(1))?;
                common.run(&Verify(pairs), setup, 0, 1)
            }
            EvaluateKind::Identify(common) => {
                let gallery = Gallery::read(&common.truth, &common.input.reading(1))?;
                common.run(&Identify(gallery), setup, 0, 1)
            }
            EvaluateKind::Pad(PadArgs { presentations: PresentationArgs { common, burst }, score }) => {
                let presentations =
                    Presentations::read(&common.truth, &common.input.reading(burst.get()), true)?;
                let left_out = presentations.left_out;
                common.run(&Pad { presentations, score: score.into() }, setup, left_out, burst.get())
            }
            EvaluateKind::Quality(PresentationArgs { common, burst }) => {
                let presentations =
                    Presentations::read(&common.truth, &common.input.reading(burst.get()), false)?;
                common.run(&Quality(presentations), setup, 0, burst.get())
            }
        }
    }
}

impl CommonArgs {
    fn run<K: Kind>(&self, kind: &K, setup: &SetupArgs, left_out: usize, burst: usize) -> Result<Answered> {
        let plan = Plan {
            manifest: self.truth.clone(),
            filters: self.input.filters.clone(),
            left_out,
            burst,
            out: self.out.clone(),
            fresh: self.fresh,
            effort: self.input.effort(self.limit),
            settings: self.settings()?,
        };
        let variants = variants(&setup.config()?, &self.engines, &self.variant)?;

        let mut bars = VariantProgress::default();
        let run = oz_evaluation::run(kind, &variants, &plan, &mut |progress| bars.show(progress))?;
        drop(bars);

        match run {
            Run::Interrupted(left) => {
                output::message(format_args!("oz: {left} files left; repeat the command to continue"));
                Ok(Answered::NotAll)
            }
            Run::Finished(evaluation) => {
                self.show(&evaluation)?;
                self.check_conditions(&evaluation)
            }
        }
    }

    fn show(&self, evaluation: &Evaluation) -> Result<()> {
        if self.json {
            return Ok(output::document(evaluation)?);
        }
        output::text(summary::table(evaluation))?;
        Ok(output::text(self.out.join("report.html").display())?)
    }

    fn check_conditions(&self, evaluation: &Evaluation) -> Result<Answered> {
        let mut answered = Answered::All;
        for condition in &self.fail_if {
            for holds in condition.holds(evaluation)? {
                output::message(format_args!("oz: --fail-if {holds}"));
                answered = Answered::ConditionHolds;
            }
        }
        Ok(answered)
    }
}
