//! The work file: what was answered so far, so that an evaluation that was interrupted goes on where it stopped.
//!
//! One JSON document a line. The first line tells which evaluation it is; then come answers in the order in which they were
//! given. Numbers in answers have few enough digits to be read back exactly. When a variant is done its answers, which may hold feature vectors, give way to its scores. On Unix only the owner
//! may read the file.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::{Error, Result};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

const SCHEMA: &str = "oz.evaluation-work/1";

/// What became of one unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome<A> {
    /// The models' answer.
    Answer(A),
    /// Why there is none: an error code.
    Failure(String),
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Line<A, S> {
    Head { schema: String, fingerprint: String },
    Scored { variant: String, scored: S },
    Unit { variant: String, unit: usize, outcome: Outcome<A> },
}

/// Answers and scores by variant.
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
    /// Opens or begins a work file.
    ///
    /// # Errors
    /// `config.invalid` when the file is of another evaluation or damaged; `file.unreadable`.
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
        // Writing all of it anew drops a line that was torn when the program was stopped.
        work.rewrite()?;
        Ok(work)
    }

    /// The scores of a variant, once it is done.
    pub(crate) fn scored(&self, variant: &str) -> Option<S> {
        self.scored.get(variant).cloned()
    }

    /// What became of a unit.
    pub(crate) fn outcome(&self, variant: &str, unit: usize) -> Option<&Outcome<A>> {
        self.answers.get(variant)?.get(&unit)
    }

    /// Takes note of an outcome; it is in the file when this returns.
    pub(crate) fn add(&mut self, variant: &str, unit: usize, outcome: Outcome<A>) -> Result<()> {
        let line = Line::<A, S>::Unit { variant: variant.into(), unit, outcome: outcome.clone() };
        self.append(&line)?;
        self.answers.entry(variant.into()).or_default().insert(unit, outcome);
        Ok(())
    }

    /// Replaces a variant's answers by its scores.
    pub(crate) fn finish(&mut self, variant: &str, scored: S) -> Result<()> {
        self.answers.remove(variant);
        self.scored.insert(variant.into(), scored);
        self.rewrite()
    }

    fn append(&mut self, line: &Line<A, S>) -> Result<()> {
        let mut text = serde_json::to_string(line).expect("answers are plain data");
        text.push('\n');
        self.file.write_all(text.as_bytes()).map_err(|source| cannot("write", &self.path, source))
    }

    /// Writes all of it beside the file and puts that in its place, so that being stopped loses nothing.
    fn rewrite(&mut self) -> Result<()> {
        let beside = self.path.with_extension("new");
        self.file = private(&beside, false)?;
        self.append(&Line::Head { schema: SCHEMA.into(), fingerprint: self.fingerprint.clone() })?;
        for (variant, scored) in self.scored.clone() {
            self.append(&Line::Scored { variant, scored })?;
        }
        for (variant, answers) in self.answers.clone() {
            for (unit, outcome) in answers {
                self.append(&Line::Unit { variant: variant.clone(), unit, outcome })?;
            }
        }
        std::fs::rename(&beside, &self.path).map_err(|source| cannot("write", &self.path, source))?;
        self.file = private(&self.path, true)?;
        Ok(())
    }
}

fn lines<A: DeserializeOwned, S: DeserializeOwned>(
    path: &Path,
    fingerprint: &str,
) -> Result<Vec<Line<A, S>>> {
    let text = std::fs::read(path).map_err(|source| cannot("read", path, source))?;
    let refused = |why: &str| {
        Error::config(format!("{} {why}; use --fresh to start over, or another folder", path.display()))
    };
    let mut lines = Vec::new();
    // Without the line feed at its end a line was not written in full.
    let complete = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    for line in text[..complete].split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let line = serde_json::from_slice(line).map_err(|_| refused("is damaged"))?;
        match (&line, lines.is_empty()) {
            (Line::Head { schema, fingerprint: found }, true) if schema == SCHEMA && found == fingerprint => {
            }
            (Line::Head { .. }, true) => {
                return Err(refused(
                    "belongs to another evaluation: manifest, files, models, engine or options differ",
                ));
            }
            (_, true) => return Err(refused("is damaged")),
            _ => {}
        }
        lines.push(line);
    }
    Ok(lines)
}

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

    fn opened(path: &Path) -> Result<Toy> {
        Work::open(path, "one", false)
    }

    #[test]
    fn what_was_answered_is_there_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("work.jsonl");
        let mut work = opened(&path).unwrap();
        work.add("a", 3, Outcome::Answer(7)).unwrap();
        work.add("a", 4, Outcome::Failure("media.corrupt".into())).unwrap();
        work.finish("b", "done".into()).unwrap();
        work.add("a", 5, Outcome::Answer(8)).unwrap();
        drop(work);
        // The program is killed while it writes a line.
        OpenOptions::new().append(true).open(&path).unwrap().write_all(b"{\"variant\":\"a\",\"un").unwrap();
        for _ in 0..2 {
            let again = opened(&path).unwrap();
            assert_eq!(again.outcome("a", 3), Some(&Outcome::Answer(7)));
            assert_eq!(again.outcome("a", 4), Some(&Outcome::Failure("media.corrupt".into())));
            assert_eq!(again.outcome("a", 5), Some(&Outcome::Answer(8)));
            assert_eq!((again.outcome("a", 6), again.scored("b")), (None, Some("done".into())));
        }
    }

    #[test]
    fn finished_answers_are_gone_from_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("work.jsonl");
        let mut work = opened(&path).unwrap();
        work.add("a", 0, Outcome::Answer(424_242)).unwrap();
        assert!(std::fs::read_to_string(&path).unwrap().contains("424242"));
        work.finish("a", "done".into()).unwrap();
        assert!(!std::fs::read_to_string(&path).unwrap().contains("424242"));
    }

    #[test]
    fn work_of_another_evaluation_and_damage_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("work.jsonl");
        drop(Toy::open(&path, "another", false).unwrap());
        assert_eq!(opened(&path).err().unwrap().code(), "config.invalid");
        assert!(Toy::open(&path, "one", true).is_ok(), "--fresh begins anew");
        std::fs::write(&path, "not JSON\n").unwrap();
        assert_eq!(opened(&path).err().unwrap().code(), "config.invalid");
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("work.jsonl");
        drop(opened(&path).unwrap());
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o077, 0);
    }
}
