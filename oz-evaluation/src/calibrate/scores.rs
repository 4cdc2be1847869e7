//! Scores from the `scores.csv` of an evaluation.

use std::collections::BTreeMap;

use oz::core::evaluation::{PadTrial, PadTrials, Trial, Trials};

use super::source::Subject;
use crate::Result;
use crate::pad::PadScoreKind;
use crate::sheet::{Sheet, SheetRow};

/// Similarities of a verification, by model and engine; `only` selects a variant.
pub(super) fn comparisons(sheet: &Sheet, only: Option<&str>) -> Result<Vec<(Subject, Trials)>> {
    let (score, same) = (sheet.required(&["similarity"])?, sheet.required(&["same"])?);
    let trial = |row: &SheetRow| {
        let target = match row.cells[same].as_str() {
            "1" => true,
            "0" => false,
            other => return Err(sheet.invalid(Some(row.line), format!("`{other}` must be 1 or 0"))),
        };
        let score = number(sheet, row, score)?;
        Ok(score.map(|score| Trial { score, target, groups: [0, 0] }))
    };
    let subjects = subjects(sheet, only, trial)?;
    subjects.into_iter().map(|(subject, trials)| Ok((subject, Trials::new(trials)?))).collect()
}

/// Scores of a PAD evaluation, by model and engine; `only` selects a variant.
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
            other => {
                let detail = format!("the label `{other}` must be bona_fide or attack");
                return Err(sheet.invalid(Some(row.line), detail));
            }
        };
        Ok(number(sheet, row, score)?.map(|score| PadTrial { score, species, group: 0 }))
    };

    subjects(sheet, only, trial)?
        .into_iter()
        .map(|(mut subject, trials)| {
            if kind == PadScoreKind::Liveness {
                subject.model = kind.name().into();
            }
            Ok((subject, PadTrials::new(&trials)?))
        })
        .collect()
}

/// Score in a cell; `None` for an empty cell, which marks a failure.
fn number(sheet: &Sheet, row: &SheetRow, column: usize) -> Result<Option<f64>> {
    let cell = &row.cells[column];
    if cell.is_empty() {
        return Ok(None);
    }
    let value = cell.parse::<f64>().ok().filter(|value| value.is_finite());
    value.map(Some).ok_or_else(|| sheet.invalid(Some(row.line), format!("`{cell}` must be a finite number")))
}

/// Trials by model and engine. Several variants of one model are refused, since they would give it several
/// calibrations.
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
            let detail = format!("`{known}` and `{name}` are variants of one model; select one with --only");
            return Err(sheet.invalid(Some(row.line), detail));
        }
        trials.extend(trial(row)?);
    }

    if let (Some(only), true) = (only, found.is_empty()) {
        return Err(sheet.invalid(None, format!("unknown variant `{only}`")));
    }
    let mut models: Vec<&str> = found.keys().map(|subject| subject.model.as_str()).collect();
    models.dedup();
    if models.len() < found.len() {
        let detail = "a model was evaluated on several engines; select a variant with --only";
        return Err(sheet.invalid(None, detail));
    }
    Ok(found.into_iter().map(|(subject, (_, trials))| (subject, trials)).collect())
}
