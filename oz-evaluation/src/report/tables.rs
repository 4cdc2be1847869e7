//! Tables of metrics, and the texts of the report.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::escaped;
use crate::document::{Estimate, Evaluation, GroupReport, Metrics, PointReport, VariantReport};
use crate::format::{distinct_names, format_bounds, format_value, metric_names};

/// Table with a header; header and cells are markup.
fn table(head: &[String], rows: &[Vec<String>]) -> String {
    let mut text = String::from("<div class=scroll><table><thead><tr>");
    for (at, name) in head.iter().enumerate() {
        let _ = write!(text, "<th{}>{name}</th>", if at == 0 { "" } else { " class=n" });
    }
    text += "</tr></thead><tbody>\n";
    for row in rows {
        let _ = writeln!(text, "<tr>{}</tr>", row.concat());
    }
    text + "</tbody></table></div>\n"
}

fn text_cell(text: &str) -> String {
    format!("<td>{}</td>", escaped(text))
}

fn number_cell(text: impl std::fmt::Display) -> String {
    format!("<td class=n>{text}</td>")
}

/// Cell of a metric with its interval; attributes hold the exact value.
fn metric_cell(name: &str, estimate: Option<Estimate>) -> String {
    let Some(Estimate { value, interval }) = estimate else { return number_cell("–") };
    let bounds = interval.map_or(String::new(), |interval| {
        format!(" <small>[{}]</small>", format_bounds(name, interval.low, interval.high))
    });
    format!(
        "<td class=n data-metric=\"{name}\" data-value=\"{value}\" title=\"{value}\">{}{bounds}</td>",
        format_value(name, value)
    )
}

/// Full name of a metric, as markup.
fn metric_title(name: &str) -> String {
    let title = match name {
        "eer" => "EER",
        "fmr" => "FMR at the decision threshold",
        "fnmr" => "FNMR at the decision threshold",
        "fpir" => "FPIR at the decision threshold",
        "fnir" => "FNIR at the decision threshold, rank 1",
        "fta" => "failure-to-acquire rate (FTA)",
        "frr" => "false rejection rate, failures included (FRR)",
        "tar" => "true accept rate (TAR)",
        "apcer" => "APCER at the decision threshold, worst species",
        "bpcer" => "BPCER at the decision threshold",
        "acer" => "ACER",
        "bpcer_at_apcer_1" => "BPCER at APCER 1 %",
        "bpcer_at_apcer_5" => "BPCER at APCER 5 %",
        "bpcer_at_apcer_10" => "BPCER at APCER 10 %",
        "eer_mean_of_sets" => "EER, mean of the sets",
        "eer_worst_set" => "EER, worst set",
        "apcer_of_verdicts" => "APCER of the verdicts",
        "bpcer_of_verdicts" => "BPCER of the verdicts",
        "bpnrr" => "bona fide presentation non-response rate (BPNRR)",
        "apnrr" => "attack presentation non-response rate (APNRR)",
        "rank_1" => "rank-1 identification rate",
        "rank_5" => "rank-5 identification rate",
        "mean" => "mean quality",
        "p5" => "5th percentile of quality",
        "median" => "median quality",
        "p95" => "95th percentile of quality",
        "rank_correlation" => "rank correlation of quality and similarity",
        _ => {
            let discarded = name.strip_prefix("fnmr_without_worst_");
            return discarded.map_or(escaped(&name.replace('_', " ")), |percent| {
                format!("FNMR after discarding {} %", escaped(percent))
            });
        }
    };
    title.into()
}

/// Column header of a metric.
fn metric_abbreviation(name: &str) -> String {
    match name {
        "mean" | "median" | "p5" | "p95" => name.into(),
        _ => name.replace('_', " ").to_uppercase(),
    }
}

/// Title of an operating point, whose name in `metrics.json` is a stable identifier.
fn point_title(name: &str) -> &str {
    match name {
        "decision" => "decision threshold",
        "eer" => "EER",
        "score .85, match" => "score 0.85 (match)",
        "score .5, no match below" => "score 0.5 (no match below)",
        _ => name,
    }
}

/// Title of a kind of error in [`VariantReport::worst`], whose name in `metrics.json` is a stable identifier.
fn error_title(name: &str) -> &str {
    match name {
        "most alike of two people" => "highest similarity of a non-mated pair",
        "least alike of one person" => "lowest similarity of a mated pair",
        "stranger most alike of somebody enrolled" => "highest similarity of a non-mated probe",
        "somebody else came first" => "mated identity not at rank 1",
        "most bona fide attack" => "highest score of an attack presentation",
        "least bona fide live presentation" => "lowest score of a bona fide presentation",
        _ => name,
    }
}

