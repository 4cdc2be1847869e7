//! `/api/instant/folders`: everything in one request, nothing stored.

use super::Routes;

pub(super) fn routes() -> Routes {
    Routes::new()
}
