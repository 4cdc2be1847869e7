//! Notices: signed webhook messages about completed groups of analyses, delivered at least once.
//!
//! A notice is a POST according to Standard Webhooks with the headers `webhook-id` (stable across attempts,
//! for deduplication), `webhook-timestamp` and `webhook-signature`. Its body is the folder with its analyses,
//! as returned by GET. A 2xx response accepts it. Redirects are not followed. Other outcomes are retried for
//! a day with growing delays.

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
use super::target::target;
use address::AddressFault;
use client::{Message, PostFault};

/// Code of a notice that was not accepted by its endpoint.
const UNDELIVERED: &str = "notice.undelivered";

/// Code of a notice whose endpoint must not be called.
const REFUSED: &str = "notice.refused";

/// Sends a notice about the folder that the job names, if the folder has an endpoint.
///
/// # Errors
/// Failed or refused delivery; storage errors.
pub(super) async fn send(context: &Context, leased: &LeasedJob) -> Result<(), Setback> {
    let id: FolderId = target(&leased.job, "folder")?;
    let folder = match context.ports.folders.folder(&Scope::Everything, id).await {
        Err(Error::NotFound { .. }) => return Ok(context.discard(&leased.lease).await?),
        folder => folder?,
    };

    // The endpoint may have been removed since the notice was queued.
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
    let url = address::parse(endpoint, config).map_err(refused)?;

    let company = folder.company;
    let body = body::render(context, folder).await?;
    let id = leased.job.id.to_string();
    let timestamp = context.now().as_micros().div_euclid(1_000_000);
    let signature = signature::sign(context.state.secrets(), company, &id, timestamp, &body);
    let message = Message { id, timestamp, signature, body };

    let posted = tokio::time::timeout(config.timeout.get(), post(context, &url, message)).await;
    posted.unwrap_or_else(|_| {
        Err(Setback::new(UNDELIVERED, "the endpoint did not respond in time", Next::Retry))
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

fn refused(fault: AddressFault) -> Setback {
    match fault {
        AddressFault::Unknown => Setback::new(UNDELIVERED, fault.to_string(), Next::Retry),
        _ => Setback::new(REFUSED, fault.to_string(), Next::GiveUp),
    }
}
