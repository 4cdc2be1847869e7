//! From a manifest to a folder of results.

use std::path::Path;

use oz::models::digest::Digest;
use oz::{Error, Result};

use super::super::setup::SetupArgs;
use super::super::{Answered, output};
use super::document::{Evaluation, IntervalReport, ManifestReport};
use super::kind::Kind;
use super::manifest::Unit;
use super::runner::{self, Effort};
use super::variant::{About, Loaded, variants};
use super::work::{Outcome, Work};
use super::{CommonArgs, report, summary};

/// Asks, rates, writes, and checks conditions.
pub(super) fn run<K: Kind>(
    kind: &K,
    common: &CommonArgs,
    setup: &SetupArgs,
    left_out: usize,
    burst: usize,
) -> Result<Answered> {
    let settings = common.settings()?;
    let variants = variants(setup, &common.engines, &common.variant)?;
    let loaded = variants.iter().map(super::variant::Variant::load).collect::<Result<Vec<_>>>()?;
    let manifest = manifest_report(common, left_out, burst)?;
    let print = fingerprint(kind, &loaded, &manifest);
    std::fs::create_dir_all(&common.out).map_err(|source| Error::File {
        action: "write",
        path: common.out.clone(),
        source,
    })?;
    let mut work = Work::open(&common.out.join("work.jsonl"), &print, common.fresh)?;
    let mut scored = Vec::new();
    let mut left = 0;
    for variant in &loaded {
        match ask(kind, variant, common.input.effort(common.limit), &mut work)? {
            Progress::Scored(scores) => scored.push((&variant.about, scores)),
            Progress::Left(units) => left += units,
        }
    }
    if left > 0 {
        eprintln!("oz: {left} files are left; the same command goes on");
        return Ok(Answered::NotAll);
    }
    let evaluation = Evaluation {
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
            .map(|(about, scores)| kind.evaluate(about, scores, &settings))
            .collect::<Result<_>>()?,
    };
    write(kind, &common.out, &evaluation, &scored)?;
    show(&evaluation, common)?;
    conclude(&evaluation, common)
}

/// Where a variant stands.
pub(crate) enum Progress<S> {
    /// Everything was asked.
    Scored(S),
    /// This many units are left for another run.
    Left(usize),
}

/// Asks about the units that are open and, when none is left, computes scores.
pub(crate) fn ask<K: Kind>(
    kind: &K,
    loaded: &Loaded,
    effort: Effort,
    work: &mut Work<K::Answer, K::Scored>,
) -> Result<Progress<K::Scored>> {
    if let Some(scored) = work.scored(&loaded.name) {
        return Ok(Progress::Scored(scored));
    }
    let units = kind.units();
    let left = runner::answer_all(loaded, &units, effort, work, |oz, unit| kind.answer(oz, unit))?;
    if left > 0 {
        return Ok(Progress::Left(left));
    }
    let outcomes: Vec<&Outcome<K::Answer>> = (0..units.len())
        .map(|unit| work.outcome(&loaded.name, unit).expect("no unit is left, so each has an outcome"))
        .collect();
    let scored = kind.score(loaded, &outcomes)?;
    work.finish(&loaded.name, scored.clone())?;
    Ok(Progress::Scored(scored))
}

fn manifest_report(common: &CommonArgs, left_out: usize, burst: usize) -> Result<ManifestReport> {
    let path = &common.truth;
    let bytes =
        std::fs::read(path).map_err(|source| Error::File { action: "read", path: path.clone(), source })?;
    Ok(ManifestReport {
        name: path.file_name().map_or(String::new(), |name| name.to_string_lossy().into_owned()),
        sha256: Digest::of(&bytes).to_string(),
        filters: common.input.filters.iter().map(ToString::to_string).collect(),
        left_out,
        burst,
    })
}

/// What an answer depends on: manifest, selection, sizes of the files, engines, models, version. What rates depend on
/// besides is not part of it, so that the same answers can be rated anew.
fn fingerprint<K: Kind>(kind: &K, loaded: &[Loaded], manifest: &ManifestReport) -> String {
    let size = |path: &std::path::PathBuf| std::fs::metadata(path).map_or(0, |metadata| metadata.len());
    let unit = |unit: &&Unit| (unit.name.clone(), unit.files.iter().map(size).collect::<Vec<_>>());
    let units: Vec<_> = kind.units().iter().map(unit).collect();
    let about: Vec<&About> = loaded.iter().map(|loaded| &loaded.about).collect();
    let all = serde_json::json!({
        "kind": K::NAME,
        "oz": env!("CARGO_PKG_VERSION"),
        "manifest": manifest,
        "units": units,
        "variants": about,
        "settings": loaded.iter().map(|loaded| loaded.settings.as_str()).collect::<Vec<_>>(),
    });
    Digest::of(all.to_string().as_bytes()).to_string()
}

fn write<K: Kind>(
    kind: &K,
    folder: &Path,
    evaluation: &Evaluation,
    scored: &[(&About, K::Scored)],
) -> Result<()> {
    let mut json = serde_json::to_string_pretty(evaluation).expect("reports are plain data");
    json.push('\n');
    output::file(&folder.join("metrics.json"), json.as_bytes())?;
    output::file(&folder.join("scores.csv"), &scores(kind, scored))?;
    output::file(&folder.join("report.html"), report::page(evaluation).as_bytes())
}

/// One row for each attempt and variant.
fn scores<K: Kind>(kind: &K, scored: &[(&About, K::Scored)]) -> Vec<u8> {
    const IN_MEMORY: &str = "a table in memory can be written";
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

fn show(evaluation: &Evaluation, common: &CommonArgs) -> Result<()> {
    if common.json {
        return output::document(evaluation);
    }
    output::text(summary::table(evaluation))?;
    output::text(format_args!("{}", common.out.join("report.html").display()))
}

fn conclude(evaluation: &Evaluation, common: &CommonArgs) -> Result<Answered> {
    let mut answered = Answered::All;
    for condition in &common.fail_if {
        for holds in condition.holds(evaluation)? {
            eprintln!("oz: --fail-if {holds}");
            answered = Answered::ConditionHolds;
        }
    }
    Ok(answered)
}
