//! `/api/authorize`: signing in.

use super::Routes;

/// What a service without accounts has as well.
pub(super) fn tokens() -> Routes {
    Routes::new()
}

pub(super) fn routes() -> Routes {
    Routes::new()
}
