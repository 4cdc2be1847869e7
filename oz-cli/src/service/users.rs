//! `oz users`

use clap::{Args, Subcommand};
use oz::Result;
use oz_server::accounts;

use super::StoreArgs;
use crate::setup::SetupArgs;
use crate::{Answered, output};

/// Manage accounts locally.
#[derive(Debug, Subcommand)]
pub(crate) enum UsersCommand {
    /// Reset a user's password, print the new one-time password and end the user's sessions
    ResetPassword(ResetArgs),
}

/// User.
#[derive(Debug, Args)]
pub(crate) struct ResetArgs {
    #[command(flatten)]
    store: StoreArgs,
    /// Email address of the user
    email: String,
}

impl UsersCommand {
    pub(crate) fn run(self, setup: &SetupArgs) -> Result<Answered> {
        let Self::ResetPassword(args) = self;
        let passwords = args.store.existing(setup)?.api.passwords;
        args.store.with_ports(setup, async |ports| {
            let password = accounts::reset_password(ports, &passwords, &args.email).await?;
            output::text(password)?;
            Ok(Answered::All)
        })
    }
}
