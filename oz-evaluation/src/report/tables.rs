//! What is told in tables.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::escaped;
use crate::document::{Estimate, Evaluation, Findings, GroupReport, Metrics};
use crate::format::{metric_names, value as shown};

/// A table with a header; cells are markup.
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

fn plain(text: &str) -> String {
    format!("<td>{}</td>", escaped(text))
}

fn number(text: impl std::fmt::Display) -> String {
    format!("<td class=n>{text}</td>")
}

/// A number with its interval; the exact value goes along for programs and for the curious.
fn estimate(name: &str, found: Option<Estimate>) -> String {
    let Some(Estimate { value, interval }) = found else { return number("–") };
    let bounds = interval.map_or(String::new(), |interval| {
        let bound = |value| shown(name, value).trim_end_matches(" %").to_owned();
        format!(" <small>[{} … {}]</small>", bound(interval.low), bound(interval.high))
    });
    format!(
        "<td class=n data-metric=\"{name}\" data-value=\"{value}\" title=\"{value}\">{}{bounds}</td>",
        shown(name, value)
    )
}

fn words(name: &str) -> String {
    let spoken = match name {
        "eer" => "equal error rate",
        "fmr" => "FMR at the decision",
        "fnmr" => "FNMR at the decision",
        "fpir" => "FPIR at the decision",
        "fnir" => "FNIR at the decision, rank 1",
        "fta" => "failure to acquire",
        "frr" => "false rejection, failures included",
        "tar" => "TAR",
        "apcer" => "APCER at the decision, worst species",
        "bpcer" => "BPCER at the decision",
        "acer" => "ACER",
        "bpcer_at_apcer_1" => "BPCER at APCER 1 %",
        "bpcer_at_apcer_5" => "BPCER at APCER 5 %",
        "bpcer_at_apcer_10" => "BPCER at APCER 10 %",
        "eer_mean_of_sets" => "equal error rate, mean of sets",
        "eer_worst_set" => "equal error rate, worst set",
        "apcer_of_verdicts" => "attacks called bona fide",
        "bpcer_of_verdicts" => "bona fide called attacks",
        "bpnrr" => "bona fide without response",
        "apnrr" => "attacks without response",
        "rank_1" => "rank-1 identification rate",
        "rank_5" => "rank-5 identification rate",
        "rank_correlation" => "correlation of quality and similarity (ranks)",
        _ => return escaped(&name.replace('_', " ")),
    };
    spoken.into()
}

/// Every metric, variants side by side.
pub(super) fn overview(evaluation: &Evaluation) -> String {
    let names = evaluation.variants.iter().map(|v| escaped(&v.about.name));
    let head: Vec<_> = [String::new()].into_iter().chain(names).collect();
    let row = |name: &String| {
        let cells = evaluation.variants.iter().map(|v| estimate(name, v.metrics.of(name)));
        [format!("<td>{}</td>", words(name))].into_iter().chain(cells).collect()
    };
    let mut rows: Vec<Vec<String>> = metric_names(evaluation).iter().map(row).collect();
    for count in evaluation.variants.first().map(|v| v.counts.keys()).into_iter().flatten() {
        let cells = evaluation.variants.iter().map(|v| number(v.counts.get(count).copied().unwrap_or(0)));
        rows.push([plain(&count.replace('_', " "))].into_iter().chain(cells).collect());
    }
    let hint = format!(
        "<p class=hint>In brackets: {:.0} % intervals over {}.</p>",
        evaluation.intervals.confidence * 100.0,
        escaped(&evaluation.intervals.groups)
    );
    table(&head, &rows) + &hint
}

fn names_of<'a>(all: impl Iterator<Item = &'a Metrics>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in all.flat_map(|metrics| metrics.names()) {
        if !names.iter().any(|known| known == name) {
            names.push(name.into());
        }
    }
    names
}

fn abbreviation(name: &str) -> String {
    match name {
        "mean" | "median" | "p5" | "p95" => name.into(),
        _ => name.replace('_', " ").to_uppercase(),
    }
}

/// Rates at thresholds.
pub(super) fn points(findings: &Findings) -> String {
    let points = &findings.operating_points;
    if points.is_empty() {
        return String::new();
    }
    let names = names_of(points.iter().map(|point| &point.metrics));
    let metric_heads = names.iter().map(|name| abbreviation(name));
    let head: Vec<_> =
        ["at".into(), "threshold".into()].into_iter().chain(metric_heads).chain(["".into()]).collect();
    let row = |point: &crate::document::PointReport| {
        let cells = names.iter().map(|name| estimate(name, point.metrics.of(name)));
        let note = format!("<td class=hint>{}</td>", escaped(point.note.as_deref().unwrap_or("")));
        [plain(&point.name), number(format!("{:.4}", point.threshold))]
            .into_iter()
            .chain(cells)
            .chain([note])
            .collect::<Vec<_>>()
    };
    table(&head, &points.iter().map(row).collect::<Vec<_>>())
}

/// A row for each set or species.
pub(super) fn groups(groups: &BTreeMap<String, GroupReport>, name: &str) -> String {
    if groups.is_empty() {
        return String::new();
    }
    let metrics = names_of(groups.values().map(|group| &group.metrics));
    let counts: BTreeSet<&str> = groups.values().flat_map(|group| group.counts.keys().copied()).collect();
    let count_heads = counts.iter().map(|count| count.replace('_', " "));
    let metric_heads = metrics.iter().map(|metric| abbreviation(metric));
    let head: Vec<_> = [name.to_owned()].into_iter().chain(count_heads).chain(metric_heads).collect();
    let row = |(name, group): (&String, &GroupReport)| {
        let counts = counts.iter().map(|count| number(group.counts.get(count).copied().unwrap_or(0)));
        let cells = metrics.iter().map(|metric| estimate(metric, group.metrics.of(metric)));
        [plain(name)].into_iter().chain(counts).chain(cells).collect::<Vec<_>>()
    };
    table(&head, &groups.iter().map(row).collect::<Vec<_>>())
}

