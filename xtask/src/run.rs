//! Execution of programs.

use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::time::Instant;

use crate::report::Report;

/// Root of the workspace.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is a folder of the workspace")
}

/// Creates a command that runs in the root of the workspace.
pub(crate) fn command(program: impl AsRef<std::ffi::OsStr>, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root());
    command
}

/// Creates a command for the cargo that started this program.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    command(program, arguments)
}

/// Build folder: the parent of the profile's folder that contains this program.
pub(crate) fn target_dir() -> PathBuf {
    let own = std::env::current_exe().ok();
    own.and_then(|path| Some(path.parent()?.parent()?.into())).unwrap_or_else(|| root().join("target"))
}

/// Path of a program that `cargo test` built into the folder of this one.
pub(crate) fn built(name: &str) -> Option<PathBuf> {
    let own = std::env::current_exe().ok()?;
    let path = own.parent()?.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    path.exists().then_some(path)
}

/// Runs a step, records its duration and failure in the report, and returns whether it succeeded.
pub(crate) fn step(report: &mut Report, name: &str, command: &mut Command) -> bool {
    step_by_lines(report, name, command, |_, _| {})
}

/// [`step`] that also passes each printed line to `on_line`.
pub(crate) fn step_by_lines(
    report: &mut Report,
    name: &str,
    command: &mut Command,
    mut on_line: impl FnMut(&mut Report, &str),
) -> bool {
    println!("\n== {name}");
    let start = Instant::now();
    let succeeded = run(command, |line| on_line(report, line));
    report.steps.push((name.into(), start.elapsed().as_secs()));
    if !succeeded {
        report.failed.push(name.into());
    }
    succeeded
}

/// Runs a command, forwards its output to the same stream line by line, and passes each line to `on_line`.
fn run(command: &mut Command, mut on_line: impl FnMut(&str)) -> bool {
    let mut child = match command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn() {
        Ok(child) => child,
        Err(error) => {
            eprintln!("{} cannot be started: {error}", command.get_program().to_string_lossy());
            return false;
        }
    };

    let (sender, lines) = channel();
    if let Some(output) = child.stdout.take() {
        forward(output, sender.clone(), false);
    }
    if let Some(output) = child.stderr.take() {
        forward(output, sender, true);
    }
    for (line, is_error) in lines {
        if is_error {
            eprintln!("{line}");
        } else {
            println!("{line}");
        }
        on_line(&line);
    }
    child.wait().is_ok_and(|status| status.success())
}

fn forward(output: impl Read + Send + 'static, sender: Sender<(String, bool)>, is_error: bool) {
    std::thread::spawn(move || {
        for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line).trim_end_matches('\r').to_owned();
            if sender.send((line, is_error)).is_err() {
                return;
            }
        }
    });
}
