//! `oz check`

use clap::Args;
use oz::Result;
use oz_server::check;

use super::StoreArgs;
use crate::setup::SetupArgs;
use crate::{Answered, output};

/// Check that every record has its blobs and every blob its record.
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    store: StoreArgs,
    /// First delete the blobs on the erasure list, including unfinished uploads; stop the service before
    #[arg(long)]
    sweep: bool,
    /// Print a JSON document
    #[arg(long)]
    json: bool,
}

impl CheckArgs {
    pub(crate) fn run(self, setup: &SetupArgs) -> Result<Answered> {
        let (sweep, json) = (self.sweep, self.json);
        self.store.with_ports(setup, async |ports| {
            if sweep {
                let swept = check::sweep(ports).await?;
                output::message(format_args!("{swept} blobs on the erasure list deleted"));
            }

            let report = check::check(ports).await?;
            if json {
                output::document(&report)?;
            } else {
                print_report(&report)?;
            }
            Ok(if report.is_consistent() { Answered::All } else { Answered::NotAll })
        })
    }
}

fn print_report(report: &check::CheckReport) -> Result<()> {
    output::text(format!(
        "{} companies, {} folders; {} blobs referenced, {} stored, {} on the erasure list",
        report.companies, report.folders, report.named, report.stored, report.staged
    ))?;
    for key in &report.missing {
        output::text(format!("missing: {key}"))?;
    }
    for key in &report.unowned {
        output::text(format!("unreferenced: {key}"))?;
    }
    Ok(())
}
