//! Work file of a run: answers so far, from which an interrupted evaluation continues.
//!
//! JSON lines: a header with the fingerprint of the evaluation, then the answers in order of arrival. Scores
//! have few enough digits to be read back exactly. When a variant is finished its answers, which may contain
//! feature vectors, are replaced by its scores. On Unix the file has mode 0600.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

const SCHEMA: &str = "oz.evaluation-work/1";

/// Outcome of processing one unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome<A> {
    /// Answer of the models.
    Answer(A),
    /// Code of the error.
    Failure(String),
}

impl<A> Outcome<A> {
    /// Code of the error, if processing failed.
    pub(crate) fn failure(&self) -> Option<&str> {
        match self {
            Self::Answer(_) => None,
            Self::Failure(code) => Some(code),
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Line<A, S> {
    Head { schema: String, fingerprint: String },
    Scored { variant: String, scored: S },
    Unit { variant: String, unit: usize, outcome: Outcome<A> },
}

/// Open work file: answers and scores by variant.
pub(crate) struct Work<A, S> {
    path: PathBuf,
    fingerprint: String,
    answers: BTreeMap<String, BTreeMap<usize, Outcome<A>>>,
    scored: BTreeMap<String, S>,
    file: File,
}

impl<A, S> Work<A, S>
where
    A: Clone + Serialize + DeserializeOwned,
    S: Clone + Serialize + DeserializeOwned,
{
    /// Opens or creates a work file; `fresh` discards an existing one.
    ///
    /// # Errors
    /// `config.invalid` when the file belongs to another evaluation or is damaged; `file.unreadable`.
    pub(crate) fn open(path: &Path, fingerprint: &str, fresh: bool) -> Result<Self> {
        let (mut answers, mut scored) = (BTreeMap::new(), BTreeMap::new());
        if !fresh && path.exists() {
            for line in lines(path, fingerprint)? {
                match line {
                    Line::Unit { variant, unit, outcome } => {
                        let of_variant: &mut BTreeMap<_, _> = answers.entry(variant).or_default();
                        of_variant.insert(unit, outcome);
                    }
                    Line::Scored { variant, scored: done } => {
                        scored.insert(variant, done);
                    }
                    Line::Head { .. } => {}
                }
            }
        }

        let file = private(path, true)?;
        let mut work = Self { path: path.into(), fingerprint: fingerprint.into(), answers, scored, file };
        // Rewriting drops a last line that was written only in part when the program was killed.
        work.rewrite()?;
        Ok(work)
    }

    /// Scores of a finished variant.
    pub(crate) fn scored(&self, variant: &str) -> Option<S> {
        self.scored.get(variant).cloned()
    }

    /// Outcome of a unit, if it is processed.
    pub(crate) fn outcome(&self, variant: &str, unit: usize) -> Option<&Outcome<A>> {
        self.answers.get(variant)?.get(&unit)
    }

    /// Records an outcome; it is written to the file before the method returns.
    pub(crate) fn add(&mut self, variant: &str, unit: usize, outcome: Outcome<A>) -> Result<()> {
        let line = Line::<A, S>::Unit { variant: variant.into(), unit, outcome: outcome.clone() };
        self.append(&line)?;
        self.answers.entry(variant.into()).or_default().insert(unit, outcome);
        Ok(())
    }

    /// Replaces the answers of a variant by its scores.
    pub(crate) fn finish(&mut self, variant: &str, scored: S) -> Result<()> {
        self.answers.remove(variant);
        self.scored.insert(variant.into(), scored);
        self.rewrite()
    }

    fn append(&mut self, line: &Line<A, S>) -> Result<()> {
        let mut text = serde_json::to_string(line).expect("answers serialise to JSON");
        text.push('\n');
        self.file.write_all(text.as_bytes()).map_err(|source| cannot("write", &self.path, source))
    }

    /// Writes a new file and renames it over the old one, so that a crash loses nothing.
    fn rewrite(&mut self) -> Result<()> {
        let new = self.path.with_extension("new");
        self.file = private(&new, false)?;
        self.append(&Line::Head { schema: SCHEMA.into(), fingerprint: self.fingerprint.clone() })?;
        for (variant, scored) in self.scored.clone() {
            self.append(&Line::Scored { variant, scored })?;
        }
        for (variant, answers) in self.answers.clone() {
            for (unit, outcome) in answers {
                self.append(&Line::Unit { variant: variant.clone(), unit, outcome })?;
            }
        }

        std::fs::rename(&new, &self.path).map_err(|source| cannot("write", &self.path, source))?;
        self.file = private(&self.path, true)?;
        Ok(())
    }
}

/// Reads all complete lines and checks the header.
fn lines<A: DeserializeOwned, S: DeserializeOwned>(
    path: &Path,
    fingerprint: &str,
) -> Result<Vec<Line<A, S>>> {
    const FOREIGN: &str = "belongs to another evaluation: manifest, files, models, engine or options differ";
    let text = std::fs::read(path).map_err(|source| cannot("read", path, source))?;
    let refused = |problem: &str| {
        let hint = "start over with --fresh or choose another folder";
        Error::config(format!("the work file {} {problem}; {hint}", path.display()))
    };

    let mut lines = Vec::new();
    // A last line without a line feed was written only in part.
    let complete = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    for line in text[..complete].split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let line = serde_json::from_slice(line).map_err(|_| refused("is damaged"))?;
        if lines.is_empty() {
            match &line {
                Line::Head { schema, fingerprint: found } if schema == SCHEMA && found == fingerprint => {}
                Line::Head { .. } => return Err(refused(FOREIGN)),
                _ => return Err(refused("is damaged")),
            }
        }
        lines.push(line);
    }
    Ok(lines)
}

/// Opens a file that only its owner can read (on Unix), to append to it or to replace its content.
fn private(path: &Path, append: bool) -> Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).write(true).append(append).truncate(!append);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|source| cannot("write", path, source))
}

