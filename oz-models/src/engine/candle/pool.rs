//! A pool that grows to the number of users at the same time.

use std::sync::{Mutex, PoisonError};

/// Idle things. The lock is held to take one or to put it back, never while it is used.
pub(super) struct Pool<T> {
    idle: Mutex<Vec<T>>,
}

impl<T> Pool<T> {
    pub(super) fn new() -> Self {
        Self { idle: Mutex::new(Vec::new()) }
    }

    /// An idle thing, if there is one.
    pub(super) fn take(&self) -> Option<T> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    pub(super) fn put(&self, thing: T) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(thing);
    }
}
