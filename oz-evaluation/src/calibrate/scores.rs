//! `scores.csv` of an evaluation, read again.

use std::collections::BTreeMap;

use crate::Result;
use oz::core::evaluation::{PadTrial, PadTrials, Trial, Trials};

use super::source::Subject;
use crate::pad::PadScoreKind;
use crate::sheet::{Sheet, SheetRow};

/// Similarities of `oz evaluate verify`.
pub(super) fn comparisons(sheet: &Sheet, only: Option<&str>) -> Result<Vec<(Subject, Trials)>> {
    let (score, same) = (sheet.required(&["similarity"])?, sheet.required(&["same"])?);
    let trial = |row: &SheetRow| {
        let target = match row.cells[same].as_str() {
            "1" => true,
            "0" => false,
            other => return Err(sheet.invalid(Some(row.line), format!("`{other}` is neither 1 nor 0"))),
        };
        let score = number(sheet, row, score)?;
        Ok(score.map(|score| Trial { score, target, groups: [0, 0] }))
    };
    let subjects = subjects(sheet, only, trial)?;
    subjects.into_iter().map(|(subject, trials)| Ok((subject, Trials::new(trials)?))).collect()
}

/// Scores of `oz evaluate pad`.
pub(super) fn presentations(
    sheet: &Sheet,
    only: Option<&str>,
    kind: PadScoreKind,
) -> Result<Vec<(Subject, PadTrials)>> {
    let score = sheet.required(&[kind.name()])?;
    let (label, species) = (sheet.required(&["label"])?, sheet.required(&["species"])?);
    let trial = |row: &SheetRow| {
        let species = match row.cells[label].as_str() {
            "bona_fide" => None,
            "attack" => Some(row.cells[species].clone()),
            other => return Err(sheet.invalid(Some(row.line), format!("`{other}` is no label of ours"))),
        };
        Ok(number(sheet, row, score)?.map(|score| PadTrial { score, species, group: 0 }))
    };
    let subjects = subjects(sheet, only, trial)?;
    subjects
        .into_iter()
        .map(|(mut subject, trials)| {
            if kind == PadScoreKind::Liveness {
                subject.model = kind.name().into();
            }
            Ok((subject, PadTrials::new(&trials)?))
        })
        .collect()
}

/// The score in a cell; none where the cell is empty, as it is for failures.
fn number(sheet: &Sheet, row: &SheetRow, column: usize) -> Result<Option<f64>> {
    let cell = &row.cells[column];
    if cell.is_empty() {
        return Ok(None);
    }
    let value = cell.parse::<f64>().ok().filter(|value| value.is_finite());
    value.map(Some).ok_or_else(|| sheet.invalid(Some(row.line), format!("`{cell}` is no score")))
}

/// Rows by what they are the scores of. Two variants of one model would be two calibrations of one thing.
fn subjects<T>(
    sheet: &Sheet,
    only: Option<&str>,
    trial: impl Fn(&SheetRow) -> Result<Option<T>>,
) -> Result<BTreeMap<Subject, Vec<T>>> {
    let (variant, engine) = (sheet.required(&["variant"])?, sheet.required(&["engine"])?);
    let model = sheet.required(&["model"])?;
    let mut found: BTreeMap<Subject, (String, Vec<T>)> = BTreeMap::new();
    for row in sheet.rows.iter().filter(|row| only.is_none_or(|only| row.cells[variant] == only)) {
        let subject = Subject { model: row.cells[model].clone(), engine: row.cells[engine].clone() };
        let name = &row.cells[variant];
        let (known, trials) = found.entry(subject).or_insert_with(|| (name.clone(), Vec::new()));
        if known != name {
            let detail = format!("`{known}` and `{name}` are variants of one model: choose by --only");
            return Err(sheet.invalid(Some(row.line), detail));
        }
        trials.extend(trial(row)?);
    }
    let mut models: Vec<&str> = found.keys().map(|subject| subject.model.as_str()).collect();
    models.dedup();
    match (only, found.is_empty(), models.len() == found.len()) {
        (Some(only), true, _) => Err(sheet.invalid(None, format!("there is no variant `{only}`"))),
        (_, _, false) => {
            Err(sheet.invalid(None, "one model was evaluated on several engines: choose by --only"))
        }
        _ => Ok(found.into_iter().map(|(subject, (_, trials))| (subject, trials)).collect()),
    }
}