/// All metrics and counts, one column for each variant.
pub(super) fn overview(evaluation: &Evaluation) -> String {
    let names = evaluation.variants.iter().map(|v| escaped(&v.about.name));
    let head: Vec<_> = [String::new()].into_iter().chain(names).collect();

    let row = |name: &String| {
        let cells = evaluation.variants.iter().map(|v| metric_cell(name, v.metrics.of(name)));
        [format!("<td>{}</td>", metric_title(name))].into_iter().chain(cells).collect()
    };
    let mut rows: Vec<Vec<String>> = metric_names(evaluation).iter().map(row).collect();
    for count in evaluation.variants.first().map(|v| v.counts.keys()).into_iter().flatten() {
        let cells =
            evaluation.variants.iter().map(|v| number_cell(v.counts.get(count).copied().unwrap_or(0)));
        rows.push([text_cell(&count.replace('_', " "))].into_iter().chain(cells).collect());
    }

    let hint = format!(
        "<p class=hint>In brackets: {:.0} % confidence intervals. Resampling unit: {}.</p>",
        evaluation.intervals.confidence * 100.0,
        escaped(&evaluation.intervals.groups)
    );
    table(&head, &rows) + &hint
}

fn names_of<'a>(all: impl Iterator<Item = &'a Metrics>) -> Vec<String> {
    distinct_names(all.flat_map(Metrics::names))
}

/// Operating points with their rates.
pub(super) fn points(variant: &VariantReport) -> String {
    let points = &variant.operating_points;
    if points.is_empty() {
        return String::new();
    }

    let names = names_of(points.iter().map(|point| &point.metrics));
    let metric_heads = names.iter().map(|name| metric_abbreviation(name));
    let head: Vec<_> =
        ["at".into(), "threshold".into()].into_iter().chain(metric_heads).chain(["".into()]).collect();

    let row = |point: &PointReport| {
        let cells = names.iter().map(|name| metric_cell(name, point.metrics.of(name)));
        let note = format!("<td class=hint>{}</td>", escaped(point.note.as_deref().unwrap_or("")));
        [text_cell(point_title(&point.name)), number_cell(format!("{:.4}", point.threshold))]
            .into_iter()
            .chain(cells)
            .chain([note])
            .collect::<Vec<_>>()
    };
    table(&head, &points.iter().map(row).collect::<Vec<_>>())
}

/// One row for each set, species or label.
pub(super) fn groups(groups: &BTreeMap<String, GroupReport>, name: &str) -> String {
    if groups.is_empty() {
        return String::new();
    }

    let metrics = names_of(groups.values().map(|group| &group.metrics));
    let counts: BTreeSet<&str> = groups.values().flat_map(|group| group.counts.keys().copied()).collect();
    let count_heads = counts.iter().map(|count| count.replace('_', " "));
    let metric_heads = metrics.iter().map(|metric| metric_abbreviation(metric));
    let head: Vec<_> = [name.to_owned()].into_iter().chain(count_heads).chain(metric_heads).collect();

    let row = |(name, group): (&String, &GroupReport)| {
        let counts = counts.iter().map(|count| number_cell(group.counts.get(count).copied().unwrap_or(0)));
        let cells = metrics.iter().map(|metric| metric_cell(metric, group.metrics.of(metric)));
        [text_cell(name)].into_iter().chain(counts).chain(cells).collect::<Vec<_>>()
    };
    table(&head, &groups.iter().map(row).collect::<Vec<_>>())
}

/// One row for each PAI species, or for each label in an evaluation of quality.
pub(super) fn species(variant: &VariantReport) -> String {
    groups(&variant.species, if variant.score == "quality" { "label" } else { "species" })
}

/// Number of verdicts by ground truth.
pub(super) fn verdicts(variant: &VariantReport) -> String {
    if variant.verdicts.is_empty() {
        return String::new();
    }

    let verdicts: BTreeSet<&String> = variant.verdicts.values().flat_map(BTreeMap::keys).collect();
    let heads = verdicts.iter().map(|verdict| verdict.replace('_', " "));
    let head: Vec<_> = ["ground truth".into()].into_iter().chain(heads).collect();

    let row = |(class, counts): (&&str, &BTreeMap<String, usize>)| {
        let cells = verdicts.iter().map(|verdict| number_cell(counts.get(*verdict).copied().unwrap_or(0)));
        [text_cell(&class.replace('_', " "))].into_iter().chain(cells).collect::<Vec<_>>()
    };
    table(&head, &variant.verdicts.iter().map(row).collect::<Vec<_>>())
}

/// Number of failures by error code.
pub(super) fn failures(variant: &VariantReport) -> String {
    if variant.failures.is_empty() {
        return String::new();
    }
    let row = |(code, count): (&String, &usize)| vec![text_cell(code), number_cell(count)];
    table(&["error code".into(), "files".into()], &variant.failures.iter().map(row).collect::<Vec<_>>())
}

