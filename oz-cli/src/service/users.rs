//! `oz users`

use clap::{Args, Subcommand};
use oz::Result;
use oz_server::accounts;

use super::StoreArgs;
use crate::setup::SetupArgs;
use crate::{Answered, output};

/// Look after accounts from the machine itself.
#[derive(Debug, Subcommand)]
pub(crate) enum UsersCommand {
    /// Give a user a new one-time password, print it, and end the user's sessions
    ResetPassword(ResetArgs),
}

/// Whose password.
#[derive(Debug, Args)]
pub(crate) struct ResetArgs {
    #[command(flatten)]
    store: StoreArgs,
    /// The address that the user signs in with
    email: String,
}

impl UsersCommand {
    pub(crate) fn run(self, setup: &SetupArgs) -> Result<Answered> {
        let Self::ResetPassword(args) = self;
        let passwords = args.store.settings(setup)?.api.passwords;
        args.store.with_ports(setup, async |ports| {
            let password = accounts::reset_password(ports, &passwords, &args.email).await?;
            output::text(password)?;
            Ok(Answered::All)
        })
    }
}
