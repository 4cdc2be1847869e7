//! Reports of folders: `GET /api/folders/{folder_id}/report`, one page for people.

use axum::extract::State;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::IntoResponse;
use oz_core::account::{Action, Resource};
use oz_core::folder::FolderId;
use utoipa_axum::routes;

use super::Routes;
use crate::cases::View;
use crate::extract::{Caller, Id};
use crate::report::{self, Picture};
use crate::{ApiError, ServiceState};

pub(super) fn routes() -> Routes {
    Routes::new().with(routes!(read))
}

/// The page loads nothing and runs nothing.
const POLICY: &str = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; sandbox";

/// A report of a folder: a page that needs nothing else, with the best shots in it.
#[utoipa::path(get, path = "/api/folders/{folder_id}/report", operation_id = "folder_report", tag = "reports",
    responses((status = OK, content_type = "text/html", body = String)))]
async fn read(
    State(state): State<ServiceState>,
    caller: Caller,
    Id(id): Id<FolderId>,
) -> Result<impl IntoResponse, ApiError> {
    let scope = caller.scope(Action::Read, Resource::Report)?;
    let ports = state.store()?;
    let folder = ports.folders.folder(&scope, id).await?;
    let links = crate::links::Links::new(&state, "");
    let view = View::new(&state, &scope, &links)?;
    let mut pictures = Vec::new();
    for analysis in view.analyses_of(&[id]).await? {
        for result in analysis.results.iter().flat_map(|results| &results.media) {
            let Some(blob) = result.best_shot else { continue };
            let (analysis, media) = (analysis.id.to_string(), result.media.to_string());
            pictures.push(Picture { analysis, media, jpeg: ports.blobs.read(blob).await? });
        }
    }
    let page = report::page(&view.folder(folder).await?, &pictures, state.now());
    let headers = [(CONTENT_TYPE, "text/html; charset=utf-8"), (CONTENT_SECURITY_POLICY, POLICY)];
    Ok((headers, page))
}
