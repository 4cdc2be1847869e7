//! The seams to whoever stores collections and whoever searches them.

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
/// - One method is one transaction: it happens whole or not at all.
/// - Lists are ordered by time of creation, then by id.
/// - Deleting what is absent succeeds; reading what is absent is `storage.not_found`.
/// - A deletion takes everything below with it, and names the pictures that nobody refers to any more.
/// - An adapter whose database has an [`ErasureList`](crate::storage::port::ErasureList) takes pictures off it in the
///   transaction that stores their references, and puts them on it, due at once, in the one that deletes them.
#[async_trait]
pub trait CollectionRepository: Debug + Send + Sync {
    /// Stores a new collection.
    ///
    /// # Errors
    /// `storage.conflict` when the id, or the alias within the company, is taken; `storage.backend`.
    async fn create_collection(&self, collection: &Collection) -> Result<()>;

    /// A collection.
    ///
    /// # Errors
    /// `storage.not_found`; `storage.backend`.
    async fn collection(&self, id: CollectionId) -> Result<Collection>;

    /// The collection of a company that has this alias.
    ///
    /// # Errors
    /// `storage.not_found`; `storage.backend`.
    async fn collection_by_alias(&self, company: CompanyId, alias: &str) -> Result<Collection>;

    /// The collections of a company.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn collections(&self, company: CompanyId, page: &Page) -> Result<Vec<Collection>>;

    /// Gives a collection new attributes.
    ///
    /// # Errors
    /// `storage.not_found`; `storage.backend`.
    async fn update_collection(
        &self,
        id: CollectionId,
        metadata: &Metadata,
        now: Timestamp,
    ) -> Result<Collection>;

    /// Deletes a collection with its subjects and references.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn delete_collection(&self, id: CollectionId) -> Result<Vec<BlobKey>>;

    /// Stores a new subject with its first references.
    ///
    /// # Errors
    /// `storage.not_found` when the collection is absent; `storage.conflict` when an id is taken; `storage.backend`.
    async fn create_subject(&self, subject: &Subject, references: &[Reference]) -> Result<()>;

    /// A subject.
    ///
    /// # Errors
    /// `storage.not_found`, also when the subject belongs to another collection; `storage.backend`.
    async fn subject(&self, collection: CollectionId, id: SubjectId) -> Result<Subject>;

    /// The subjects of a collection.
    ///
    /// # Errors
    /// `storage.not_found` when the collection is absent; `storage.backend`.
    async fn subjects(&self, collection: CollectionId, page: &Page) -> Result<Vec<Subject>>;

    /// How many subjects a collection has.
    ///
    /// # Errors
    /// `storage.not_found` when the collection is absent; `storage.backend`.
    async fn count_subjects(&self, collection: CollectionId) -> Result<u64>;

    /// Gives a subject new attributes.
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

    /// Deletes a subject of a collection with its references.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn delete_subject(&self, collection: CollectionId, id: SubjectId) -> Result<Vec<BlobKey>>;

    /// Stores further references of subjects that are there.
    ///
    /// # Errors
    /// `storage.not_found` when a subject is absent from its collection; `storage.conflict` when an id is taken;
    /// `storage.backend`.
    async fn add_references(&self, references: &[Reference]) -> Result<()>;

    /// All references of a subject.
    ///
    /// # Errors
    /// `storage.not_found` when the subject is absent from the collection; `storage.backend`.
    async fn references(&self, collection: CollectionId, subject: SubjectId) -> Result<Vec<Reference>>;

    /// Up to `limit` changes to the references of a collection in the order of their numbers, from the one behind `after`
    /// on; fewer only if there are no more. An index follows them, see [`LiveIndex`](super::LiveIndex).
    ///
    /// - Storing a reference is a change, and deleting one. Each takes the next number of its collection, in the transaction
    ///   that makes it, so that no transaction that ends later brings a lower number than was seen.
    /// - Of a reference that was deleted only the deletion is told; numbers have gaps there.
    ///
    /// # Errors
    /// `storage.not_found` when the collection is absent; `storage.backend`.
    async fn changes(
        &self,
        collection: CollectionId,
        after: Revision,
        limit: usize,
    ) -> Result<Vec<ReferenceChange>>;

    /// Deletes one reference of a collection.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn delete_reference(&self, collection: CollectionId, id: ReferenceId) -> Result<Vec<BlobKey>>;
}

/// Finds the nearest references. Processor work: synchronous, no I/O.
///
/// - Collections and models are separate spaces; nothing is found across them.
/// - The answer is exact: the nearest subjects, each by its nearest reference, with the similarity that
///   [`FeatureVector::similarity`] gives.
/// - Nearest first; equal similarities in the order of the subjects' ids, and of the references' ids within a subject.
/// - Removing what is absent succeeds; searching where nothing was added finds nothing.
pub trait VectorIndex: Debug + Send + Sync {
    /// Adds references to a collection; one that is there is replaced. All or nothing.
    ///
    /// # Errors
    /// `analysis.incomparable_features` when a vector's length is not that of its model's other vectors.
    fn add(&self, collection: CollectionId, entries: &[IndexEntry]) -> Result<()>;

    /// Removes references from a collection.
    ///
    /// # Errors
    /// `storage.backend` where an index lives outside the process.
    fn remove(&self, collection: CollectionId, references: &[ReferenceId]) -> Result<()>;

    /// Removes all references of a subject from a collection.
    ///
    /// # Errors
    /// `storage.backend` where an index lives outside the process.
    fn remove_subject(&self, collection: CollectionId, subject: SubjectId) -> Result<()>;

    /// Removes all references of a collection.
    ///
    /// # Errors
    /// `storage.backend` where an index lives outside the process.
    fn clear(&self, collection: CollectionId) -> Result<()>;

    /// How many references of a model a collection holds.
    fn count(&self, collection: CollectionId, model: &ModelId) -> usize;

    /// The subjects of a collection nearest to a probe.
    ///
    /// # Errors
    /// `analysis.incomparable_features` when the probe's length is not that of its model's vectors.
    fn search(
        &self,
        collection: CollectionId,
        probe: &FeatureVector,
        query: &IndexQuery,
    ) -> Result<Vec<Neighbour>>;
}
