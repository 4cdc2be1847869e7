//! What is kept of known faces.

use serde::{Deserialize, Serialize};

use crate::face::FeatureVector;
use crate::metadata::Metadata;
use crate::storage::BlobKey;
use crate::system::{CompanyId, Timestamp, Uuid, typed_id};

typed_id!(
    /// Names a collection.
    CollectionId,
    "collection"
);
typed_id!(
    /// Names a subject.
    SubjectId,
    "subject"
);
typed_id!(
    /// Names a reference.
    ReferenceId,
    "reference"
);

/// A set of subjects that is searched as one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collection {
    /// Unique name.
    pub id: CollectionId,
    /// Whose it is.
    pub company: CompanyId,
    /// Name given by the owner, e.g. `blacklist`; unique within the company.
    pub alias: String,
    /// Free attributes.
    pub metadata: Metadata,
    /// When it was created.
    pub created: Timestamp,
    /// When it was changed last.
    pub updated: Timestamp,
}

/// Somebody whose face is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// Unique name.
    pub id: SubjectId,
    /// Where the subject belongs.
    pub collection: CollectionId,
    /// Free attributes.
    pub metadata: Metadata,
    /// When the subject was enrolled.
    pub created: Timestamp,
    /// When it was changed last.
    pub updated: Timestamp,
}

/// A stored template and where it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    /// Unique name.
    pub id: ReferenceId,
    /// Where the subject belongs.
    pub collection: CollectionId,
    /// Whose face it is.
    pub subject: SubjectId,
    /// What probes are compared with.
    pub template: FeatureVector,
    /// The picture that the template was made from, if it is kept.
    pub image: Option<BlobKey>,
    /// When it was enrolled.
    pub created: Timestamp,
}

/// One face to be enrolled.
#[derive(Debug, Clone, PartialEq)]
pub struct ReferenceSample {
    /// What the extractor made of the face.
    pub template: FeatureVector,
    /// The picture, if it is kept.
    pub image: Option<BlobKey>,
}

/// A place in a list that is ordered by time of creation, then by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Position {
    /// Time of creation.
    pub created: Timestamp,
    /// Id of the record.
    pub id: Uuid,
}

/// Which part of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Begins behind this place; at the beginning of the list when absent. The record there may be gone.
    pub after: Option<Position>,
    /// Longest part.
    pub limit: usize,
}

impl Default for Page {
    /// The first 100 records.
    fn default() -> Self {
        Self { after: None, limit: 100 }
    }
}

impl Collection {
    /// Its place among the collections of its company.
    #[must_use]
    pub fn position(&self) -> Position {
        Position { created: self.created, id: self.id.uuid() }
    }
}

impl Subject {
    /// Its place among the subjects of its collection.
    #[must_use]
    pub fn position(&self) -> Position {
        Position { created: self.created, id: self.id.uuid() }
    }
}

impl Reference {
    /// Its place among the references of its collection or subject.
    #[must_use]
    pub fn position(&self) -> Position {
        Position { created: self.created, id: self.id.uuid() }
    }
}
