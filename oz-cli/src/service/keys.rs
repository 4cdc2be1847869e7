//! `oz keys`

use clap::{Args, Subcommand};
use oz::Result;
use oz_core::system::CompanyId;
use oz_server::keys::{KeyList, Keys, Rewrapped};

use super::{StoreArgs, runtime};
use crate::setup::SetupArgs;
use crate::{Answered, output, table};

/// Manage the encryption keys locally; the service may be running.
#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// List master keys and the data keys of the companies, without their secrets
    List(ListArgs),
    /// Add new data keys for new data, or replace the master key
    Rotate(RotateArgs),
    /// Encrypt the data keys with the active master key where they are not yet; completes an interrupted
    /// rotation
    Rewrap(StoreArgs),
}

/// Storage and format.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    store: StoreArgs,
    /// Print a JSON document
    #[arg(long)]
    json: bool,
}

/// Keys to rotate.
#[derive(Debug, Args)]
pub(crate) struct RotateArgs {
    #[command(flatten)]
    store: StoreArgs,
    /// IDs of the companies (default: every company that has a data key)
    #[arg(conflicts_with = "master")]
    companies: Vec<CompanyId>,
    /// Replace the master key and encrypt the data keys with the new one
    #[arg(long)]
    master: bool,
}

impl KeysCommand {
    pub(crate) fn run(self, setup: &SetupArgs) -> Result<Answered> {
        let store = match &self {
            Self::List(ListArgs { store, .. })
            | Self::Rotate(RotateArgs { store, .. })
            | Self::Rewrap(store) => store,
        };
        let settings = store.existing(setup)?;

        runtime()?.block_on(async {
            let keys = Keys::open(&settings).await?;
            match self {
                Self::List(args) => print_list(&keys.list().await?, args.json),
                Self::Rewrap(_) => print_rewrapped(&keys.rewrap().await?),
                Self::Rotate(args) if args.master => {
                    let rewrapped = keys.rotate_master().await?;
                    eprintln!(
                        "older backups without a master key require the previous one: update the backups now"
                    );
                    print_rewrapped(&rewrapped)
                }
                Self::Rotate(args) => {
                    let count = keys.rotate(&args.companies).await?;
                    output::text(format!("{count} data keys added"))?;
                    Ok(Answered::All)
                }
            }
        })
    }
}

fn print_list(list: &KeyList, json: bool) -> Result<Answered> {
    if json {
        output::document(list)?;
    } else {
        print_tables(list)?;
    }
    Ok(if list.is_usable() { Answered::All } else { Answered::NotAll })
}

fn print_tables(list: &KeyList) -> Result<()> {
    let mut masters = table::new(["master key", "active", "data keys"]);
    for master in &list.masters {
        masters.add_row([master.id.clone(), mark(master.active), master.data_keys.to_string()]);
    }
    output::text(masters)?;

    let mut keys = table::new(["company", "name", "version", "active", "created", "master key", "problem"]);
    for key in &list.keys {
        let optional = |text: &Option<String>| text.clone().unwrap_or_default();
        keys.add_row([
            key.company.to_string(),
            optional(&key.name),
            key.version.to_string(),
            mark(key.active),
            optional(&key.created),
            optional(&key.master),
            optional(&key.problem),
        ]);
    }
    output::text(keys)
}

fn mark(active: bool) -> String {
    if active { "yes".into() } else { String::new() }
}

fn print_rewrapped(rewrapped: &Rewrapped) -> Result<Answered> {
    output::text(format!("{} data keys encrypted anew", rewrapped.keys))?;
    for (company, version, reason) in &rewrapped.unreadable {
        output::text(format!("unreadable: version {version} of company {company}: {reason}"))?;
    }
    match (rewrapped.unreadable.is_empty(), rewrapped.older_masters) {
        (true, 0) => return Ok(Answered::All),
        (true, _) => output::text(
            "the file of the master key cannot be written: remove all lines except the first where it is \
             managed",
        )?,
        (false, 0) => output::text("restore the unreadable keys from a backup, then run `oz keys rewrap`")?,
        (false, _) => output::text(
            "the older master keys are kept: restore the unreadable keys from a backup, then run \
             `oz keys rewrap`",
        )?,
    }
    Ok(Answered::NotAll)
}
