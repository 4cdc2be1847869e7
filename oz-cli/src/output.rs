//! Output of results: one document per input.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use crate::report::FailureReport;
use oz::{Error, Result};
use serde::Serialize;

use super::Answered;

/// Runs `process` on each input. An input error is reported and does not stop the remaining inputs.
pub(crate) fn for_each(
    inputs: &[PathBuf],
    json: bool,
    mut process: impl FnMut(&Path, &str) -> Result<()>,
) -> Result<Answered> {
    let mut answered = Answered::All;
    for path in inputs {
        let name = path.display().to_string();
        match process(path, &name) {
            Ok(()) => {}
            Err(error) if error.is_input() => {
                answered = Answered::NotAll;
                report_failure(&name, &error, json)?;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(answered)
}

/// Reports an input error: as a JSON document on standard output with `json`, else as text on standard error.
fn report_failure(name: &str, error: &Error, json: bool) -> Result<()> {
    if json {
        return document(&FailureReport::new(name, error));
    }
    eprintln!("{name}: {} ({})", error.chain(), error.code());
    Ok(())
}

/// Prints one JSON document: indented on a terminal, else on one line.
pub(crate) fn document(value: &impl Serialize) -> Result<()> {
    let stdout = std::io::stdout();
    let mut text =
        if stdout.is_terminal() { serde_json::to_string_pretty(value) } else { serde_json::to_string(value) }
            .expect("reports serialise to JSON");
    text.push('\n');
    write_result("standard output".as_ref(), stdout.lock().write_all(text.as_bytes()))
}

/// Prints text and a line break.
pub(crate) fn text(text: impl std::fmt::Display) -> Result<()> {
    write_result("standard output".as_ref(), writeln!(std::io::stdout().lock(), "{text}"))
}

/// Writes a file.
pub(crate) fn file(path: &Path, bytes: &[u8]) -> Result<()> {
    write_result(path, std::fs::write(path, bytes))
}

fn write_result(path: &Path, result: std::io::Result<()>) -> Result<()> {
    result.map_err(|source| Error::File { action: "write", path: path.into(), source })
}