/// Species of attack; labels, where quality is evaluated.
pub(super) fn species(findings: &Findings) -> String {
    groups(&findings.species, if findings.score == "quality" { "label" } else { "species" })
}

/// Verdicts by class.
pub(super) fn verdicts(findings: &Findings) -> String {
    if findings.verdicts.is_empty() {
        return String::new();
    }
    let answers: BTreeSet<&String> = findings.verdicts.values().flat_map(BTreeMap::keys).collect();
    let heads = answers.iter().map(|answer| answer.replace('_', " "));
    let head: Vec<_> = ["truth".into()].into_iter().chain(heads).collect();
    let row = |(class, counts): (&&str, &BTreeMap<String, usize>)| {
        let cells = answers.iter().map(|answer| number(counts.get(*answer).copied().unwrap_or(0)));
        [plain(&class.replace('_', " "))].into_iter().chain(cells).collect::<Vec<_>>()
    };
    table(&head, &findings.verdicts.iter().map(row).collect::<Vec<_>>())
}

/// Error codes and how often they occurred.
pub(super) fn failures(findings: &Findings) -> String {
    if findings.failures.is_empty() {
        return String::new();
    }
    let row = |(code, count): (&String, &usize)| vec![plain(code), number(count)];
    table(&["code".into(), "files".into()], &findings.failures.iter().map(row).collect::<Vec<_>>())
}

/// What a reader has to know.
pub(super) fn notes(findings: &Findings) -> String {
    findings.notes.iter().map(|note| format!("<p>{}.</p>\n", escaped(note))).collect()
}

/// The gravest errors.
pub(super) fn worst(findings: &Findings) -> String {
    if findings.worst.is_empty() {
        return String::new();
    }
    let mut text = String::from(
        "<div class=scroll><table><thead><tr><th>error<th>media<th class=n>score</tr></thead><tbody>\n",
    );
    for worst in &findings.worst {
        let _ = writeln!(
            text,
            "<tr><td>{}</td><td class=path>{}</td><td class=n data-value=\"{}\">{:.4}</td></tr>",
            worst.error,
            escaped(&worst.media),
            worst.score,
            worst.score
        );
    }
    text + "</tbody></table></div>\n"
}

/// Data, engines, models.
pub(super) fn provenance(evaluation: &Evaluation) -> String {
    let manifest = &evaluation.manifest;
    let mut rows = vec![
        ("manifest", format!("{}, SHA-256 {}", manifest.name, manifest.sha256)),
        ("program", format!("oz {}", evaluation.oz)),
        (
            "intervals",
            format!(
                "percentiles of {} draws of whole groups ({}), seed {}",
                evaluation.intervals.replicates, evaluation.intervals.groups, evaluation.intervals.seed
            ),
        ),
    ];
    if !manifest.filters.is_empty() {
        rows.push(("rows", manifest.filters.join(", ")));
    }
    if manifest.left_out > 0 {
        rows.push(("left out", format!("{} rows without a label", manifest.left_out)));
    }
    if manifest.burst > 1 {
        rows.push(("presentations", format!("bursts of {} files", manifest.burst)));
    }
    for findings in &evaluation.variants {
        let about = &findings.about;
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

/// What the words mean.
pub(super) fn glossary(kind: &str) -> &'static str {
    match kind {
        "verify" => {
            "<dl><dt>FMR</dt><dd>false match rate: share of pairs of two people that are accepted</dd>\
             <dt>FNMR</dt><dd>false non-match rate: share of pairs of one person that are rejected; TAR is 1 - FNMR</dd>\
             <dt>EER</dt><dd>where both are equal</dd>\
             <dt>FTA</dt><dd>failure to acquire: share of files that gave no features</dd></dl>"
        }
        "identify" => {
            "<dl><dt>FPIR</dt><dd>false positive identification rate: share of searches for somebody who is not enrolled \
             that give a candidate</dd>\
             <dt>FNIR</dt><dd>false negative identification rate: share of searches for somebody who is enrolled that do \
             not give them, first and above the threshold</dd>\
             <dt>rank-1 rate</dt><dd>share of searches for somebody who is enrolled that put them first</dd></dl>"
        }
        "pad" => {
            "<dl><dt>APCER</dt><dd>attack presentation classification error rate: share of attacks taken for bona fide, \
             of the species that does worst</dd>\
             <dt>BPCER</dt><dd>bona fide presentation classification error rate: share of bona fide presentations taken \
             for attacks</dd>\
             <dt>ACER</dt><dd>mean of both</dd>\
             <dt>EER</dt><dd>where APCER over all attacks and BPCER are equal</dd>\
             <dt>no response</dt><dd>presentations that could not be judged, such as those without a face</dd></dl>"
        }
        _ => {
            "<dl><dt>quality</dt><dd>unified score, 0 to 100: what a comparison on the picture is worth</dd>\
             <dt>error versus discard</dt><dd>FNMR after discarding the comparisons of lowest quality; it falls if quality \
             tells which fail</dd></dl>"
        }
    }
}
