//! `oz purge`

use clap::Args;
use oz::Result;
use oz_http::config::{Period, RetentionConfig};
use oz_http::work::retain;
use oz_server::check;

use super::StoreArgs;
use crate::setup::SetupArgs;
use crate::{Answered, output};

/// Delete old data: the media of folders, or whole folders.
#[derive(Debug, Args)]
pub(crate) struct PurgeArgs {
    #[command(flatten)]
    store: StoreArgs,
    /// Minimum age of the folders, e.g. 90d, 12h
    #[arg(long, value_name = "AGE")]
    older_than: Period,
    /// Delete whole folders instead of their media
    #[arg(long)]
    everything: bool,
    /// Print what would be deleted without deleting it
    #[arg(long)]
    dry_run: bool,
}

impl PurgeArgs {
    pub(crate) fn run(self, setup: &SetupArgs) -> Result<Answered> {
        let Self { older_than, everything, dry_run, .. } = self;
        let age = |wanted: bool| wanted.then_some(older_than);
        let config = RetentionConfig {
            folders: age(everything),
            media: age(!everything),
            ..RetentionConfig::default()
        };

        self.store.with_ports(setup, async |ports| {
            let retained = retain(ports, &config, ports.clock.now(), dry_run).await?;
            if !dry_run {
                check::erase_due(ports).await?;
            }

            let verb = if dry_run { "Would delete" } else { "Deleted" };
            output::text(format!(
                "{verb} {} folders and the media of {} other folders, {} media in total",
                retained.folders, retained.cleared, retained.media
            ))?;
            Ok(Answered::All)
        })
    }
}
