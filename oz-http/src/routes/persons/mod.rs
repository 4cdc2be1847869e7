//! `/api/collections/{collection_id}/persons`: enrolled persons and their reference images.

mod change;
mod enrol;
mod faces;
mod images;
mod metadata;
mod read;

use utoipa_axum::routes;

use super::Routes;

pub(super) fn routes() -> Routes {
    Routes::new()
        .with(routes!(read::list, enrol::create))
        .with(routes!(read::read, change::delete))
        .with(routes!(metadata::read, metadata::replace, metadata::merge, metadata::clear))
        .with(routes!(images::list, enrol::add_images))
        .with(routes!(images::delete))
}
