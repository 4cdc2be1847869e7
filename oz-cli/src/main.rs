//! The `oz` program.
//!
//! Results go to standard output, everything else to standard error. A verdict, whatever it is, is a result: the exit
//! code only tells whether the question could be answered.

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

/// Face liveness, matching, quality and best shot on photos and videos.
#[derive(Debug, Parser)]
#[command(name = "oz", version, propagate_version = true, after_help = EXIT_CODES)]
struct Cli {
    #[command(flatten)]
    setup: SetupArgs,
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "Exit codes:
  0  every question was answered, whatever the verdict
  1  at least one input could not be answered (unreadable, damaged, not a picture, no face to compare)
  2  the command line or configuration is not valid
  3  an engine or model is missing or failed
  4  a condition of `oz evaluate --fail-if` holds";

#[derive(Debug, Subcommand)]
enum Command {
    /// Liveness, gestures, best shot and comparison for photos, videos and shot sets
    Analyze(analyze::AnalyzeArgs),
    /// Draw gestures that a subject has to make
    #[command(subcommand)]
    Challenge(challenge::ChallengeCommand),
    /// Compare the most prominent faces of two photos or videos
    Compare(compare::CompareArgs),
    /// Show faces, pose and quality of photos
    Inspect(inspect::InspectArgs),
    /// List inference engines, or install ONNX Runtime
    #[command(subcommand)]
    Engines(engines::EnginesCommand),
    /// List, pull, verify and audit models
    #[command(subcommand)]
    Models(models::ModelsCommand),
    /// Measure error rates on labelled media, with intervals, plots and a report
    Evaluate(evaluate::EvaluateArgs),
    /// Make operating points for own data from scores whose truth is known
    Calibrate(calibrate::CalibrateArgs),
    /// Run the HTTP service
    Serve(service::serve::ServeArgs),
    /// Check or print the configuration
    #[command(subcommand)]
    Config(service::config::ConfigCommand),
    /// Check the audit trail of the service
    #[command(subcommand)]
    Audit(service::audit::AuditCommand),
    /// Compare records and blobs of the service
    Check(service::check::CheckArgs),
    /// Copy everything that the service keeps
    #[command(subcommand)]
    Backup(service::backup::BackupCommand),
    /// Erase what is old
    Purge(service::purge::PurgeArgs),
    /// Look after accounts from the machine itself
    #[command(subcommand)]
    Users(service::users::UsersCommand),
    /// Look after collections from the machine itself
    #[command(subcommand)]
    Collections(service::collections::CollectionsCommand),
    /// Look after messages to endpoints
    #[command(subcommand)]
    Webhooks(service::webhooks::WebhooksCommand),
    /// Ask a running service whether it is well
    Health(service::health::HealthArgs),
    /// Run everything on a public-domain portrait and on attacks made from it
    Demo(demo::DemoArgs),
    /// Time each stage of the pipeline on a picture
    Bench(bench::BenchArgs),
    /// Print a completion script for a shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
}

/// Reads the command line, runs the command, prints errors.
fn main() -> ExitCode {
    oz_server::run_worker_if_asked();

    let cli = Cli::parse();
    match answer(cli) {
        Ok(Answered::All) => ExitCode::SUCCESS,
        Ok(Answered::NotAll) => ExitCode::from(1),
        Ok(Answered::ConditionHolds) => ExitCode::from(4),
        Err(error) => {
            eprintln!("oz: {} ({})", error.chain(), error.code());
            ExitCode::from(exit_code(&error))
        }
    }
}

fn answer(cli: Cli) -> oz_evaluation::Result<Answered> {
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
        Command::Webhooks(command) => command.run(&cli.setup)?,
        Command::Health(args) => args.run()?,
        Command::Demo(args) => args.run(&cli.setup)?,
        Command::Bench(args) => args.run(&cli.setup)?,
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "oz", &mut std::io::stdout());
            Answered::All
        }
    })
}

/// Whether every input got its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answered {
    All,
    NotAll,
    /// Every input got its answer, and it is one that the caller wants to fail for.
    ConditionHolds,
}

fn exit_code(error: &oz_evaluation::Error) -> u8 {
    match error.code().split('.').next() {
        Some("config" | "input") => 2,
        Some("inference" | "model" | "license") => 3,
        _ => 1,
    }
}
