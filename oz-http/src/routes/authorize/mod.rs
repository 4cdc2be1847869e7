//! `/api/authorize`: sessions and capture tokens.

mod capture;
mod refresh;
mod sign_in;

use utoipa_axum::routes;

use super::Routes;

/// Routes of every service, with or without accounts.
pub(super) fn tokens() -> Routes {
    Routes::new().with(routes!(capture::issue))
}

pub(super) fn routes() -> Routes {
    Routes::new()
        .with(routes!(sign_in::sign_in))
        .with(routes!(sign_in::sign_out))
        .with(routes!(refresh::refresh))
}
