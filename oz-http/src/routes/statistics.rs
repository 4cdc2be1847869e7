//! Counts over folders and analyses.

use super::Routes;

pub(super) fn routes() -> Routes {
    Routes::new()
}
