//! `/api/users`: user accounts.

mod change;
mod create;
mod password;
mod reach;
mod read;

use utoipa_axum::routes;

use super::Routes;

pub(super) fn routes() -> Routes {
    Routes::new()
        .with(routes!(read::list, create::create))
        .with(routes!(read::read, change::update, change::delete))
        .with(routes!(password::change))
        .with(routes!(
            read::metadata,
            change::replace_metadata,
            change::merge_metadata,
            change::clear_metadata
        ))
}
