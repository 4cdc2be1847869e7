//! Answers for several inputs: one document each.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use crate::report::FailureReport;
use oz::{Error, Result};
use serde::Serialize;

use super::Answered;

/// Runs `answer` on each input. An input that cannot be answered is reported and does not stop the others.
pub(crate) fn for_each(
    inputs: &[PathBuf],
    json: bool,
    mut answer: impl FnMut(&Path, &str) -> Result<()>,
) -> Result<Answered> {
    let mut answered = Answered::All;
    for path in inputs {
        let name = path.display().to_string();
        match answer(path, &name) {
            Ok(()) => {}
            Err(error) if error.is_input() => {
                answered = Answered::NotAll;
                failed(&name, &error, json)?;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(answered)
}

/// Says that an input could not be answered: in the stream of documents for programs, on standard error for people.
fn failed(name: &str, error: &Error, json: bool) -> Result<()> {
    if json {
        return document(&FailureReport::new(name, error));
    }
    eprintln!("{name}: {} ({})", error.chain(), error.code());
    Ok(())
}

/// Prints one JSON document: indented for a person at a terminal, one line for a program.
pub(crate) fn document(value: &impl Serialize) -> Result<()> {
    let stdout = std::io::stdout();
    let mut text =
        if stdout.is_terminal() { serde_json::to_string_pretty(value) } else { serde_json::to_string(value) }
            .expect("reports are plain data");
    text.push('\n');
    written("standard output".as_ref(), stdout.lock().write_all(text.as_bytes()))
}

/// Prints text for people.
pub(crate) fn text(text: impl std::fmt::Display) -> Result<()> {
    written("standard output".as_ref(), writeln!(std::io::stdout().lock(), "{text}"))
}

/// Writes a file.
pub(crate) fn file(path: &Path, bytes: &[u8]) -> Result<()> {
    written(path, std::fs::write(path, bytes))
}

fn written(path: &Path, result: std::io::Result<()>) -> Result<()> {
    result.map_err(|source| Error::File { action: "write", path: path.into(), source })
}
