//! `oz check`

use clap::Args;
use oz::Result;
use oz_server::check;

use super::StoreArgs;
use crate::setup::SetupArgs;
use crate::{Answered, output};

/// Compare records and blobs: every record has its blobs, every blob its record.
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    store: StoreArgs,
    /// First delete what is on the erasure list, unfinished uploads included; only while no service runs
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
                eprintln!("{swept} blobs of the erasure list deleted");
            }
            let findings = check::check(ports).await?;
            if json {
                output::document(&findings)?;
            } else {
                tell(&findings)?;
            }
            Ok(if findings.is_sound() { Answered::All } else { Answered::NotAll })
        })
    }
}

fn tell(findings: &check::Findings) -> Result<()> {
    output::text(format!(
        "{} companies, {} folders; {} blobs named, {} stored, {} to be erased",
        findings.companies, findings.folders, findings.named, findings.stored, findings.staged
    ))?;
    for key in &findings.missing {
        output::text(format!("missing: {key}"))?;
    }
    for key in &findings.unowned {
        output::text(format!("belongs to nothing: {key}"))?;
    }
    Ok(())
}
