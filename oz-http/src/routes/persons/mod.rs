//! `/api/collections/{collection_id}/persons`: known faces, and the pictures they are found by.

mod change;
mod enrol;
mod faces;
mod images;
mod read;

use utoipa_axum::routes;

use super::Routes;

pub(super) fn routes() -> Routes {
    Routes::new()
        .with(routes!(read::list, enrol::create))
        .with(routes!(read::read, change::delete))
        .with(routes!(
            read::metadata,
            change::replace_metadata,
            change::merge_metadata,
            change::clear_metadata
        ))
        .with(routes!(images::list, enrol::add_images))
        .with(routes!(images::delete))
}
