//! Reports of folders.

use super::Routes;

pub(super) fn routes() -> Routes {
    Routes::new()
}
