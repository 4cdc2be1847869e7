//! `/api/collections`: sets of known faces.

mod change;
mod reach;
mod read;

use utoipa_axum::routes;

pub(super) use reach::reachable;

use super::Routes;

pub(super) fn routes() -> Routes {
    Routes::new().with(routes!(read::list, change::create)).with(routes!(read::read, change::delete)).with(
        routes!(read::metadata, change::replace_metadata, change::merge_metadata, change::clear_metadata),
    )
}
