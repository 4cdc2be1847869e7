//! The `oz` program.
//!
//! Results go to standard output, everything else to standard error. Every verdict is a result: the exit code
//! reports whether the command could be carried out, not what the verdict is.

mod analyze;
mod annotate;
mod bench;
mod calibrate;
mod challenge;
mod compare;
mod demo;
mod engines;
mod evaluate;
mod http;
mod inspect;
mod models;
mod output;
mod progress;
mod report;
mod service;
mod setup;
mod table;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use setup::SetupArgs;

/// Face liveness, matching, quality and best shot on photos and videos
#[derive(Debug, Parser)]
#[command(name = "oz", version, propagate_version = true, after_help = EXIT_CODES)]
struct Cli {
    #[command(flatten)]
    setup: SetupArgs,
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "Exit codes:
  0  success, whatever the verdict
  1  at least one input could not be processed (unreadable, damaged, unsupported, no face), or a check failed
  2  invalid command line or configuration
  3  engine or model missing or failed
  4  a condition of `oz evaluate --fail-if` holds";

#[derive(Debug, Subcommand)]
enum Command {
    /// Analyze photos, videos and shot sets: liveness, gestures, best shot, comparison
    Analyze(analyze::AnalyzeArgs),
    /// Create liveness challenges: random gestures for a subject to perform
    #[command(subcommand)]
    Challenge(challenge::ChallengeCommand),
    /// Compare the most prominent faces of two photos or videos
    Compare(compare::CompareArgs),
    /// Detect faces in photos and report their pose and quality
    Inspect(inspect::InspectArgs),
    /// List inference engines, or install ONNX Runtime
    #[command(subcommand)]
    Engines(engines::EnginesCommand),
    /// List, download, verify and audit models
    #[command(subcommand)]
    Models(models::ModelsCommand),
    /// Measure error rates on labelled media, with confidence intervals, plots and a report
    Evaluate(evaluate::EvaluateArgs),
    /// Compute operating points from labelled scores
    Calibrate(calibrate::CalibrateArgs),
    /// Run the HTTP service
    Serve(service::serve::ServeArgs),
    /// Check or print the configuration
    #[command(subcommand)]
    Config(service::config::ConfigCommand),
    /// Verify the audit trail of the service
    #[command(subcommand)]
    Audit(service::audit::AuditCommand),
    /// Check that database records and stored blobs match
    Check(service::check::CheckArgs),
    /// Create or restore a backup of the data folder
    #[command(subcommand)]
    Backup(service::backup::BackupCommand),
    /// Delete old data
    Purge(service::purge::PurgeArgs),
    /// Manage accounts locally
    #[command(subcommand)]
    Users(service::users::UsersCommand),
    /// Manage collections locally
    #[command(subcommand)]
    Collections(service::collections::CollectionsCommand),
    /// Manage the encryption keys locally
    #[command(subcommand)]
    Keys(service::keys::KeysCommand),
    /// Manage webhooks locally
    #[command(subcommand)]
    Webhooks(service::webhooks::WebhooksCommand),
    /// Check a running service's health
    Health(service::health::HealthArgs),
    /// Run all features on a public-domain portrait and on attacks generated from it
    Demo(demo::DemoArgs),
    /// Measure and compare inference engines: time, throughput, agreement of outputs
    Bench(bench::BenchArgs),
    /// Print a shell completion script
    Completions {
        /// Shell
        shell: clap_complete::Shell,
    },
}

/// Reads the command line, runs the command, prints errors.
fn main() -> ExitCode {
    // Before anything else: `oz serve` starts this program again as a worker process.
    oz_server::run_worker_if_asked();

    let cli = Cli::parse();
    match run(cli) {
        Ok(Answered::All) => ExitCode::SUCCESS,
        Ok(Answered::NotAll) => ExitCode::from(1),
        Ok(Answered::ConditionHolds) => ExitCode::from(4),
        Err(oz_evaluation::Error::Oz(error)) if output::is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            output::message(format_args!("oz: {} ({})", error.chain(), error.code()));
            ExitCode::from(exit_code(&error))
        }
    }
}

fn run(cli: Cli) -> oz_evaluation::Result<Answered> {
    Ok(match cli.command {
        Command::Analyze(args) => args.run(&cli.setup)?,
        Command::Challenge(command) => command.run()?,
        Command::Compare(args) => args.run(&cli.setup)?,
        Command::Inspect(args) => args.run(&cli.setup)?,
        Command::Engines(command) => command.run(&cli.setup)?,
        Command::Models(command) => command.run(&cli.setup)?,
        Command::Evaluate(args) => args.run(&cli.setup)?,
        Command::Calibrate(args) => args.run(&cli.setup)?,
        Command::Serve(args) => args.run(&cli.setup)?,
        Command::Config(command) => command.run(&cli.setup)?,
        Command::Audit(command) => command.run(&cli.setup)?,
        Command::Check(args) => args.run(&cli.setup)?,
        Command::Backup(command) => command.run(&cli.setup)?,
        Command::Purge(args) => args.run(&cli.setup)?,
        Command::Users(command) => command.run(&cli.setup)?,
        Command::Collections(command) => command.run(&cli.setup)?,
        Command::Keys(command) => command.run(&cli.setup)?,
        Command::Webhooks(command) => command.run(&cli.setup)?,
        Command::Health(args) => args.run()?,
        Command::Demo(args) => args.run(&cli.setup)?,
        Command::Bench(args) => args.run(&cli.setup)?,
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "oz", &mut script);
            output::bytes(&script)?;
            Answered::All
        }
    })
}

/// Outcome of a command that ran to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answered {
    /// Every input was processed.
    All,
    /// At least one input could not be processed, or a check failed.
    NotAll,
    /// Every input was processed, and a condition of `--fail-if` holds.
    ConditionHolds,
}

fn exit_code(error: &oz_evaluation::Error) -> u8 {
    match error.code().split('.').next() {
        Some("config" | "input") => 2,
        Some("inference" | "model" | "license") => 3,
        _ => 1,
    }
}
