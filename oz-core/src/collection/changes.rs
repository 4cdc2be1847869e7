//! What happened to the references of a collection, in order, so that an index can follow.

use serde::{Deserialize, Serialize};

use super::{IndexEntry, ReferenceId};

/// The number of a change to the references of a collection: 1 for the first, one more for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Revision(pub u64);

/// One change.
#[derive(Debug, Clone, PartialEq)]
pub struct ReferenceChange {
    /// Its number.
    pub revision: Revision,
    /// What happened.
    pub event: ReferenceEvent,
}

/// What can happen to a reference.
#[derive(Debug, Clone, PartialEq)]
pub enum ReferenceEvent {
    /// It was stored, and is there.
    Stored(IndexEntry),
    /// It was deleted.
    Deleted(ReferenceId),
}
