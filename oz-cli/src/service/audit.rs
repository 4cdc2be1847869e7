//! `oz audit`

use clap::{Args, Subcommand};
use oz::Result;
use oz_core::storage::{AuditEntry, verify_chain};
use oz_http::Ports;

use super::StoreArgs;
use crate::setup::SetupArgs;
use crate::{Answered, output};

/// Entries per query.
const BATCH: usize = 1_000;

/// Verify the audit trail of the service.
#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Verify the hash chain: no entry was changed, removed or inserted
    Verify(VerifyArgs),
    /// Print number and digest of the last entry, to be stored elsewhere
    Head(StoreArgs),
}

/// Storage and a known entry.
#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    #[command(flatten)]
    store: StoreArgs,
    /// Entry that the chain must contain, as printed by `oz audit head`; detects a truncated or rewritten
    /// trail
    #[arg(long, value_name = "NUMBER:DIGEST")]
    head: Option<String>,
}

impl AuditCommand {
    pub(crate) fn run(self, setup: &SetupArgs) -> Result<Answered> {
        match self {
            Self::Head(store) => store.with_ports(setup, async |ports| {
                let last = ports.audit.last().await?;
                output::text(last.as_ref().map_or("the audit trail is empty".into(), head))?;
                Ok(Answered::All)
            }),
            Self::Verify(VerifyArgs { store, head }) => {
                store.with_ports(setup, async |ports| verify(ports, head.as_deref()).await)
            }
        }
    }
}

/// Reads the chain page by page, so that a long trail does not fill memory.
async fn verify(ports: &Ports, known: Option<&str>) -> Result<Answered> {
    let mut last: Option<AuditEntry> = None;
    let mut found = known.is_none();
    loop {
        let after = last.as_ref().map_or(0, |entry| entry.sequence);
        let entries = ports.audit.entries(after, BATCH).await?;
        if let Err(broken) = verify_chain(last.as_ref(), &entries) {
            let number = broken.sequence;
            output::text(format!("audit trail broken: entry {number} does not continue the chain"))?;
            return Ok(Answered::NotAll);
        }

        found |= entries.iter().any(|entry| known == Some(head(entry).as_str()));
        let Some(entry) = entries.into_iter().next_back() else { break };
        last = Some(entry);
    }

    if !found {
        output::text("audit trail broken: no entry matches --head, so the trail was truncated or rewritten")?;
        return Ok(Answered::NotAll);
    }
    let count = last.as_ref().map_or(0, |entry| entry.sequence);
    output::text(format!("audit trail intact: {count} entries"))?;
    Ok(Answered::All)
}

/// Number and digest of an entry: `NUMBER:DIGEST`.
fn head(entry: &AuditEntry) -> String {
    format!("{}:{}", entry.sequence, entry.digest)
}