/// Notes as paragraphs.
pub(super) fn notes(variant: &VariantReport) -> String {
    variant.notes.iter().map(|note| format!("<p>{}.</p>\n", escaped(note))).collect()
}

/// Attempts with the most extreme wrong scores.
pub(super) fn worst(variant: &VariantReport) -> String {
    if variant.worst.is_empty() {
        return String::new();
    }

    let mut text = String::from(
        "<div class=scroll><table><thead><tr><th>error<th>media<th class=n>score</tr></thead><tbody>\n",
    );
    for worst in &variant.worst {
        let _ = writeln!(
            text,
            "<tr><td>{}</td><td class=path>{}</td><td class=n data-value=\"{}\">{:.4}</td></tr>",
            error_title(worst.error),
            escaped(&worst.media),
            worst.score,
            worst.score
        );
    }
    text + "</tbody></table></div>\n"
}

/// Manifest, intervals, engines and models.
pub(super) fn provenance(evaluation: &Evaluation) -> String {
    let manifest = &evaluation.manifest;
    let mut rows = vec![
        ("manifest", format!("{}, SHA-256 {}", manifest.name, manifest.sha256)),
        ("program", format!("oz {}", evaluation.oz)),
        (
            "intervals",
            format!(
                "percentile bootstrap, {} samples, seed {}; resampling unit: {}",
                evaluation.intervals.replicates, evaluation.intervals.seed, evaluation.intervals.groups
            ),
        ),
    ];

    if !manifest.filters.is_empty() {
        rows.push(("filters", manifest.filters.join(", ")));
    }
    if manifest.left_out > 0 {
        rows.push(("skipped", format!("{} rows without a label", manifest.left_out)));
    }
    if manifest.burst > 1 {
        rows.push(("presentations", format!("bursts of {} files", manifest.burst)));
    }

    for variant in &evaluation.variants {
        let about = &variant.about;
        let models: Vec<_> = about.models.iter().map(|m| format!("{} {}", m.id, &m.sha256[..12])).collect();
        rows.push((
            &about.name,
            format!("{} {} on {}; {}", about.engine, about.engine_version, about.device, models.join(", ")),
        ));
    }

    let row =
        |(name, text): &(&str, String)| format!("<dt>{}</dt><dd>{}</dd>\n", escaped(name), escaped(text));
    format!("<dl>{}</dl>", rows.iter().map(row).collect::<String>())
}

/// Definitions of the terms in the report.
pub(super) fn glossary(kind: &str) -> String {
    let terms = terms(kind).iter();
    let terms: String = terms.map(|(term, meaning)| format!("<dt>{term}</dt><dd>{meaning}</dd>\n")).collect();
    format!("<dl>{terms}</dl>")
}

fn terms(kind: &str) -> &'static [(&'static str, &'static str)] {
    match kind {
        "verify" => &[
            ("FMR", "false match rate: share of non-mated pairs that are accepted"),
            ("FNMR", "false non-match rate: share of mated pairs that are rejected; TAR is 1 - FNMR"),
            ("EER", "equal error rate: rate at the threshold at which FMR and FNMR are equal"),
            ("FTA", "failure-to-acquire rate: share of files without features"),
            (
                "FRR",
                "false rejection rate: share of mated pairs that are rejected, including those with a file \
                 without features",
            ),
        ],
        "identify" => &[
            (
                "FPIR",
                "false positive identification rate: share of non-mated searches (person not enrolled) that \
                 return a candidate",
            ),
            (
                "FNIR",
                "false negative identification rate: share of mated searches (person enrolled) that do not \
                 return the mated identity at rank 1 and above the threshold",
            ),
            ("rank-1 rate", "share of mated searches with the mated identity at rank 1"),
            ("FTA", "failure-to-acquire rate: share of probes without features"),
        ],
        "pad" => &[
            (
                "APCER",
                "attack presentation classification error rate: share of attack presentations classified as \
                 bona fide, for the PAI species with the highest rate",
            ),
            (
                "BPCER",
                "bona fide presentation classification error rate: share of bona fide presentations \
                 classified as attacks",
            ),
            ("ACER", "mean of APCER and BPCER"),
            (
                "EER",
                "equal error rate: rate at the threshold at which BPCER and the APCER of all species \
                 together are equal",
            ),
            (
                "APNRR, BPNRR",
                "non-response rates: share of attack and of bona fide presentations that could not be \
                 classified, e.g. because no face was found",
            ),
        ],
        _ => &[
            (
                "quality",
                "unified quality score, 0 to 100: prediction of the utility of an image for comparison",
            ),
            (
                "error versus discard",
                "FNMR after discarding the comparisons of lowest quality; it decreases if quality predicts \
                 false non-matches",
            ),
        ],
    }
}
