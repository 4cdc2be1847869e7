//! What a notice says.

use oz_core::account::Scope;
use oz_core::folder::Folder;

use crate::ApiError;
use crate::cases::View;
use crate::links::Links;
use crate::work::context::Context;
use crate::work::setback::{Next, Setback};

/// The folder with everything in it, as GET shows it. URLs begin with the configured address of the service; without one
/// they have no host.
pub(super) async fn of(context: &Context, folder: Folder) -> Result<Vec<u8>, Setback> {
    let state = &context.state;
    let base = state.config().public_url.as_deref().map(|url| url.trim_end_matches('/')).unwrap_or_default();
    let links = Links::new(state, base);
    let view =
        View::new(state, &Scope::Everything, &links).map_err(|error: ApiError| unshown(&error.message))?;
    let shown = view.folder(folder).await?;
    serde_json::to_vec(&shown).map_err(|error| unshown(&error.to_string()))
}

fn unshown(message: &str) -> Setback {
    Setback::new("storage.backend", message, Next::GiveUp)
}
