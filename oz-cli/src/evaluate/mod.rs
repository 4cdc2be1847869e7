//! `oz evaluate`: how often the answers are wrong, on data whose truth is known.
//!
//! A manifest says what is true; the models are asked about every file; rates, intervals and a report come of it. What was
//! answered is kept in a work file, so that an evaluation of thousands of files can be interrupted.

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

Manifests are CSV files with a header; paths in them are relative to the manifest or to --root.
  verify    file_a,file_b,same            also set, identity_a, identity_b; or LFW's pairs.txt
  identify  file,identity,role            role: gallery or probe
  pad       file,label                    label: live or spoof; also set, species (or attack), identity
  quality   file                          also label, set, identity
A file may be a photo, a video, a ZIP archive of frames, or a folder of pictures. docs/evaluation.md tells more.

Exit codes: 0 done, 1 not all files asked yet (--limit), 2 manifest or options not valid, 3 engine or model failed,
4 a condition of --fail-if holds. Files that give no answer are counted and are no reason to fail.";

/// Measure error rates on labelled media.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct EvaluateArgs {
    #[command(subcommand)]
    kind: EvaluateKind,
}

#[derive(Debug, Subcommand)]
enum EvaluateKind {
    /// Comparisons one to one: FMR, FNMR, EER
    #[command(after_help = EXAMPLES)]
    Verify(CommonArgs),
    /// Searches one to many in an open set: FPIR, FNIR, rank-1 rate
    #[command(after_help = EXAMPLES)]
    Identify(CommonArgs),
    /// Presentation attack detection: APCER by species, BPCER, EER
    #[command(after_help = EXAMPLES)]
    Pad(PadArgs),
    /// Quality: its spread, and whether it tells which comparisons fail
    #[command(after_help = EXAMPLES)]
    Quality(PresentationArgs),
}

/// Where the truth stands.
#[derive(Debug, Args)]
pub(crate) struct InputArgs {
    /// Folder that paths in the manifest start from; that of the manifest by default
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
    /// Take only rows whose column has this form, `*` standing for any text; repeat for more conditions
    #[arg(long = "where", value_name = "COLUMN=PATTERN")]
    filters: Vec<Filter>,
    /// Count files that are not there as failures to acquire
    #[arg(long)]
    allow_missing: bool,
    /// Files looked at at the same time; as many as there are cores by default
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
}

impl InputArgs {
    /// How the manifest is to be read.
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
    /// What is true of which files
    #[arg(value_name = "MANIFEST")]
    truth: PathBuf,
    /// Folder for metrics.json, scores.csv, report.html and the work file
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    #[command(flatten)]
    input: InputArgs,
    /// Engines to be compared, separated by commas
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    engines: Vec<String>,
    /// A set of models or settings to be compared; repeat for more
    #[arg(long, value_name = "NAME=KEY:VALUE;…")]
    variant: Vec<VariantSpec>,
    /// Begin anew instead of going on where an earlier run stopped
    #[arg(long)]
    fresh: bool,
    /// Ask about at most this many files in this run, for each variant
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Score from which to accept, 0 to 1; that of the product by default
    #[arg(long, value_name = "SCORE")]
    threshold: Option<f64>,
    /// Draws for the intervals
    #[arg(long, value_name = "N", default_value = "1000")]
    replicates: NonZeroUsize,
    /// Confidence of the intervals
    #[arg(long, value_name = "SHARE", default_value = "0.95")]
    confidence: f64,
    /// Seed of the draws
    #[arg(long, value_name = "N", default_value = "1")]
    seed: u64,
    /// Exit with 4 when this holds, e.g. 'eer > 0.02', 'apcer.print > 0.1', 'fnmr@fmr=1e-3 > 0.05'; repeat for more
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
    /// Join this many consecutive files of one set, label, species and identity into one presentation
    #[arg(long, value_name = "N", default_value = "1")]
    burst: NonZeroUsize,
}

#[derive(Debug, Args)]
struct PadArgs {
    #[command(flatten)]
    presentations: PresentationArgs,
    /// Which score the rates are about
    #[arg(long, value_enum, default_value = "liveness")]
    score: PadScoreArg,
}

/// Score that rates are computed from.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum PadScoreArg {
    /// All layers of evidence joined, over the whole presentation
    Liveness,
    /// Mean score of the PAD models over the frames that they judged
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
            let detail = format!("--threshold {threshold} is not between 0 and 1");
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
                eprintln!("oz: {left} files left; run the same command again to continue");
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
                eprintln!("oz: --fail-if {holds}");
                answered = Answered::ConditionHolds;
            }
        }
        Ok(answered)
    }
}
