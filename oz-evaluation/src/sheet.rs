//! CSV tables with a header, as written by editors and spreadsheets of any system.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::{Error, Result};

/// Table in which every row has the columns of the header.
#[derive(Debug, Clone)]
pub(crate) struct Sheet {
    path: PathBuf,
    /// Names of the columns, in lower case.
    pub columns: Vec<String>,
    /// Rows, never empty.
    pub rows: Vec<SheetRow>,
}

#[derive(Debug, Clone)]
pub(crate) struct SheetRow {
    /// Line in the file, from 1.
    pub line: u64,
    /// One cell for each column, without surrounding white space.
    pub cells: Vec<String>,
}

impl Sheet {
    /// Reads a CSV file: UTF-8 with or without byte order mark, any line endings, optional quotes.
    ///
    /// # Errors
    /// `file.unreadable`; `input.invalid_table`.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path).map_err(|source| Error::file("read", path, source))?;
        Self::parse(path, &bytes)
    }

    /// Parses the content of a CSV file; `path` is used in messages.
    pub(crate) fn parse(path: &Path, bytes: &[u8]) -> Result<Self> {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);

        let header = reader.headers().map_err(|error| refused(path, &error))?;
        let columns: Vec<String> = header.iter().map(str::to_lowercase).collect();

        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|error| refused(path, &error))?;
            let line = record.position().map_or(0, csv::Position::line);
            rows.push(SheetRow { line, cells: record.iter().map(str::to_owned).collect() });
        }
        Self::new(path, columns, rows)
    }

    /// Table of columns and rows.
    ///
    /// # Errors
    /// `input.invalid_table` for duplicate column names or no rows.
    pub(crate) fn new(path: &Path, columns: Vec<String>, rows: Vec<SheetRow>) -> Result<Self> {
        let sheet = Self { path: path.into(), columns, rows };
        let mut columns = sheet.columns.iter().enumerate();
        if let Some((_, name)) = columns.find(|(at, name)| sheet.columns[..*at].contains(name)) {
            return Err(sheet.invalid(Some(1), format!("duplicate column `{name}`")));
        }
        if sheet.rows.is_empty() {
            return Err(sheet.invalid(None, "no rows below the header"));
        }
        Ok(sheet)
    }

    /// Index of the column with one of these names; earlier names take precedence.
    pub(crate) fn column(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|name| self.columns.iter().position(|column| column == name))
    }

    /// Index of a mandatory column; alternative names as in [`Sheet::column`].
    ///
    /// # Errors
    /// `input.invalid_table`, listing the columns of the table.
    pub(crate) fn required(&self, names: &[&str]) -> Result<usize> {
        self.column(names).ok_or_else(|| {
            let detail = format!("the column `{}` is missing; found: {}", names[0], self.columns.join(", "));
            self.invalid(Some(1), detail)
        })
    }

    /// Keeps the rows that satisfy every filter.
    ///
    /// # Errors
    /// `input.invalid_table` when the column of a filter is missing or no row remains.
    pub(crate) fn filter(mut self, filters: &[Filter]) -> Result<Self> {
        let columns =
            filters.iter().map(|filter| self.required(&[&filter.column])).collect::<Result<Vec<_>>>()?;
        self.rows.retain(|row| filters.iter().zip(&columns).all(|(f, at)| f.holds(&row.cells[*at])));
        if self.rows.is_empty() {
            return Err(self.invalid(None, "no row satisfies the filters (--where)"));
        }
        Ok(self)
    }

    /// Refuses two rows with the same `key`, which would count twice.
    ///
    /// # Errors
    /// `input.invalid_table` with both lines.
    pub(crate) fn refuse_duplicates(&self, key: impl Fn(&SheetRow) -> String) -> Result<()> {
        let mut seen = HashMap::new();
        for row in &self.rows {
            if let Some(line) = seen.insert(key(row), row.line) {
                return Err(self.invalid(Some(row.line), format!("duplicate of line {line}")));
            }
        }
        Ok(())
    }

    /// Error about this table.
    pub(crate) fn invalid(&self, line: Option<u64>, detail: impl Into<String>) -> Error {
        Error::Table { path: self.path.clone(), line, detail: detail.into() }
    }
}

fn refused(path: &Path, error: &csv::Error) -> Error {
    let detail = match error.kind() {
        csv::ErrorKind::Utf8 { .. } => "not UTF-8".to_owned(),
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("{len} cells, but the header has {expected_len}")
        }
        _ => error.to_string(),
    };
    Error::Table { path: path.into(), line: error.position().map(csv::Position::line), detail }
}

/// Condition on one column of a manifest: `set=lfw`, `pair_id=lfw*`, `label!=spoof`.
///
/// `*` matches any text. Column names are case-insensitive, values are not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    column: String,
    pattern: String,
    negated: bool,
}

