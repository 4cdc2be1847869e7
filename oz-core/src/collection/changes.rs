//! Change log of the references in a collection, from which an index is kept up to date.

use serde::{Deserialize, Serialize};

use super::{IndexEntry, ReferenceId};

/// Number of a change to the references of a collection, starting at 1 and increasing by 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Revision(pub u64);

/// One change to the references of a collection.
#[derive(Debug, Clone, PartialEq)]
pub struct ReferenceChange {
    /// Number of the change.
    pub revision: Revision,
    /// Kind of change.
    pub event: ReferenceEvent,
}

/// Kind of change to a reference.
#[derive(Debug, Clone, PartialEq)]
pub enum ReferenceEvent {
    /// The reference was stored and still exists.
    Stored(IndexEntry),
    /// The reference was deleted.
    Deleted(ReferenceId),
}
