//! `/api/analyses` and `/api/folders/{folder_id}/analyses`: questions about media and their answers.

use super::Routes;

pub(super) fn routes() -> Routes {
    Routes::new()
}
