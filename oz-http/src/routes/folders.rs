//! `/api/folders`: cases.

use super::Routes;

pub(super) fn routes() -> Routes {
    Routes::new()
}
