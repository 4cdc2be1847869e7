//! Tables for people.

use std::time::Duration;

use comfy_table::{ContentArrangement, LineStyle, Table, TableStyle};
use oz::core::analysis::ObservedFace;
use oz::{ComparisonDecision, PadVerdict};

/// Lines above, below the header and below; none between the rows.
const STYLE: TableStyle = TableStyle::new()
    .top_border(LineStyle::none().fill('─').junction('─'))
    .header_separator(LineStyle::none().fill('─').junction('─'))
    .bottom_border(LineStyle::none().fill('─').junction('─'));

/// A table with a header.
pub(crate) fn new<const N: usize>(header: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_style(STYLE).set_content_arrangement(ContentArrangement::Dynamic).set_header(header);
    table
}

/// A table with a header of any length.
pub(crate) fn with_header<'a>(header: impl IntoIterator<Item = &'a str>) -> Table {
    let mut table = Table::new();
    table.load_style(STYLE).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(header.into_iter().collect::<Vec<_>>());
    table
}

/// A verdict as a word.
pub(crate) fn verdict(verdict: PadVerdict) -> &'static str {
    match verdict {
        PadVerdict::BonaFide => "bona fide",
        PadVerdict::Attack => "ATTACK",
        PadVerdict::Inconclusive => "inconclusive",
    }
}

/// A decision as a word.
pub(crate) fn decision(decision: ComparisonDecision) -> &'static str {
    match decision {
        ComparisonDecision::Match => "match",
        ComparisonDecision::NonMatch => "no match",
        ComparisonDecision::Inconclusive => "inconclusive",
    }
}

/// Where a face looks, e.g. `yaw +3  pitch -8  roll +0`.
pub(crate) fn pose(face: &ObservedFace) -> String {
    let pose = face.face.pose;
    format!("yaw {:+.0}  pitch {:+.0}  roll {:+.0}", pose.yaw, pose.pitch, pose.roll)
}

/// Size and place of a face, e.g. `94 x 94 at 178, 81`.
pub(crate) fn place(face: &ObservedFace) -> String {
    let found = face.face.detection.bounding_box;
    format!("{:.0} x {:.0} at {:.0}, {:.0}", found.width, found.height, found.x, found.y)
}

/// Seconds, e.g. `2.4 s`.
pub(crate) fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f32())
}
