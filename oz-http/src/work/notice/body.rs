//! Body of a notice.

use oz_core::account::Scope;
use oz_core::folder::Folder;

use crate::ApiError;
use crate::cases::View;
use crate::links::Links;
use crate::work::context::Context;
use crate::work::setback::{Next, Setback};

/// JSON of the folder, equal to the response of `GET /api/folders/{folder_id}`. Media URLs start with the
/// configured `public_url`; without one they are relative.
pub(super) async fn render(context: &Context, folder: Folder) -> Result<Vec<u8>, Setback> {
    let state = &context.state;
    let base = state.config().public_url.as_deref().map(|url| url.trim_end_matches('/')).unwrap_or_default();
    let links = Links::new(state, base);

    let view = View::new(state, &Scope::Everything, &links)
        .map_err(|error: ApiError| unrenderable(&error.message))?;
    let shown = view.folder(folder).await?;
    serde_json::to_vec(&shown).map_err(|error| unrenderable(&error.to_string()))
}

fn unrenderable(message: &str) -> Setback {
    Setback::new("storage.backend", message, Next::GiveUp)
}
