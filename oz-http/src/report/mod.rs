//! HTML report of a folder. All client data is escaped, and the page has no external resources.

mod html;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use oz_core::system::Timestamp;
use serde_json::{Map, Value};

use html::Html;

use crate::dto::analysis::AnalysisDto;
use crate::dto::analysis_result::{MediaResultDto, ScoresDto};
use crate::dto::folder::FolderDto;

const STYLE: &str = "\
body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}\
h1{font-size:1.5rem}\
h2{font-size:1.15rem;margin-top:2rem;border-top:1px solid #ccc;padding-top:1rem}\
table{border-collapse:collapse;width:100%}\
th,td{text-align:left;vertical-align:top;padding:.25rem .75rem .25rem 0;border-bottom:1px solid #eee}\
th{width:14rem;font-weight:600}\
img{max-width:14rem;max-height:14rem;border:1px solid #ccc}\
.SUCCESS{color:#176d2c}.DECLINED,.FAILED{color:#a11}.OPERATOR_REQUIRED{color:#8a5a00}";

/// A best shot embedded in the report.
pub(crate) struct EmbeddedImage {
    /// ID of the analysis that selected it.
    pub(crate) analysis: String,
    /// ID of the source media.
    pub(crate) media: String,
    /// The image.
    pub(crate) jpeg: Vec<u8>,
}

/// Renders the report of a folder, dated `now`.
pub(crate) fn page(folder: &FolderDto, images: &[EmbeddedImage], now: Timestamp) -> String {
    let mut html = Html::begin(&format!("Report of folder {}", folder.folder_id), STYLE);
    html.element("h1", "Report");

    html.open("table");
    html.row("Folder", &folder.folder_id);
    html.row("Created", &time(Some(folder.time_created)));
    html.verdict_row("Automatic outcome", folder.system_resolution);
    if let Some(status) = folder.operator_status {
        html.verdict_row("Operator decision", status);
    }
    html.row("State", folder.resolution_status);
    html.row("Report generated", &now.to_string());
    attributes(&mut html, &folder.meta_data);
    html.close("table");

    for analysis in &folder.analyses {
        show_analysis(&mut html, analysis, images);
    }
    show_media(&mut html, folder);
    html.end()
}

fn show_analysis(html: &mut Html, analysis: &AnalysisDto, images: &[EmbeddedImage]) {
    html.element("h2", &format!("{} {}", analysis.r#type, analysis.analyse_id));
    html.open("table");
    html.verdict_row("Outcome", analysis.resolution_status);
    html.verdict_row("Automatic outcome", analysis.system_resolution);
    html.row("Started", &time(Some(analysis.time_created)));
    html.row("Finished", &time(analysis.time_finished));
    let texts = [
        ("Error", &analysis.error_message),
        ("Operator decision", &analysis.operator_status.map(str::to_owned)),
        ("Comment", &analysis.operator_comment),
    ];
    for (name, text) in texts {
        text.iter().for_each(|text| html.row(name, text));
    }
    html.row("Parameters", &analysis.confs.to_string());
    analysis.results_data.iter().for_each(|scores| html.row("Scores", &scores_text(scores)));
    attributes(html, &analysis.meta_data);
    html.close("table");

    for result in &analysis.results_media {
        show_result(html, result, images);
    }
}

fn show_result(html: &mut Html, result: &MediaResultDto, images: &[EmbeddedImage]) {
    html.open("table");
    html.row("Media", &result.source_media_id);
    result.results_data.iter().for_each(|scores| html.row("Scores", &scores_text(scores)));

    let details = &result.details;
    details.verdict.iter().for_each(|verdict| html.row("Presentation", verdict));
    details.reasons.iter().for_each(|reason| html.row("Reason", reason));
    details.quality.iter().for_each(|quality| html.row("Quality of the best shot", &quality.to_string()));
    for person in &result.collection_persons {
        html.row("Person", &format!("{} ({}, {:.4})", person.person_id, person.decision, person.confidence));
    }

    for image in images {
        if image.analysis == result.analyse_id && image.media == result.source_media_id {
            html.image_row("Best shot", &BASE64_STANDARD.encode(&image.jpeg));
        }
    }
    html.close("table");
}

fn show_media(html: &mut Html, folder: &FolderDto) {
    html.element("h2", "Media");
    html.open("table");
    for media in &folder.media {
        let text = format!("{} · {} · {}", media.media_type, media.original_name, media.tags.join(", "));
        html.row(&media.media_id, &text);
    }
    html.close("table");
}

fn attributes(html: &mut Html, attributes: &Map<String, Value>) {
    for (key, value) in attributes {
        match value {
            Value::String(text) => html.row(key, text),
            other => html.row(key, &other.to_string()),
        }
    }
}

fn scores_text(scores: &ScoresDto) -> String {
    match scores {
        ScoresDto::Comparison { max_confidence, min_confidence } => {
            format!("lowest {min_confidence:.4}, highest {max_confidence:.4}")
        }
        ScoresDto::Liveness { confidence_spoofing }
        | ScoresDto::LegacyLiveness { confidence_spoofing, .. } => {
            format!("attack {confidence_spoofing:.4} (0 is bona fide)")
        }
        ScoresDto::Custom(results) => Value::Object(results.clone()).to_string(),
    }
}

fn time(seconds: Option<f64>) -> String {
    seconds.map_or_else(|| "not yet".into(), |s| Timestamp::from_micros((s * 1e6).round() as i64).to_string())
}
