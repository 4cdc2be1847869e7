//! Telling the endpoint of a folder that a group of analyses is complete: at least once, under a stable name, signed.
//!
//! The message is a POST after Standard Webhooks: `webhook-id` (the same for every attempt, to be taken once),
//! `webhook-timestamp` and `webhook-signature`; its body is the folder as GET shows it, with its analyses. Any 2xx accepts it.
//! Redirects are not followed. Everything else is tried again, with growing delays, for a day.

mod address;
mod body;
mod client;
mod signature;

pub use signature::webhook_secret;

use oz_core::Error;
use oz_core::account::Scope;
use oz_core::folder::{Folder, FolderId};
use oz_core::storage::LeasedJob;
use url::Url;

use super::context::Context;
use super::setback::{Next, Setback};
use address::AddressFault;
use client::{Message, PostFault};

/// Sends the notice that a job names.
pub(super) async fn send(context: &Context, leased: &LeasedJob) -> Result<(), Setback> {
    let id = std::str::from_utf8(&leased.job.payload).ok().and_then(|text| text.parse::<FolderId>().ok());
    let id =
        id.ok_or_else(|| Setback::new("input.invalid_value", "the job names no folder", Next::GiveUp))?;
    let folder = match context.ports.folders.folder(&Scope::Everything, id).await {
        Err(Error::NotFound { .. }) => return Ok(context.discard(&leased.lease).await?),
        folder => folder?,
    };
    // Who does not want to be told any more is not told.
    if let Some(endpoint) = folder.endpoint.clone() {
        deliver(context, leased, folder, &endpoint).await?;
    }
    Ok(context.discard(&leased.lease).await?)
}

async fn deliver(
    context: &Context,
    leased: &LeasedJob,
    folder: Folder,
    endpoint: &str,
) -> Result<(), Setback> {
    let config = &context.state.config().webhooks;
    let url = address::checked(endpoint, config).map_err(refused)?;
    let company = folder.company;
    let body = body::of(context, folder).await?;
    let id = leased.job.id.to_string();
    let timestamp = context.now().as_micros().div_euclid(1_000_000);
    let signature = signature::sign(context.state.secrets(), company, &id, timestamp, &body);
    let message = Message { id, timestamp, signature, body };
    let posted = tokio::time::timeout(config.timeout.get(), post(context, &url, message)).await;
    posted.unwrap_or_else(|_| {
        Err(Setback::new(UNDELIVERED, "the endpoint did not answer in time", Next::Retry))
    })
}

async fn post(context: &Context, url: &Url, message: Message) -> Result<(), Setback> {
    let addresses =
        address::resolve(url, context.state.config().webhooks.allow_private).await.map_err(refused)?;
    client::post(url, &addresses, message).await.map_err(|fault| {
        let next = if fault == PostFault::Gone { Next::GiveUp } else { Next::Retry };
        Setback::new(UNDELIVERED, fault.to_string(), next)
    })
}

/// Code of a notice that was not taken.
const UNDELIVERED: &str = "notice.undelivered";
/// Code of a notice that must not be sent where it should.
const REFUSED: &str = "notice.refused";

fn refused(fault: AddressFault) -> Setback {
    match fault {
        AddressFault::Unknown => Setback::new(UNDELIVERED, fault.to_string(), Next::Retry),
        _ => Setback::new(REFUSED, fault.to_string(), Next::GiveUp),
    }
}
