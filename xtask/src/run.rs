//! Running programs.

use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::time::Instant;

use crate::report::Report;

/// The root of the workspace.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace")
}

/// A command that runs in the root of the workspace.
pub(crate) fn command(program: impl AsRef<std::ffi::OsStr>, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root());
    command
}

/// Cargo, the one that started this program.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    command(program, arguments)
}

/// Build folder, in which the profile's folder contains this program.
pub(crate) fn target_dir() -> PathBuf {
    let own = std::env::current_exe().ok();
    own.and_then(|path| Some(path.parent()?.parent()?.into())).unwrap_or_else(|| root().join("target"))
}

/// A program of the workspace that `cargo test` built, beside this one.
pub(crate) fn built(name: &str) -> Option<PathBuf> {
    let own = std::env::current_exe().ok()?;
    let path = own.parent()?.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    path.exists().then_some(path)
}

/// Runs a step to its end and takes note of its time, and of its name when it fails. Says whether it succeeded.
pub(crate) fn step(report: &mut Report, name: &str, command: &mut Command) -> bool {
    step_by_lines(report, name, command, |_, _| {})
}

/// Like [`step`], handing on each line that the command prints.
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

/// Prints what a command prints, line by line, to where the command printed it, and hands it on.
fn run(command: &mut Command, mut on_line: impl FnMut(&str)) -> bool {
    let mut child = match command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn() {
        Ok(child) => child,
        Err(error) => {
            eprintln!("{} cannot be started: {error}", command.get_program().to_string_lossy());
            return false;
        }
    };
    let (tell, told) = channel();
    if let Some(output) = child.stdout.take() {
        forward(output, tell.clone(), false);
    }
    if let Some(output) = child.stderr.take() {
        forward(output, tell, true);
    }
    for (line, is_error) in told {
        if is_error {
            eprintln!("{line}");
        } else {
            println!("{line}");
        }
        on_line(&line);
    }
    child.wait().is_ok_and(|status| status.success())
}

fn forward(output: impl Read + Send + 'static, tell: Sender<(String, bool)>, is_error: bool) {
    std::thread::spawn(move || {
        for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line).trim_end_matches('\r').to_owned();
            if tell.send((line, is_error)).is_err() {
                return;
            }
        }
    });
}
