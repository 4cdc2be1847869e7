//! `oz backup`

use std::path::PathBuf;

use clap::{Args, Subcommand};
use oz::{Error, Result};
use oz_server::{Stores, backup, check};

use super::{StoreArgs, runtime};
use crate::setup::SetupArgs;
use crate::{Answered, output};

/// Create or restore a backup of the data folder.
#[derive(Debug, Subcommand)]
pub(crate) enum BackupCommand {
    /// Create a backup in a folder, or update the backup that it contains; the service may be running
    Create(FolderArgs),
    /// Restore a backup into the empty data folder given by --data-dir
    Restore(FolderArgs),
}

/// Data folder and backup folder.
#[derive(Debug, Args)]
pub(crate) struct FolderArgs {
    #[command(flatten)]
    store: StoreArgs,
    /// Folder of the backup
    folder: PathBuf,
}

impl BackupCommand {
    pub(crate) fn run(self, setup: &SetupArgs) -> Result<Answered> {
        match self {
            Self::Create(args) => create(&args, setup),
            Self::Restore(args) => restore(&args, setup),
        }
    }
}

fn create(args: &FolderArgs, setup: &SetupArgs) -> Result<Answered> {
    let settings = args.store.existing(setup)?;
    let copied = runtime()?.block_on(backup::create(&settings, &args.folder))?;
    output::text(format!("database, keys and {copied} new blobs copied"))?;
    Ok(Answered::All)
}

fn restore(args: &FolderArgs, setup: &SetupArgs) -> Result<Answered> {
    let settings = args.store.settings(setup)?;
    let Some(to) = settings.data_dir.as_deref() else {
        return Err(Error::Config { detail: "backup: --data-dir is required to restore".into() });
    };
    let files = backup::restore(&args.folder, to)?;

    let runtime = runtime()?;
    let stores = runtime.block_on(Stores::open(&settings))?;
    let report = runtime.block_on(check::repair(stores.ports()))?;

    output::text(format!("{files} files restored; {} folders", report.folders))?;
    for key in &report.missing {
        output::text(format!("missing: {key}"))?;
    }
    Ok(if report.is_consistent() { Answered::All } else { Answered::NotAll })
}
