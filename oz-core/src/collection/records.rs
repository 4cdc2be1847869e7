//! Records of collections, subjects and references, and their pagination.

use serde::{Deserialize, Serialize};

use crate::face::FeatureVector;
use crate::metadata::Metadata;
use crate::storage::BlobKey;
use crate::system::{CompanyId, Timestamp, Uuid, typed_id};

typed_id!(
    /// ID of a collection.
    CollectionId,
    "collection"
);
typed_id!(
    /// ID of a subject.
    SubjectId,
    "subject"
);
typed_id!(
    /// ID of a reference.
    ReferenceId,
    "reference"
);

/// A set of subjects that is searched as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collection {
    /// Unique ID.
    pub id: CollectionId,
    /// Owning company.
    pub company: CompanyId,
    /// Name given by the owner, e.g. `blacklist`; unique within the company.
    pub alias: String,
    /// Custom attributes.
    pub metadata: Metadata,
    /// Creation time.
    pub created: Timestamp,
    /// Time of the last change.
    pub updated: Timestamp,
}

/// An enrolled person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// Unique ID.
    pub id: SubjectId,
    /// Collection of the subject.
    pub collection: CollectionId,
    /// Custom attributes.
    pub metadata: Metadata,
    /// Time of enrolment.
    pub created: Timestamp,
    /// Time of the last change.
    pub updated: Timestamp,
}

/// A stored template of a subject.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    /// Unique ID.
    pub id: ReferenceId,
    /// Collection of the subject.
    pub collection: CollectionId,
    /// Subject of the reference.
    pub subject: SubjectId,
    /// Feature vector to compare probes with.
    pub template: FeatureVector,
    /// Source image of the template, if stored.
    pub image: Option<BlobKey>,
    /// Time of enrolment.
    pub created: Timestamp,
}

/// Sample of one face to enrol.
#[derive(Debug, Clone, PartialEq)]
pub struct ReferenceSample {
    /// Extracted feature vector.
    pub template: FeatureVector,
    /// Source image, if stored.
    pub image: Option<BlobKey>,
}

/// Position in a list ordered by creation time, then by ID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Position {
    /// Creation time of the record.
    pub created: Timestamp,
    /// ID of the record.
    pub id: Uuid,
}

/// One page of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Position after which the page starts; the beginning of the list when absent. The record at this
    /// position may have been deleted.
    pub after: Option<Position>,
    /// Maximum number of records.
    pub limit: usize,
}

impl Default for Page {
    /// The first 100 records.
    fn default() -> Self {
        Self { after: None, limit: 100 }
    }
}

impl Collection {
    /// Position among the collections of the company.
    #[must_use]
    pub fn position(&self) -> Position {
        Position { created: self.created, id: self.id.uuid() }
    }
}

impl Subject {
    /// Position among the subjects of the collection.
    #[must_use]
    pub fn position(&self) -> Position {
        Position { created: self.created, id: self.id.uuid() }
    }
}

impl Reference {
    /// Position among the references of the collection or subject.
    #[must_use]
    pub fn position(&self) -> Position {
        Position { created: self.created, id: self.id.uuid() }
    }
}
