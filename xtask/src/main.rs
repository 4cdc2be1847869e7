//! Tasks of the project, without dependencies so that they are built in a moment.
//!
//! - `cargo xtask test [-- ARGS]` gets what the tests need, runs all of them and says what was left out. `ARGS` go to
//!   `cargo test`.
//! - `cargo xtask package [--verify]` packages everything that is published and checks manifests and sizes; with
//!   `--verify` it compiles each package from its archive.
//! - `cargo xtask ci` runs the tests and every other check, all of them even if one fails.

mod checks;
mod package;
mod report;
mod run;
mod test;

use std::process::ExitCode;

use report::Report;

const USAGE: &str = "usage: cargo xtask test [-- ARGS] | cargo xtask package [--verify] | cargo xtask ci";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut report = Report::default();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["test"] => test::run(&mut report, &[]),
        ["test", "--", rest @ ..] => test::run(&mut report, rest),
        ["package"] => package::run(&mut report, false),
        ["package", "--verify"] => package::run(&mut report, true),
        ["ci"] => {
            test::run(&mut report, &[]);
            checks::run(&mut report);
            package::run(&mut report, false);
        }
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    }
    report.print();
    if report.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
