//! `/api/folders`: folders, the unit of a case.

mod create;
mod metadata;
mod read;

use utoipa_axum::routes;

use super::Routes;

pub(super) fn routes() -> Routes {
    Routes::new()
        .with(routes!(read::list, create::create))
        .with(routes!(read::one, read::delete))
        .with(routes!(metadata::read, metadata::replace, metadata::merge, metadata::clear))
}
