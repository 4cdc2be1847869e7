//! `/api/users`: accounts.

use super::Routes;

pub(super) fn routes() -> Routes {
    Routes::new()
}
