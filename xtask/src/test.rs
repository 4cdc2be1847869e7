//! Tests of the workspace and their prerequisites.

use crate::report::Report;
use crate::run::{built, cargo, command, step, step_by_lines};

/// Builds all tests, installs ONNX Runtime with the program `oz` of the same build, then runs the tests. One
/// profile and one feature set, so that nothing is built twice.
pub(crate) fn run(report: &mut Report, arguments: &[&str]) {
    let built = step(report, "build the tests", &mut cargo(&["test", "--workspace", "--no-run"]));
    if !built {
        return;
    }

    install_engines(report);
    if std::env::var_os("OZ_EVAL_DATA").is_none() {
        report.skipped.push("accuracy on real media: OZ_EVAL_DATA is not set".into());
    }

    let all = [&["test", "--workspace", "--no-fail-fast"], arguments].concat();
    let mut command = cargo(&all);
    step_by_lines(report, "test", &mut command, |report, line| {
        report.tally.add_line(line);
        if let Some(name) = ignored(line).or_else(|| left_out(line)) {
            report.skipped.push(name);
        }
    });
}

/// Installs ONNX Runtime with `oz engines install`. A failure for lack of pip only skips the tests of that
/// engine; any other failure fails the run.
fn install_engines(report: &mut Report) {
    let name = "oz engines install";
    let succeeded = match built("oz") {
        Some(program) => step(report, name, &mut command(program, &["engines", "install"])),
        None => step(
            report,
            name,
            &mut cargo(&["run", "--quiet", "--package", "oz-cli", "--", "engines", "install"]),
        ),
    };
    if !succeeded && !has_pip() {
        report.failed.retain(|step| step != name);
        report.skipped.push("tests of the engine `onnx`: its installation requires pip".into());
    }
}

fn has_pip() -> bool {
    let runs = |program, arguments: &[&str]| {
        command(program, arguments).output().is_ok_and(|out| out.status.success())
    };
    runs("pip", &["--version"])
        || runs("pip3", &["--version"])
        || runs("python3", &["-m", "pip", "--version"])
}

/// Name of an ignored test and its reason: `test NAME ... ignored, REASON`. Doc tests marked `ignore` are
/// included.
fn ignored(line: &str) -> Option<String> {
    let (name, outcome) = line.strip_prefix("test ")?.split_once(" ... ")?;
    let reason = outcome.strip_prefix("ignored")?.trim_start_matches(", ");
    Some(if reason.is_empty() { format!("test {name}") } else { format!("test {name}: {reason}") })
}

/// Message of a test that skipped a part: `left out: PART: REASON`, possibly after `test NAME ... `.
fn left_out(line: &str) -> Option<String> {
    line.split_once("left out: ").map(|(_, what)| what.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_of_skipped_parts_are_recognised() {
        assert_eq!(left_out("left out: s3: moto is not installed"), Some("s3: moto is not installed".into()));
        assert_eq!(left_out("test fast ... ok"), None);
    }

    #[test]
    fn ignored_tests_are_recognised_with_their_reason() {
        assert_eq!(ignored("test slow ... ignored, needs a GPU"), Some("test slow: needs a GPU".into()));
        assert_eq!(ignored("test slow ... ignored"), Some("test slow".into()));
        assert_eq!(ignored("test fast ... ok"), None);
        assert_eq!(ignored("test result: ok. 1 passed; 0 failed; 0 ignored"), None);
    }
}
