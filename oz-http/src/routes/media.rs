//! `/api/media` and `/api/folders/{folder_id}/media`: photos, videos, shot sets.

use super::Routes;

pub(super) fn routes() -> Routes {
    Routes::new()
}
