//! `/v1/face`: liveness and comparison without accounts (API Lite).

use super::Routes;

pub(super) fn routes() -> Routes {
    Routes::new()
}
