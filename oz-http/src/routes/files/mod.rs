//! `/static`: media under URLs that are signed and expire. Who has one needs no token, as players and browsers send none.

mod range;
mod serve;

use utoipa_axum::routes;

use super::Routes;

pub(super) fn routes() -> Routes {
    Routes::new().with(routes!(serve::read))
}
