//! `/api/collections/{collection_id}/persons`: known faces.

use super::Routes;

pub(super) fn routes() -> Routes {
    Routes::new()
}
