//! `oz backup`

use std::path::PathBuf;

use clap::{Args, Subcommand};
use oz::{Error, Result};
use oz_server::{DataDir, Stores, backup, check};

use super::{StoreArgs, runtime};
use crate::setup::SetupArgs;
use crate::{Answered, output};

/// Copy everything that the service keeps, while it runs or not.
#[derive(Debug, Subcommand)]
pub(crate) enum BackupCommand {
    /// Write a backup into a folder; one that is there is brought up to date
    Create(FolderArgs),
    /// Make a data folder of a backup
    Restore(FolderArgs),
}

/// From where, to where.
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

/// Media are copied before and after the database: what the database names was there before, or came meanwhile.
fn create(args: &FolderArgs, setup: &SetupArgs) -> Result<Answered> {
    let settings = args.store.settings(setup)?;
    if settings.database.reveal()?.is_some() || settings.blobs.is_some() {
        let detail = "backup: it covers SQLite and media in the data folder; copy PostgreSQL with pg_dump and a bucket by its own means";
        return Err(Error::Config { detail: detail.into() });
    }
    let data = DataDir::open(settings.data_dir.as_deref())?;
    let mut copied = backup::copy_blobs(&data, &args.folder)?;
    runtime()?
        .block_on(async { Stores::open(&settings).await?.backup(&args.folder.join("oz.sqlite3")).await })?;
    copied += backup::copy_blobs(&data, &args.folder)?;
    backup::copy_keys(&data, &args.folder)?;
    output::text(format!("database and keys copied, and {copied} new media"))?;
    Ok(Answered::All)
}

fn restore(args: &FolderArgs, setup: &SetupArgs) -> Result<Answered> {
    let settings = args.store.settings(setup)?;
    let Some(to) = settings.data_dir.as_deref() else {
        return Err(Error::Config { detail: "backup: name the new folder by --data-dir".into() });
    };
    let files = backup::restore(&args.folder, to)?;
    let runtime = runtime()?;
    let stores = runtime.block_on(Stores::open(&settings))?;
    let findings = runtime.block_on(check::mend(stores.ports()))?;
    output::text(format!("{files} files restored; {} folders", findings.folders))?;
    for key in &findings.missing {
        output::text(format!("missing: {key}"))?;
    }
    Ok(if findings.is_sound() { Answered::All } else { Answered::NotAll })
}
