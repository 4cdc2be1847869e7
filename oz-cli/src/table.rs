//! Tables for people.

use std::fmt;
use std::io::IsTerminal;
use std::time::Duration;

use comfy_table::{Cell, ContentArrangement, LineStyle, Row, TableStyle};
use oz::core::analysis::ObservedFace;
use oz::{ComparisonDecision, PadVerdict};

/// Lines above, below the header and below; none between the rows.
const STYLE: TableStyle = TableStyle::new()
    .top_border(LineStyle::none().fill(LINE).junction(LINE))
    .header_separator(LineStyle::none().fill(LINE).junction(LINE))
    .bottom_border(LineStyle::none().fill(LINE).junction(LINE));
const LINE: char = '─';
/// Maximum length of the lines of [`STYLE`] where the width is not limited.
const MAX_LINE: usize = 100;
/// Spaces between the texts of two columns.
const SPACING: usize = 3;
/// Variable with the width of tables in characters.
const COLUMNS: &str = "COLUMNS";

/// A table with a header. It is as wide as its content, but at most as wide as the terminal or the variable
/// `COLUMNS`: then the columns with the longest texts wrap, and where
/// that would break words, each cell is on a line of its own. No line ends with spaces.
#[derive(Debug)]
pub(crate) struct Table(comfy_table::Table);

impl Table {
    /// Adds a row with one text per column.
    pub(crate) fn add_row(&mut self, row: impl Into<Row>) {
        self.0.add_row(row);
    }

    /// Text of the table in at most `width` characters; `None` for no limit.
    fn render(&self, width: Option<u16>) -> String {
        match width {
            Some(width) if self.is_list() && self.narrowest() > width.into() => {
                self.records().render(Some(width))
            }
            _ => self.lines(width),
        }
    }

    /// Whether the rows are items with several properties, rather than one property each.
    fn is_list(&self) -> bool {
        self.0.header().is_some_and(|header| header.cell_count() > 2)
    }

    /// Width in characters below which words are broken.
    fn narrowest(&self) -> usize {
        let columns = self.0.column_iter().map(|column| {
            let cells = self.0.column_cells_with_header_iter(column.index);
            let words =
                cells.flatten().flat_map(|cell| cell.content().split_whitespace().map(width_of).max());
            words.max().unwrap_or(0) + SPACING
        });
        columns.sum()
    }

    /// The same content with one line per cell that is not empty, named by the header of its column, and an
    /// empty line after each row.
    fn records(&self) -> Self {
        let names: Vec<String> =
            self.0.header().into_iter().flat_map(Row::cell_iter).map(Cell::content).collect();
        let mut table = comfy_table::Table::new();
        table.load_style(STYLE);
        for (index, row) in self.0.row_iter().enumerate() {
            if index > 0 {
                table.add_row([""]);
            }
            for (name, cell) in
                names.iter().zip(row.cell_iter()).filter(|(_, cell)| !cell.content().is_empty())
            {
                table.add_row([name.clone(), cell.content()]);
            }
        }
        Self(table)
    }

    fn lines(&self, width: Option<u16>) -> String {
        let mut table = self.0.clone();
        match width {
            Some(width) => table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width),
            None => table.set_content_arrangement(ContentArrangement::Disabled),
        };

        let longest = if width.is_some() { usize::MAX } else { MAX_LINE };
        let lines = table.lines().map(|line| {
            let is_rule = line.chars().all(|letter| letter == LINE);
            if is_rule { line.chars().take(longest).collect() } else { line.trim_end().to_owned() }
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(width()))
    }
}

/// Maximum width of a table in characters: the variable, else the width of the terminal. `None` for output to
/// a file or a pipe.
fn width() -> Option<u16> {
    let set = std::env::var(COLUMNS).ok().and_then(|columns| columns.parse().ok());
    set.filter(|&columns| columns > 0).or_else(|| {
        let is_terminal = std::io::stdout().is_terminal();
        is_terminal.then(|| comfy_table::Table::new().width()).flatten()
    })
}

fn width_of(word: &str) -> usize {
    word.chars().count()
}

/// A table with a header.
pub(crate) fn new<const N: usize>(header: [&str; N]) -> Table {
    with_header(header)
}

/// A table with a header of any length.
pub(crate) fn with_header<'a>(header: impl IntoIterator<Item = &'a str>) -> Table {
    let mut table = comfy_table::Table::new();
    table.load_style(STYLE).set_header(header.into_iter().collect::<Vec<_>>());
    Table(table)
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

#[cfg(test)]
mod tests {
    use super::*;

    const REASON: &str = "the frames repeat after 2.4 s, and no PAD model judged the appearance: a good recording on \
                          a screen cannot be ruled out; the head turned too little to show its depth";

    fn table() -> Table {
        let mut rows = new(["presentation", "verdict", "score", "reasons"]);
        rows.add_row(["portrait.png", "bona fide", "0.99", "the PAD model gives 1.00"]);
        rows.add_row(["a video from a screen.mp4", "ATTACK", "0.02", REASON]);
        rows
    }

    fn words(text: &str) -> Vec<&str> {
        let mut words: Vec<_> = text.split_whitespace().filter(|word| !word.starts_with(LINE)).collect();
        words.sort_unstable();
        words
    }

    #[test]
    fn a_table_fits_its_width_and_keeps_its_text() {
        let unlimited = table().render(None);
        for width in [40, 80, 200] {
            let text = table().render(Some(width));
            for line in text.lines() {
                assert!(line.chars().count() <= width.into(), "{width}: {line}");
                assert_eq!(line, line.trim_end(), "{width}");
            }
            for word in words(&unlimited) {
                assert!(words(&text).contains(&word), "{width}: {word} in\n{text}");
            }
        }
    }

    #[test]
    fn the_column_with_the_longest_text_wraps_and_the_others_do_not() {
        let text = table().render(Some(80));
        for cell in ["a video from a screen.mp4", "bona fide", "ATTACK", "0.02"] {
            assert!(text.contains(cell), "{text}");
        }
        assert!(!text.contains(REASON));
        assert_eq!(words(&text), words(&table().render(None)), "no word is broken");
    }

    #[test]
    fn a_narrow_table_has_a_line_per_cell() {
        let mut rows = new(["face", "position", "quality", "advice"]);
        rows.add_row(["1", "94 x 94 at 178, 81", "94", ""]);
        rows.add_row(["2", "12 x 12 at 8, 9", "7", "come closer to the camera"]);
        let text = rows.render(Some(24));
        let expected = [
            " face       1",
            " position   94 x 94 at",
            "            178, 81",
            " quality    94",
            "",
            " face       2",
        ];
        assert_eq!(text.lines().skip(1).take(6).collect::<Vec<_>>(), expected, "{text}");
    }

    #[test]
    fn without_a_limit_each_row_is_one_line_and_nothing_is_padded_to_the_longest() {
        let text = table().render(None);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 6, "{text}");
        assert!(lines[4].ends_with(REASON));
        for line in lines {
            assert_eq!(line, line.trim_end());
            assert!(line.contains(REASON) || line.chars().count() <= MAX_LINE, "{line}");
        }
    }
}
