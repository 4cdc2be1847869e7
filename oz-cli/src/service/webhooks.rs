//! `oz webhooks`

use clap::{Args, Subcommand};
use oz::Result;
use oz_core::account::Scope;
use oz_core::system::CompanyId;
use oz_http::work::webhook_secret;
use oz_server::secrets;

use super::StoreArgs;
use crate::setup::SetupArgs;
use crate::{Answered, output};

/// Manage webhooks locally.
#[derive(Debug, Subcommand)]
pub(crate) enum WebhooksCommand {
    /// Print the secret with which a company verifies the signatures of its webhooks
    Secret(SecretArgs),
}

/// Company.
#[derive(Debug, Args)]
pub(crate) struct SecretArgs {
    #[command(flatten)]
    store: StoreArgs,
    /// ID of the company
    company: CompanyId,
}

impl WebhooksCommand {
    pub(crate) fn run(self, setup: &SetupArgs) -> Result<Answered> {
        let Self::Secret(args) = self;
        let secrets = secrets::of(&args.store.existing(setup)?)?;
        args.store.with_ports(setup, async |ports| {
            let company = ports.accounts.company(&Scope::Everything, args.company).await?;
            output::text(webhook_secret(&secrets, company.id))?;
            Ok(Answered::All)
        })
    }
}
