//! `/api/companies`: tenants.

use super::Routes;

pub(super) fn routes() -> Routes {
    Routes::new()
}
