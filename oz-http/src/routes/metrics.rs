//! `/metrics`: what a monitoring system asks for.

use super::Routes;

pub(super) fn routes() -> Routes {
    Routes::new()
}
