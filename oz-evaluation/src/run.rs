//! Execution of an evaluation: from manifest to written results.

use std::path::{Path, PathBuf};

use oz::models::digest::Digest;

use crate::document::{Evaluation, IntervalReport, ManifestReport};
use crate::kind::{Kind, Procedure, Settings};
use crate::manifest::Unit;
use crate::report;
use crate::runner::{self, Effort};
use crate::sheet::Filter;
use crate::variant::{About, Loaded, Variant};
use crate::work::{Outcome, Work};
use crate::{Error, Result};

/// Inputs and settings of an evaluation.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Path of the manifest, for the report and the fingerprint of the work file.
    pub manifest: PathBuf,
    /// Filters that the manifest was read with, for the report.
    pub filters: Vec<Filter>,
    /// Number of rows skipped because they have no label, for the report.
    pub left_out: usize,
    /// Number of consecutive files joined into one presentation, for the report; 1 for single files.
    pub burst: usize,
    /// Folder of the work file and of the results; created if absent.
    pub out: PathBuf,
    /// Discard the work file of an earlier run instead of continuing it.
    pub fresh: bool,
    /// Parallelism and number of files in this run.
    pub effort: Effort,
    /// Computation of rates and intervals.
    pub settings: Settings,
}

impl Plan {
    /// Plan for a manifest read without filters and bursts: all files, on all cores, default settings.
    #[must_use]
    pub fn new(manifest: impl Into<PathBuf>, out: impl Into<PathBuf>) -> Self {
        Self {
            manifest: manifest.into(),
            filters: Vec::new(),
            left_out: 0,
            burst: 1,
            out: out.into(),
            fresh: false,
            effort: Effort::default(),
            settings: Settings::default(),
        }
    }
}

/// Progress of one variant, reported at the start and after each file.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct RunProgress<'a> {
    /// Name of the variant.
    pub variant: &'a str,
    /// Number of files.
    pub total: usize,
    /// Number of files with an answer or a failure, earlier runs included.
    pub done: usize,
}

/// Outcome of [`run()`].
#[derive(Debug)]
pub enum Run {
    /// All files are processed and the results are written to [`Plan::out`].
    Finished(Box<Evaluation>),
    /// [`Effort::limit`] was reached. Contains the number of files left, summed over the variants.
    Interrupted(usize),
}

