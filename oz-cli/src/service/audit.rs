//! `oz audit`

use clap::{Args, Subcommand};
use oz::Result;
use oz_core::storage::{AuditEntry, verify_chain};

use super::StoreArgs;
use crate::setup::SetupArgs;
use crate::{Answered, output};

/// Entries that are read at once.
const BATCH: usize = 1_000;

/// Look at the audit trail.
#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Check that no entry was changed, removed or put between others
    Verify(VerifyArgs),
    /// Print the number and digest of the last entry, to be kept elsewhere
    Head(StoreArgs),
}

/// What to check.
#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    #[command(flatten)]
    store: StoreArgs,
    /// The chain has to contain this entry, as `oz audit head` printed it: NUMBER:DIGEST
    #[arg(long, value_name = "NUMBER:DIGEST")]
    head: Option<String>,
}

impl AuditCommand {
    pub(crate) fn run(self, setup: &SetupArgs) -> Result<Answered> {
        match self {
            Self::Head(store) => store.with_ports(setup, async |ports| {
                let last = ports.audit.last().await?;
                output::text(last.as_ref().map_or("the trail is empty".into(), head))?;
                Ok(Answered::All)
            }),
            Self::Verify(args) => {
                let VerifyArgs { store, head: wanted } = args;
                store.with_ports(setup, async |ports| {
                    let mut last: Option<AuditEntry> = None;
                    let mut found = wanted.is_none();
                    loop {
                        let after = last.as_ref().map_or(0, |entry| entry.sequence);
                        let entries = ports.audit.entries(after, BATCH).await?;
                        if let Err(at) = verify_chain(last.as_ref(), &entries) {
                            output::text(format!(
                                "the trail was changed: entry {} is not what follows",
                                at.sequence
                            ))?;
                            return Ok(Answered::NotAll);
                        }
                        found |= entries.iter().any(|entry| wanted.as_deref() == Some(head(entry).as_str()));
                        let Some(entry) = entries.into_iter().next_back() else { break };
                        last = Some(entry);
                    }
                    if !found {
                        output::text(
                            "the trail does not contain the entry given by --head: it was cut or rewritten",
                        )?;
                        return Ok(Answered::NotAll);
                    }
                    let count = last.as_ref().map_or(0, |entry| entry.sequence);
                    output::text(format!("{count} entries, none changed"))?;
                    Ok(Answered::All)
                })
            }
        }
    }
}

fn head(entry: &AuditEntry) -> String {
    format!("{}:{}", entry.sequence, entry.digest)
}
