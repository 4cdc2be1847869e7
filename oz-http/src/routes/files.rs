//! `/static`: media under URLs that are signed and expire.

use super::Routes;

pub(super) fn routes() -> Routes {
    Routes::new()
}
