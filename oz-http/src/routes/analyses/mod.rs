//! `/api/analyses` and `/api/folders/{folder_id}/analyses`: analyses of media and their results.

mod create;
mod decide;
mod metadata;
mod read;

use utoipa_axum::routes;

use super::Routes;

pub(super) fn routes() -> Routes {
    Routes::new()
        .with(routes!(read::list_of_folder, create::create))
        .with(routes!(read::list))
        .with(routes!(read::one, decide::decide, read::delete))
        .with(routes!(metadata::read, metadata::replace, metadata::merge, metadata::clear))
}
