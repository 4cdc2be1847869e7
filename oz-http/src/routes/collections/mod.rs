//! `/api/collections`: sets of enrolled persons.

mod change;
mod metadata;
mod reach;
mod read;

use utoipa_axum::routes;

pub(super) use reach::reachable;

use super::Routes;

pub(super) fn routes() -> Routes {
    Routes::new()
        .with(routes!(read::list, change::create))
        .with(routes!(read::read, change::delete))
        .with(routes!(metadata::read, metadata::replace, metadata::merge, metadata::clear))
}
