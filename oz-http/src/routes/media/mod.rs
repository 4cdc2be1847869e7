//! `/api/media` and `/api/folders/{folder_id}/media`: photos, videos and shot sets.

mod create;
mod metadata;
mod read;

use utoipa_axum::routes;

use super::Routes;

pub(super) fn routes() -> Routes {
    Routes::new()
        .with(routes!(read::list, create::create))
        .with(routes!(read::one, read::tag, read::delete))
        .with(routes!(metadata::read, metadata::replace, metadata::merge, metadata::clear))
}
