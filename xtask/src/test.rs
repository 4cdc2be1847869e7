//! All tests of the workspace, and what they need.

use crate::report::Report;
use crate::run::{built, cargo, command, step, step_by_lines};

/// Builds all tests, has the `oz` program that was built with them get the engine libraries, then runs the tests: one
/// profile, one set of features, nothing built twice.
pub(crate) fn run(report: &mut Report, arguments: &[&str]) {
    let built = step(report, "build the tests", &mut cargo(&["test", "--workspace", "--no-run"]));
    if !built {
        return;
    }
    install_engines(report);
    if std::env::var_os("OZ_EVAL_DATA").is_none() {
        report.left_out.push("accuracy on real media: OZ_EVAL_DATA names no folder".into());
    }
    let all = [&["test", "--workspace", "--no-fail-fast"], arguments].concat();
    let mut command = cargo(&all);
    step_by_lines(report, "test", &mut command, |report, line| {
        report.tally.add_line(line);
        if let Some(name) = skipped(line).or_else(|| left_out(line)) {
            report.left_out.push(name);
        }
    });
}

/// Gets the native engine's library with `oz engines install`. Without pip that cannot be done: then the tests of that
/// engine are left out, and the summary says so. Any other failure is one.
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
        report
            .left_out
            .push("tests of the engine `onnx`: its library is fetched by pip, and there is no pip".into());
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

/// The name of an ignored test and the reason given: `test name ... ignored, reason`. Doc tests marked `no_run` or
/// `ignore` are told by their line numbers, so they are named as well.
fn skipped(line: &str) -> Option<String> {
    let (name, outcome) = line.strip_prefix("test ")?.split_once(" ... ")?;
    let reason = outcome.strip_prefix("ignored")?.trim_start_matches(", ");
    Some(if reason.is_empty() { format!("test {name}") } else { format!("test {name}: {reason}") })
}

/// What a test says that lacks something: `left out: what: why`, also behind `test name ... ` of the runner.
fn left_out(line: &str) -> Option<String> {
    line.split_once("left out: ").map(|(_, what)| what.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tests_leave_out_by_themselves_is_told() {
        assert_eq!(left_out("left out: s3: moto is not installed"), Some("s3: moto is not installed".into()));
        assert_eq!(left_out("test fast ... ok"), None);
    }

    #[test]
    fn ignored_tests_are_told_by_name_and_reason() {
        assert_eq!(skipped("test slow ... ignored, needs a GPU"), Some("test slow: needs a GPU".into()));
        assert_eq!(skipped("test slow ... ignored"), Some("test slow".into()));
        assert_eq!(skipped("test fast ... ok"), None);
        assert_eq!(skipped("test result: ok. 1 passed; 0 failed; 0 ignored"), None);
    }
}
