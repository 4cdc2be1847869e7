//! The report: one HTML file that needs nothing else, no script, no network; light or dark as the reader's system is.
//!
//! Invariant: it shows what `metrics.json` holds and computes nothing. Every number stands beside its exact value in
//! `data-value`.

mod plots;
mod svg;
mod tables;

use crate::document::{Evaluation, Findings};

const STYLE: &str = include_str!("style.css");

/// The page.
pub(crate) fn page(evaluation: &Evaluation) -> String {
    let title = title(evaluation.kind);
    let manifest = &evaluation.manifest;
    let mut body = format!(
        "<header><h1>{title}</h1><p class=lead>{name} · oz {oz}</p></header>\n",
        name = escaped(&manifest.name),
        oz = evaluation.oz
    );
    body += &section("Overview", &tables::overview(evaluation));
    body += &figures(evaluation);
    for findings in &evaluation.variants {
        body += &variant(findings, evaluation.variants.len() > 1);
    }
    body += &section("How this was measured", &tables::provenance(evaluation));
    body += &section("Words", tables::glossary(evaluation.kind));
    format!(
        "<!doctype html>\n<html lang=en>\n<head><meta charset=utf-8>\
         <meta name=viewport content=\"width=device-width, initial-scale=1\">\
         <title>{title}: {name}</title>\n<style>\n{STYLE}</style></head>\n<body><main>\n{body}</main></body>\n</html>\n",
        name = escaped(&manifest.name),
    )
}

fn title(kind: &str) -> &'static str {
    match kind {
        "verify" => "Verification",
        "identify" => "Identification",
        "pad" => "Presentation attack detection",
        _ => "Face image quality",
    }
}

/// Plots with a line for each variant.
fn figures(evaluation: &Evaluation) -> String {
    let figures = [plots::trade_off(evaluation), plots::receiver(evaluation), plots::discard(evaluation)];
    let drawn: String = figures.into_iter().flatten().collect();
    if drawn.is_empty() { drawn } else { section("Curves", &format!("<div class=figures>{drawn}</div>")) }
}

/// What is told of one variant.
fn variant(findings: &Findings, several: bool) -> String {
    let parts = [
        ("Score histograms", plots::histograms(findings)),
        ("Operating points", tables::points(findings)),
        ("Sets", tables::groups(&findings.sets, "set")),
        ("Species of attack", tables::species(findings)),
        ("Verdicts", tables::verdicts(findings)),
        ("Failures to acquire", tables::failures(findings)),
        ("Notes", tables::notes(findings)),
        ("Gravest errors", tables::worst(findings)),
    ];
    let told = parts.into_iter().filter(|(_, part)| !part.is_empty());
    let body: String = told.map(|(name, part)| format!("<h3>{name}</h3>\n{part}")).collect();
    if body.is_empty() {
        return body;
    }
    let name = if several { escaped(&findings.about.name) } else { "Details".into() };
    section(&name, &body)
}

fn section(title: &str, body: &str) -> String {
    format!("<section><h2>{title}</h2>\n{body}</section>\n")
}

/// Text that cannot be taken for markup.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe += "&amp;",
            '<' => safe += "&lt;",
            '>' => safe += "&gt;",
            '"' => safe += "&quot;",
            _ => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_cannot_become_markup() {
        assert_eq!(escaped("<script>\"a\"&b"), "&lt;script&gt;&quot;a&quot;&amp;b");
    }
}
