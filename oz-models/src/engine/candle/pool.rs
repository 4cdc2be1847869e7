//! A pool that grows to the number of concurrent users.

use std::sync::{Mutex, PoisonError};

/// Idle items. The lock is held only to take or return one, never while it is in use.
pub(super) struct Pool<T> {
    idle: Mutex<Vec<T>>,
}

impl<T> Pool<T> {
    pub(super) fn new() -> Self {
        Self { idle: Mutex::new(Vec::new()) }
    }

    /// Takes an idle item, if there is one.
    pub(super) fn take(&self) -> Option<T> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    /// Returns an item.
    pub(super) fn put(&self, item: T) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(item);
    }
}
