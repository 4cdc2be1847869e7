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
            Err(error) if is_closed_pipe(&error) => return Err(error),
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
    message(format_args!("{name}: {} ({})", error.chain(), error.code()));
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

/// Prints bytes.
pub(crate) fn bytes(bytes: &[u8]) -> Result<()> {
    write_result("standard output".as_ref(), std::io::stdout().lock().write_all(bytes))
}

/// Prints a message on standard error. If that is closed or full, the message is lost: the work that it
/// reports is done.
pub(crate) fn message(text: impl std::fmt::Display) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// Whether the reader of standard output has ended, as in `oz models list | head -1`.
pub(crate) fn is_closed_pipe(error: &Error) -> bool {
    matches!(error, Error::File { source, .. } if source.kind() == std::io::ErrorKind::BrokenPipe)
}

/// Ensures that an output file is none of the inputs, by any name or link.
pub(crate) fn ensure_not_an_input(option: &str, output: &Path, inputs: &[PathBuf]) -> Result<()> {
    let Ok(target) = output.canonicalize() else { return Ok(()) };
    if inputs.iter().any(|input| input.canonicalize().is_ok_and(|input| input == target)) {
        return Err(Error::Config { detail: format!("{option}: {} is an input", output.display()) });
    }
    Ok(())
}

/// Writes a file.
pub(crate) fn file(path: &Path, bytes: &[u8]) -> Result<()> {
    write_result(path, std::fs::write(path, bytes))
}

fn write_result(path: &Path, result: std::io::Result<()>) -> Result<()> {
    result.map_err(|source| Error::File { action: "write", path: path.into(), source })
}
