//! `/api/event_sessions`: telemetry of clients.

use super::Routes;

pub(super) fn routes() -> Routes {
    Routes::new()
}
