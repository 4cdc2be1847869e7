//! `GET /api/folders/{folder_id}/report`: HTML reports of folders.

use axum::extract::State;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::IntoResponse;
use oz_core::account::{Action, Resource};
use oz_core::folder::FolderId;
use utoipa_axum::routes;

use super::Routes;
use crate::cases::View;
use crate::extract::{Caller, Id};
use crate::links::Links;
use crate::report::{self, EmbeddedImage};
use crate::{ApiError, ServiceState};

pub(super) fn routes() -> Routes {
    Routes::new().with(routes!(read))
}

/// Content security policy of the page: no scripts, no external resources.
const POLICY: &str = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; sandbox";

/// Get an HTML report of a folder
///
/// The page is self-contained, with the best shots embedded.
#[utoipa::path(get, path = "/api/folders/{folder_id}/report", operation_id = "folder_report", tag = "reports",
    responses((status = OK, content_type = "text/html", body = String, description = "The report")))]
async fn read(
    State(state): State<ServiceState>,
    caller: Caller,
    Id(id): Id<FolderId>,
) -> Result<impl IntoResponse, ApiError> {
    let scope = caller.scope(Action::Read, Resource::Report)?;
    let ports = state.store()?;
    let folder = ports.folders.folder(&scope, id).await?;
    let links = Links::new(&state, "");
    let view = View::new(&state, &scope, &links)?;

    let mut images = Vec::new();
    for analysis in view.analyses_of(&[id]).await? {
        for result in analysis.results.iter().flat_map(|results| &results.media) {
            let Some(blob) = result.best_shot else { continue };
            let (analysis, media) = (analysis.id.to_string(), result.media.to_string());
            images.push(EmbeddedImage { analysis, media, jpeg: ports.blobs.read(blob).await? });
        }
    }

    let page = report::page(&view.folder(folder).await?, &images, state.now());
    let headers = [(CONTENT_TYPE, "text/html; charset=utf-8"), (CONTENT_SECURITY_POLICY, POLICY)];
    Ok((headers, page))
}