fn cannot(action: &'static str, path: &Path, source: std::io::Error) -> Error {
    Error::file(action, path, source)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Toy = Work<u32, String>;

    fn open(path: &Path) -> Result<Toy> {
        Work::open(path, "one", false)
    }

    #[test]
    fn complete_lines_are_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("work.jsonl");
        let mut work = open(&path).unwrap();
        work.add("a", 3, Outcome::Answer(7)).unwrap();
        work.add("a", 4, Outcome::Failure("media.corrupt".into())).unwrap();
        work.finish("b", "done".into()).unwrap();
        work.add("a", 5, Outcome::Answer(8)).unwrap();
        drop(work);
        // The program is killed while it writes a line.
        OpenOptions::new().append(true).open(&path).unwrap().write_all(b"{\"variant\":\"a\",\"un").unwrap();
        for _ in 0..2 {
            let again = open(&path).unwrap();
            assert_eq!(again.outcome("a", 3), Some(&Outcome::Answer(7)));
            assert_eq!(again.outcome("a", 4), Some(&Outcome::Failure("media.corrupt".into())));
            assert_eq!(again.outcome("a", 5), Some(&Outcome::Answer(8)));
            assert_eq!((again.outcome("a", 6), again.scored("b")), (None, Some("done".into())));
        }
    }

    #[test]
    fn answers_of_a_finished_variant_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("work.jsonl");
        let mut work = open(&path).unwrap();
        work.add("a", 0, Outcome::Answer(424_242)).unwrap();
        assert!(std::fs::read_to_string(&path).unwrap().contains("424242"));
        work.finish("a", "done".into()).unwrap();
        assert!(!std::fs::read_to_string(&path).unwrap().contains("424242"));
    }

    #[test]
    fn foreign_and_damaged_work_files_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("work.jsonl");
        drop(Toy::open(&path, "another", false).unwrap());
        assert_eq!(open(&path).err().unwrap().code(), "config.invalid");
        assert!(Toy::open(&path, "one", true).is_ok(), "a fresh start replaces it");
        std::fs::write(&path, "not JSON\n").unwrap();
        assert_eq!(open(&path).err().unwrap().code(), "config.invalid");
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_has_access() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("work.jsonl");
        drop(open(&path).unwrap());
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o077, 0);
    }
}
