//! Ports for storing collections and for searching them.

use std::fmt::Debug;

use async_trait::async_trait;

use super::{Collection, CollectionId, IndexEntry, IndexQuery, Neighbour, Page, Reference, ReferenceChange};
use super::{ReferenceId, Revision, Subject, SubjectId};
use crate::Result;
use crate::face::FeatureVector;
use crate::inference::ModelId;
use crate::metadata::Metadata;
use crate::storage::BlobKey;
use crate::system::{CompanyId, Timestamp};

/// Stores collections, subjects and references.
///
/// - Each method is one transaction.
/// - Lists are ordered by creation time, then by ID.
/// - Deleting an absent record succeeds; reading one is `storage.not_found`.
/// - A deletion cascades to dependent records and returns the keys of the images that are no longer
///   referenced.
/// - An adapter whose database has an [`ErasureList`](crate::storage::port::ErasureList) removes images from
///   it in the transaction that stores their references, and adds them, due immediately, in the one that
///   deletes them.
#[async_trait]
pub trait CollectionRepository: Debug + Send + Sync {
    /// Stores a new collection.
    ///
    /// # Errors
    /// `storage.conflict` when the ID, or the alias within the company, is taken; `storage.backend`.
    async fn create_collection(&self, collection: &Collection) -> Result<()>;

    /// Loads a collection.
    ///
    /// # Errors
    /// `storage.not_found`; `storage.backend`.
    async fn collection(&self, id: CollectionId) -> Result<Collection>;

    /// Loads the collection of a company by its alias.
    ///
    /// # Errors
    /// `storage.not_found`; `storage.backend`.
    async fn collection_by_alias(&self, company: CompanyId, alias: &str) -> Result<Collection>;

    /// Lists the collections of a company.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn collections(&self, company: CompanyId, page: &Page) -> Result<Vec<Collection>>;

    /// Replaces the custom attributes of a collection.
    ///
    /// # Errors
    /// `storage.not_found`; `storage.backend`.
    async fn update_collection(
        &self,
        id: CollectionId,
        metadata: &Metadata,
        now: Timestamp,
    ) -> Result<Collection>;

    /// Deletes a collection with its subjects and references. Returns the keys of the images no longer
    /// referenced.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn delete_collection(&self, id: CollectionId) -> Result<Vec<BlobKey>>;

    /// Stores a new subject with its first references.
    ///
    /// # Errors
    /// `storage.not_found` when the collection is absent; `storage.conflict` when an ID is taken;
    /// `storage.backend`.
    async fn create_subject(&self, subject: &Subject, references: &[Reference]) -> Result<()>;

    /// Loads a subject.
    ///
    /// # Errors
    /// `storage.not_found`, also when the subject belongs to another collection; `storage.backend`.
    async fn subject(&self, collection: CollectionId, id: SubjectId) -> Result<Subject>;

    /// Lists the subjects of a collection.
    ///
    /// # Errors
    /// `storage.not_found` when the collection is absent; `storage.backend`.
    async fn subjects(&self, collection: CollectionId, page: &Page) -> Result<Vec<Subject>>;

    /// Counts the subjects of a collection.
    ///
    /// # Errors
    /// `storage.not_found` when the collection is absent; `storage.backend`.
    async fn count_subjects(&self, collection: CollectionId) -> Result<u64>;

    /// Replaces the custom attributes of a subject.
    ///
    /// # Errors
    /// `storage.not_found`, also when the subject belongs to another collection; `storage.backend`.
    async fn update_subject(
        &self,
        collection: CollectionId,
        id: SubjectId,
        metadata: &Metadata,
        now: Timestamp,
    ) -> Result<Subject>;

    /// Deletes a subject with its references. Returns the keys of the images no longer referenced.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn delete_subject(&self, collection: CollectionId, id: SubjectId) -> Result<Vec<BlobKey>>;

    /// Stores additional references of existing subjects.
    ///
    /// # Errors
    /// `storage.not_found` when a subject is absent from its collection; `storage.conflict` when an ID is
    /// taken; `storage.backend`.
    async fn add_references(&self, references: &[Reference]) -> Result<()>;

    /// Lists all references of a subject.
    ///
    /// # Errors
    /// `storage.not_found` when the subject is absent from the collection; `storage.backend`.
    async fn references(&self, collection: CollectionId, subject: SubjectId) -> Result<Vec<Reference>>;

    /// Lists up to `limit` changes to the references of a collection in ascending order, starting after the
    /// revision `after`. Returns fewer only if there are no more. Consumed by
    /// [`LiveIndex`](super::LiveIndex).
    ///
    /// - Storing and deleting a reference are changes. Each takes the next revision of its collection within
    ///   its own transaction, so that a transaction that commits later never has a lower revision than one
    ///   already read.
    /// - For a deleted reference only the deletion is reported, which leaves gaps in the revisions.
    ///
    /// # Errors
    /// `storage.not_found` when the collection is absent; `storage.backend`.
    async fn changes(
        &self,
        collection: CollectionId,
        after: Revision,
        limit: usize,
    ) -> Result<Vec<ReferenceChange>>;

    /// Deletes one reference. Returns the keys of the images no longer referenced.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn delete_reference(&self, collection: CollectionId, id: ReferenceId) -> Result<Vec<BlobKey>>;
}

/// Nearest-neighbour search over references. CPU-bound and synchronous, without I/O.
///
/// - Collections and models are separate spaces; a search never crosses them.
/// - The result is exact: the nearest subjects, each represented by its nearest reference, with the
///   similarity defined by [`FeatureVector::similarity`].
/// - Nearest first; ties are ordered by subject ID, and within a subject by reference ID.
/// - Removing an absent reference succeeds; searching an unknown collection finds nothing.
pub trait VectorIndex: Debug + Send + Sync {
    /// Adds references to a collection atomically, replacing existing ones.
    ///
    /// # Errors
    /// `analysis.incomparable_features` when the length of a vector differs from that of its model's other
    /// vectors.
    fn add(&self, collection: CollectionId, entries: &[IndexEntry]) -> Result<()>;

    /// Removes references from a collection.
    ///
    /// # Errors
    /// `storage.backend` if the index is external to the process.
    fn remove(&self, collection: CollectionId, references: &[ReferenceId]) -> Result<()>;

    /// Removes all references of a subject from a collection.
    ///
    /// # Errors
    /// `storage.backend` if the index is external to the process.
    fn remove_subject(&self, collection: CollectionId, subject: SubjectId) -> Result<()>;

    /// Removes all references of a collection.
    ///
    /// # Errors
    /// `storage.backend` if the index is external to the process.
    fn clear(&self, collection: CollectionId) -> Result<()>;

    /// Number of references of a model in a collection.
    fn count(&self, collection: CollectionId, model: &ModelId) -> usize;

    /// Finds the subjects of a collection nearest to a probe.
    ///
    /// # Errors
    /// `analysis.incomparable_features` when the length of the probe differs from that of its model's other
    /// vectors.
    fn search(
        &self,
        collection: CollectionId,
        probe: &FeatureVector,
        query: &IndexQuery,
    ) -> Result<Vec<Neighbour>>;
}
