//! Report as text.

use std::fmt;

use oz::core::inference::Precision;

use super::agreement::{Agreement, AgreementVerdict};
use super::report::{BenchReport, EngineSetup, Failure};

impl fmt::Display for BenchReport {
    /// Machine and versions, a table per kind of row, and the errors of failed rows.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_heading(self, f)?;
        if !self.models.is_empty() {
            write_table(f, &models(self))?;
        }
        if !self.pipelines.is_empty() {
            write_table(f, &pipelines(self))?;
        }
        write_errors(self, f)
    }
}

fn write_heading(report: &BenchReport, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let machine = &report.machine;
    let cpu = machine.cpu.as_deref().unwrap_or("unknown processor");
    write!(f, "oz {} ({} build) on {cpu}, {} cores", report.oz, report.build, machine.cores)?;
    for gpu in &machine.gpus {
        write!(f, ", {gpu}")?;
    }
    writeln!(f, ", {} {}", machine.os, machine.arch)?;

    for engine in &report.engines {
        writeln!(f, "{} {}: {}", engine.engine, engine.version, engine.detail)?;
    }
    for left_out in &report.left_out {
        writeln!(f, "{} left out: {}", left_out.engine, left_out.error.message)?;
    }
    let EngineSetup { engine, device, threads } = &report.reference;
    let precision = if report.precision == Precision::F16 { "f16" } else { "f32" };
    writeln!(f, "reference: {engine} on {device}, threads: {threads}; precision {precision}")
}

fn models(report: &BenchReport) -> Vec<Vec<String>> {
    let header = ["model", "batch", "engine", "device", "threads", "median ms", "p95 ms", "inputs/s"];
    let rows = report.models.iter().map(|row| {
        let own = [row.model.to_string(), row.batch.to_string()];
        let times = row.outcome.measured().map(|times| {
            let times_ms = [times.median_ms, times.p95_ms].map(|time| format!("{time:.2}"));
            let throughput = format!("{:.1}", times.inputs_per_second);
            ([&times_ms[..], &[throughput]].concat(), times.speed_ratio, times.agreement.as_ref())
        });
        row_of(&own, &row.setup, times, row.outcome.error(), is_reference(report, &row.setup), 3)
    });
    with_header(&header, rows)
}

fn pipelines(report: &BenchReport) -> Vec<Vec<String>> {
    let header = [
        "engine",
        "device",
        "threads",
        "decode ms",
        "detect ms",
        "mesh ms",
        "embed ms",
        "median ms",
        "p95 ms",
    ];
    let rows = report.pipelines.iter().map(|row| {
        let times = row.outcome.measured().map(|times| {
            let stages = ["decode", "detect", "mesh", "embed"].map(|stage| times.stages_ms[stage]);
            let all = stages.into_iter().chain([times.pipeline_ms, times.p95_ms]);
            let cells = all.map(|time| format!("{time:.2}")).collect();
            (cells, times.speed_ratio, times.agreement.as_ref())
        });
        row_of(&[], &row.setup, times, row.outcome.error(), is_reference(report, &row.setup), 6)
    });
    with_header(&header, rows)
}

fn is_reference(report: &BenchReport, setup: &EngineSetup) -> bool {
    report.reference == *setup
}

/// Cells of a row: the leading ones, the combination, `columns` times, and the comparison.
fn row_of(
    leading: &[String],
    setup: &EngineSetup,
    times: Option<(Vec<String>, Option<f64>, Option<&Agreement>)>,
    error: Option<&Failure>,
    is_reference: bool,
    columns: usize,
) -> Vec<String> {
    let mut cells = leading.to_vec();
    cells.extend([setup.engine.clone(), setup.device.clone(), setup.threads.to_string()]);
    let Some((times, ratio, agreement)) = times else {
        cells.extend(vec!["-".into(); columns + 2]);
        cells.push(error.map_or_else(String::new, |error| format!("failed: {}", error.code)));
        return cells;
    };

    cells.extend(times);
    cells.push(ratio.map_or("-".into(), |ratio| format!("x {ratio:.2}")));
    let difference = agreement.and_then(|agreement| agreement.max_relative);
    cells.push(match difference {
        None => "-".into(),
        Some(0.0) => "0".into(),
        Some(difference) => format!("{difference:.1e}"),
    });
    cells.push(match agreement.map(|agreement| agreement.verdict) {
        Some(AgreementVerdict::Agrees) => "agrees".into(),
        Some(AgreementVerdict::Differs) => "DIFFERS".into(),
        None if is_reference => "reference".into(),
        None => "not compared".into(),
    });
    cells
}

fn with_header(header: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Vec<Vec<String>> {
    let comparison = ["speed", "difference", "outputs"];
    let header = header.iter().chain(&comparison).map(|title| (*title).to_owned()).collect();
    std::iter::once(header).chain(rows).collect()
}

/// Writes aligned columns: numbers to the right, everything else to the left.
fn write_table(f: &mut fmt::Formatter<'_>, rows: &[Vec<String>]) -> fmt::Result {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let is_number = |cell: &str| cell.starts_with(|c: char| c.is_ascii_digit()) || cell.starts_with("x ");
    let widths: Vec<_> = (0..columns).map(width).collect();
    let right: Vec<_> =
        (0..columns).map(|column| rows[1..].iter().any(|row| is_number(&row[column]))).collect();

    writeln!(f)?;
    for row in rows {
        let cells = row.iter().enumerate().map(|(column, cell)| {
            let width = widths[column];
            if right[column] { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
        });
        let line = cells.collect::<Vec<_>>().join("  ");
        writeln!(f, "{}", line.trim_end())?;
    }
    Ok(())
}

/// Each distinct error of the failed rows once.
fn write_errors(report: &BenchReport, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let models = report.models.iter().map(|row| (&row.setup, row.outcome.error()));
    let pipelines = report.pipelines.iter().map(|row| (&row.setup, row.outcome.error()));
    let mut lines: Vec<String> = Vec::new();
    for (setup, error) in models.chain(pipelines) {
        let Some(error) = error else { continue };
        let line = format!("{} on {}: {} ({})", setup.engine, setup.device, error.message, error.code);
        if !lines.contains(&line) {
            lines.push(line);
        }
    }

    if !lines.is_empty() {
        writeln!(f)?;
    }
    lines.iter().try_for_each(|line| writeln!(f, "{line}"))
}