impl Filter {
    fn holds(&self, cell: &str) -> bool {
        matches(&self.pattern, cell) != self.negated
    }
}

impl std::fmt::Display for Filter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}{}", self.column, if self.negated { "!=" } else { "=" }, self.pattern)
    }
}

impl std::str::FromStr for Filter {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let (column, pattern) = text.split_once('=').ok_or("must be COLUMN=PATTERN or COLUMN!=PATTERN")?;
        let (column, negated) = column.strip_suffix('!').map_or((column, false), |column| (column, true));
        let column = column.trim().to_lowercase();
        if column.is_empty() {
            return Err("the column name is missing".into());
        }
        Ok(Self { column, pattern: pattern.trim().into(), negated })
    }
}

/// Whether `text` matches `pattern`, in which `*` stands for any text.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(head) else { return false };
    let mut parts = rest.split('*').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return text.ends_with(part);
        }
        // The first occurrence leaves most of the text to the remaining parts.
        let Some(at) = text.find(part) else { return false };
        text = &text[at + part.len()..];
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &[u8]) -> Result<Sheet> {
        Sheet::parse("table.csv".as_ref(), text)
    }

    #[test]
    fn byte_order_mark_line_endings_and_quotes_do_not_matter() {
        let plain = parse(b"file,label\na.png,live\nb.png,spoof\n").unwrap();
        for text in [
            &b"\xEF\xBB\xBFfile,label\na.png,live\nb.png,spoof\n"[..],
            b"file,label\r\na.png,live\r\nb.png,spoof",
            b"File , LABEL\n\"a.png\", live\n b.png ,spoof\n\n",
        ] {
            let other = parse(text).unwrap();
            assert_eq!(other.columns, plain.columns);
            let cells = |sheet: &Sheet| sheet.rows.iter().map(|row| row.cells.clone()).collect::<Vec<_>>();
            assert_eq!(cells(&other), cells(&plain));
        }
        assert_eq!(plain.rows[1].line, 3);
        assert_eq!(
            parse(b"file,note\n\"a,b.png\",\"says \"\"no\"\"\"\n").unwrap().rows[0].cells,
            ["a,b.png", "says \"no\""]
        );
    }

    #[test]
    fn invalid_tables_are_refused_with_the_line() {
        for (text, line) in [
            (&b""[..], None),
            (b"file,label\n", None),
            (b"file,file\na,b\n", Some(1)),
            (b"file,label\na.png,live\nb.png\n", Some(3)),
            (b"file,label\na.png,\xFF\xFE\n", Some(2)),
        ] {
            match parse(text).unwrap_err() {
                Error::Table { line: found, .. } => {
                    assert_eq!(found, line, "{}", String::from_utf8_lossy(text));
                }
                other => panic!("{other}"),
            }
        }
    }

    #[test]
    fn filters_select_rows() {
        let sheet = parse(b"pair_id,set\nlfw1,a\nlfw2,b\ndf1,b\n").unwrap();
        let count = |filters: &[&str]| {
            let filters: Vec<Filter> = filters.iter().map(|text| text.parse().unwrap()).collect();
            sheet.clone().filter(&filters).map(|sheet| sheet.rows.len())
        };
        assert_eq!(count(&["pair_id=lfw*"]).unwrap(), 2);
        assert_eq!(count(&["pair_id=lfw*", "SET=b"]).unwrap(), 1);
        assert_eq!(count(&["set!=b"]).unwrap(), 1);
        assert_eq!(count(&["set=c"]).unwrap_err().code(), "input.invalid_table");
        assert_eq!(count(&["colour=red"]).unwrap_err().code(), "input.invalid_table");
        assert!("set".parse::<Filter>().is_err() && "=x".parse::<Filter>().is_err());
    }

    #[test]
    fn a_star_matches_any_text() {
        for (pattern, text, expected) in [
            ("a*", "abc", true),
            ("*c", "abc", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c", false),
            ("*", "", true),
            ("a", "ab", false),
            ("ab*ba", "aba", false),
            ("**", "x", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn arbitrary_bytes_are_read_or_refused() {
        // Fuzzing with fragments of tables in random order: must not panic.
        let pieces: [&[u8]; 9] =
            [b"file", b",", b"\n", b"\r\n", b"\"", b"\xEF\xBB\xBF", b"\xFF", b" ", b"*="];
        let mut random = oz::core::evaluation::SplitMix64::new(3);
        for _ in 0..20_000 {
            let count = random.below(14);
            let text: Vec<u8> =
                (0..count).flat_map(|_| pieces[random.below(pieces.len())]).copied().collect();
            if let Ok(sheet) = parse(&text) {
                assert!(sheet.rows.iter().all(|row| row.cells.len() == sheet.columns.len()));
            }
        }
    }
}
