//! HTML report: a single file without scripts or external resources, in a light and a dark colour scheme.
//!
//! Invariant: the report shows the content of `metrics.json` and computes no metric. Each metric has its
//! exact value in the attribute `data-value`.

mod plots;
mod svg;
mod tables;

use crate::document::{Evaluation, VariantReport};

const STYLE: &str = include_str!("style.css");

/// Renders the report.
pub(crate) fn page(evaluation: &Evaluation) -> String {
    let title = title(evaluation.kind);
    let manifest = escaped(&evaluation.manifest.name);

    let mut body =
        format!("<header><h1>{title}</h1><p class=lead>{manifest} · oz {}</p></header>\n", evaluation.oz);
    body += &section("Overview", &tables::overview(evaluation));
    body += &curves(evaluation);
    for variant in &evaluation.variants {
        body += &details(variant, evaluation.variants.len() > 1);
    }
    body += &section("Method", &tables::provenance(evaluation));
    body += &section("Glossary", &tables::glossary(evaluation.kind));

    format!(
        "<!doctype html>\n<html lang=en>\n<head><meta charset=utf-8>\
         <meta name=viewport content=\"width=device-width, initial-scale=1\">\
         <title>{title}: {manifest}</title>\n<style>\n{STYLE}</style></head>\n\
         <body><main>\n{body}</main></body>\n</html>\n"
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

/// Plots with one curve for each variant.
fn curves(evaluation: &Evaluation) -> String {
    let figures = [plots::det(evaluation), plots::roc(evaluation), plots::discard(evaluation)];
    let figures: String = figures.into_iter().flatten().collect();
    if figures.is_empty() {
        return figures;
    }
    section("Curves", &format!("<div class=figures>{figures}</div>"))
}

/// Plots and tables of one variant.
fn details(variant: &VariantReport, several: bool) -> String {
    let species = if variant.score == "quality" { "Labels" } else { "PAI species" };
    let parts = [
        ("Score distributions", plots::histograms(variant)),
        ("Operating points", tables::points(variant)),
        ("Capture sets", tables::groups(&variant.sets, "set")),
        (species, tables::species(variant)),
        ("Verdicts", tables::verdicts(variant)),
        ("Failures to acquire", tables::failures(variant)),
        ("Notes", tables::notes(variant)),
        ("Most severe errors", tables::worst(variant)),
    ];
    let parts = parts.into_iter().filter(|(_, part)| !part.is_empty());
    let body: String = parts.map(|(name, part)| format!("<h3>{name}</h3>\n{part}")).collect();

    if body.is_empty() {
        return body;
    }
    let name = if several { escaped(&variant.about.name) } else { "Details".into() };
    section(&name, &body)
}

fn section(title: &str, body: &str) -> String {
    format!("<section><h2>{title}</h2>\n{body}</section>\n")
}

/// Escapes text for HTML content and quoted attributes.
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
    fn markup_in_file_names_is_escaped() {
        assert_eq!(escaped("<script>\"a\"&b"), "&lt;script&gt;&quot;a&quot;&amp;b");
    }
}
