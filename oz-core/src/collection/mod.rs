//! Collections of enrolled subjects: enrolment, verification (1:1) and identification (1:N).
//!
//! Invariants: a reference stores a feature vector together with its model, and vectors of different models
//! are never compared; the repository is the source of truth, and the index is a cache that follows it
//! ([`LiveIndex`]).

mod candidates;
mod changes;
mod live_index;
pub mod port;
mod records;
mod use_cases;

pub use candidates::{Candidate, CandidateList, IndexEntry, IndexQuery, Neighbour, SearchQuery, identify};
pub use changes::{ReferenceChange, ReferenceEvent, Revision};
pub use live_index::LiveIndex;
pub use records::{
    Collection, CollectionId, Page, Position, Reference, ReferenceId, ReferenceSample, Subject, SubjectId,
};
pub use use_cases::{Collections, Enrolled, Verification};
