//! `oz examine-worker`: hidden, started by the service.

use std::io::{BufReader, BufWriter};

use clap::Args;
use oz::Result;
use oz_server::examiner::{WorkerLimits, serve_examinations};

use super::Answered;

/// Examine media that come through standard input.
#[derive(Debug, Args)]
pub(crate) struct ExamineWorkerArgs {
    /// Most memory for data in bytes; 0 is without a limit
    #[arg(long, value_name = "BYTES", default_value_t = WorkerLimits::default().memory)]
    memory: u64,
}

impl ExamineWorkerArgs {
    pub(crate) fn run(&self) -> Result<Answered> {
        let (input, output) = (std::io::stdin().lock(), std::io::stdout().lock());
        let limits = WorkerLimits { memory: self.memory };
        serve_examinations(&mut BufReader::new(input), &mut BufWriter::new(output), limits)?;
        Ok(Answered::All)
    }
}