/// Processes every file of `kind` with every variant, computes the metrics and writes the results.
///
/// Answers are kept in `work.jsonl` in [`Plan::out`]: a second call with the same inputs continues where the
/// first one stopped. Files that cannot be processed are counted as failures and do not end the run. On
/// success [`Plan::out`] contains `metrics.json`, `scores.csv` and `report.html`.
///
/// # Errors
/// - `file.unreadable`: the manifest cannot be read, or a file in [`Plan::out`] cannot be written.
/// - `config.invalid`: the work file belongs to another evaluation or is damaged, or the data does not
///   determine any rate, e.g. because one class is missing.
/// - Errors of loading the models.
pub fn run<K: Kind>(
    kind: &K,
    variants: &[Variant],
    plan: &Plan,
    on_progress: &mut dyn FnMut(RunProgress<'_>),
) -> Result<Run> {
    let loaded = variants.iter().map(Variant::load).collect::<Result<Vec<_>>>()?;
    let manifest = manifest_report(plan)?;
    let fingerprint = fingerprint(kind, &loaded, &manifest);

    std::fs::create_dir_all(&plan.out).map_err(|source| Error::file("write", &plan.out, source))?;
    let mut work = Work::open(&plan.out.join("work.jsonl"), &fingerprint, plan.fresh)?;

    let mut scored = Vec::new();
    let mut left = 0;
    for variant in &loaded {
        match process(kind, variant, plan.effort, &mut work, on_progress)? {
            Processed::Scored(scores) => scored.push((&variant.about, scores)),
            Processed::Left(units) => left += units,
        }
    }
    if left > 0 {
        return Ok(Run::Interrupted(left));
    }

    let evaluation = evaluation(kind, &scored, manifest, &plan.settings)?;
    write(kind, &plan.out, &evaluation, &scored)?;
    Ok(Run::Finished(Box::new(evaluation)))
}

fn evaluation<K: Procedure>(
    kind: &K,
    scored: &[(&About, K::Scored)],
    manifest: ManifestReport,
    settings: &Settings,
) -> Result<Evaluation> {
    Ok(Evaluation {
        schema: Evaluation::SCHEMA,
        kind: K::NAME,
        oz: env!("CARGO_PKG_VERSION"),
        manifest,
        intervals: IntervalReport {
            confidence: settings.bootstrap.confidence,
            replicates: settings.bootstrap.replicates,
            seed: settings.seed,
            groups: kind.groups(),
        },
        variants: scored
            .iter()
            .map(|(about, scores)| kind.evaluate(about, scores, settings))
            .collect::<Result<_>>()?,
    })
}

/// State of a variant after this run.
enum Processed<S> {
    /// All units are processed.
    Scored(S),
    /// Number of units left for another run.
    Left(usize),
}

/// Processes units without an outcome and, when none is left, computes the scores.
fn process<K: Procedure>(
    kind: &K,
    loaded: &Loaded,
    effort: Effort,
    work: &mut Work<K::Answer, K::Scored>,
    on_progress: &mut dyn FnMut(RunProgress<'_>),
) -> Result<Processed<K::Scored>> {
    if let Some(scored) = work.scored(&loaded.name) {
        return Ok(Processed::Scored(scored));
    }

    let units = kind.units();
    let left = runner::resume(loaded, &units, effort, work, |oz, unit| kind.answer(oz, unit), on_progress)?;
    if left > 0 {
        return Ok(Processed::Left(left));
    }

    let outcomes: Vec<&Outcome<K::Answer>> = (0..units.len())
        .map(|unit| work.outcome(&loaded.name, unit).expect("no unit is left, so each has an outcome"))
        .collect();
    let scored = kind.score(loaded, &outcomes)?;
    work.finish(&loaded.name, scored.clone())?;
    Ok(Processed::Scored(scored))
}

fn manifest_report(plan: &Plan) -> Result<ManifestReport> {
    let path = &plan.manifest;
    let bytes = std::fs::read(path).map_err(|source| Error::file("read", path, source))?;

    Ok(ManifestReport {
        name: path.file_name().map_or(String::new(), |name| name.to_string_lossy().into_owned()),
        sha256: Digest::of(&bytes).to_string(),
        filters: plan.filters.iter().map(ToString::to_string).collect(),
        left_out: plan.left_out,
        burst: plan.burst,
    })
}

/// Digest of all inputs of an answer: manifest, filters, file sizes, engines, models, configuration, version.
///
/// The [`Settings`] are excluded, so that a finished evaluation can be rated again with other settings.
fn fingerprint<K: Procedure>(kind: &K, loaded: &[Loaded], manifest: &ManifestReport) -> String {
    let size = |path: &PathBuf| std::fs::metadata(path).map_or(0, |metadata| metadata.len());
    let unit = |unit: &&Unit| (unit.name.clone(), unit.files.iter().map(size).collect::<Vec<_>>());
    let units: Vec<_> = kind.units().iter().map(unit).collect();
    let about: Vec<&About> = loaded.iter().map(|loaded| &loaded.about).collect();

    let inputs = serde_json::json!({
        "kind": K::NAME,
        "oz": env!("CARGO_PKG_VERSION"),
        "manifest": manifest,
        "units": units,
        "variants": about,
        "settings": loaded.iter().map(|loaded| loaded.settings.as_str()).collect::<Vec<_>>(),
    });
    Digest::of(inputs.to_string().as_bytes()).to_string()
}

fn write<K: Procedure>(
    kind: &K,
    folder: &Path,
    evaluation: &Evaluation,
    scored: &[(&About, K::Scored)],
) -> Result<()> {
    let mut json = serde_json::to_string_pretty(evaluation).expect("reports are plain data");
    json.push('\n');
    write_file(&folder.join("metrics.json"), json.as_bytes())?;
    write_file(&folder.join("scores.csv"), &scores(kind, scored))?;
    write_file(&folder.join("report.html"), report::page(evaluation).as_bytes())
}

/// Content of `scores.csv`: one row for each attempt and variant.
fn scores<K: Procedure>(kind: &K, scored: &[(&About, K::Scored)]) -> Vec<u8> {
    const IN_MEMORY: &str = "writing to memory does not fail";
    let mut table = csv::Writer::from_writer(Vec::new());
    let head = ["kind", "variant", "engine", "model"].into_iter().map(String::from);
    table.write_record(head.chain(kind.columns())).expect(IN_MEMORY);

    for (about, scores) in scored {
        let head = [K::NAME.into(), about.name.clone(), about.engine.clone(), kind.model(about)];
        for row in kind.rows(scores) {
            table.write_record(head.iter().chain(&row)).expect(IN_MEMORY);
        }
    }
    table.into_inner().expect(IN_MEMORY)
}

fn write_file(path: &Path, bytes: &[u8]) -> Result<()> {
    std::fs::write(path, bytes).map_err(|source| Error::file("write", path, source))
}
