//! `/static`: files under signed, expiring URLs. No access token is required, as players and browsers send
//! none.

mod range;
mod serve;

use utoipa_axum::routes;

use super::Routes;

pub(super) fn routes() -> Routes {
    Routes::new().with(routes!(serve::read))
}
