//! `/api/collections`: sets of known faces.

use super::Routes;

pub(super) fn routes() -> Routes {
    Routes::new()
}
