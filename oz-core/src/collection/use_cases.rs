//! Use cases of collections: enrol, verify, identify and delete.

use std::sync::Arc;

use super::port::CollectionRepository;
use super::{CandidateList, Collection, CollectionId, LiveIndex, Page, Reference, ReferenceId};
use super::{ReferenceSample, SearchQuery, Subject, SubjectId, identify};
use crate::face::{Calibration, ComparisonDecision, ComparisonScore, FeatureVector, Threshold};
use crate::inference::ModelId;
use crate::license::Feature;
use crate::license::port::LicenseProvider;
use crate::metadata::Metadata;
use crate::storage::BlobKey;
use crate::storage::port::BlobStore;
use crate::system::CompanyId;
use crate::system::port::{Clock, IdGenerator};
use crate::{Error, Result};

/// Number of subjects to read at a time when a collection is deleted.
const BATCH: usize = 1_000;

/// Use cases of collections, built on the ports they require.
///
/// Callers pass feature vectors that are already extracted; no model runs here. Each write goes to the
/// repository first, then to the index. If it is interrupted in between, the next use of the collection
/// catches up. Images are erased before the records that refer to them, so that a failed deletion can be
/// repeated.
#[derive(Debug, Clone)]
pub struct Collections {
    /// Source of truth.
    pub repository: Arc<dyn CollectionRepository>,
    /// Search index that follows the repository.
    pub index: Arc<LiveIndex>,
    /// Storage of images.
    pub blobs: Arc<dyn BlobStore>,
    /// Licence checks and usage counting.
    pub license: Arc<dyn LicenseProvider>,
    /// Source of timestamps.
    pub clock: Arc<dyn Clock>,
    /// Source of record IDs.
    pub ids: Arc<dyn IdGenerator>,
}

/// A newly enrolled subject with its references.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Enrolled {
    /// The subject.
    pub subject: Subject,
    /// References of the subject.
    pub references: Vec<Reference>,
}

/// Result of a one-to-one comparison.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Verification {
    /// The subject's most similar reference.
    pub reference: ReferenceId,
    /// Comparison score of the probe with that reference.
    pub score: ComparisonScore,
    /// Decision at the given threshold.
    pub decision: ComparisonDecision,
}

impl Collections {
    /// Creates an empty collection.
    ///
    /// # Errors
    /// `storage.conflict` when the company has a collection of this alias; `storage.backend`.
    pub async fn create(&self, company: CompanyId, alias: &str, metadata: Metadata) -> Result<Collection> {
        let id = CollectionId::from(self.ids.next_id());
        let now = self.clock.now();
        let collection =
            Collection { id, company, alias: alias.into(), metadata, created: now, updated: now };

        self.repository.create_collection(&collection).await?;
        Ok(collection)
    }

    /// Enrols a new subject from one or more samples.
    ///
    /// # Errors
    /// `input.invalid_value` when `samples` is empty; `storage.not_found` when the collection is absent;
    /// `storage.backend`.
    pub async fn enrol(
        &self,
        collection: CollectionId,
        metadata: Metadata,
        samples: Vec<ReferenceSample>,
    ) -> Result<Enrolled> {
        let id = SubjectId::from(self.ids.next_id());
        let references = self.new_references(collection, id, samples)?;
        let now = self.clock.now();
        let subject = Subject { id, collection, metadata, created: now, updated: now };

        self.repository.create_subject(&subject, &references).await?;
        self.index.catch_up(collection).await?;
        Ok(Enrolled { subject, references })
    }

    /// Adds references to a subject.
    ///
    /// # Errors
    /// `input.invalid_value` when `samples` is empty; `storage.not_found` when the subject is absent;
    /// `storage.backend`.
    pub async fn add_references(
        &self,
        collection: CollectionId,
        subject: SubjectId,
        samples: Vec<ReferenceSample>,
    ) -> Result<Vec<Reference>> {
        let references = self.new_references(collection, subject, samples)?;
        self.repository.add_references(&references).await?;
        self.index.catch_up(collection).await?;
        Ok(references)
    }

    /// Compares a probe with the references of one subject. The most similar reference decides. The use is
    /// counted once a reference was found.
    ///
    /// # Errors
    /// `license.denied`; `storage.not_found` when the subject is absent or has no reference of the probe's
    /// model; `analysis.incomparable_features`; `storage.backend`.
    pub async fn verify(
        &self,
        collection: CollectionId,
        subject: SubjectId,
        probe: &FeatureVector,
        calibration: &Calibration,
        threshold: Threshold,
    ) -> Result<Verification> {
        let mut references = self.repository.references(collection, subject).await?;
        references.retain(|reference| reference.template.model() == probe.model());
        if references.is_empty() {
            return Err(no_reference(subject, probe.model()));
        }
        self.license.consume(Feature::Verification, 1, self.clock.now()).await?;

        let compared: Vec<_> = references
            .iter()
            .map(|reference| Ok((reference.id, reference.template.similarity(probe)?)))
            .collect::<Result<_>>()?;
        let best = compared.into_iter().max_by(|a, b| a.1.total_cmp(&b.1));
        let (reference, similarity) = best.ok_or_else(|| no_reference(subject, probe.model()))?;

        let score = calibration.score(similarity);
        Ok(Verification { reference, score, decision: score.decide(threshold) })
    }

    /// Searches a collection for the subjects most similar to a probe.
    ///
    /// The search is CPU-bound and runs on the calling thread. For large collections, call
    /// [`Collections::prepare_search`] instead and run [`identify`] on a thread for blocking work.
    ///
    /// # Errors
    /// `license.denied`; `storage.not_found` when the collection is absent; `analysis.incomparable_features`;
    /// `storage.backend`.
    pub async fn identify(
        &self,
        collection: CollectionId,
        probe: &FeatureVector,
        calibration: &Calibration,
        query: &SearchQuery,
    ) -> Result<CandidateList> {
        self.prepare_search(collection).await?;
        identify(self.index.vectors().as_ref(), collection, probe, calibration, query)
    }

    /// Prepares a search: brings the index up to date and consumes the licence. A search of an absent collection
    /// is not counted.
    ///
    /// # Errors
    /// `license.denied`; `storage.not_found` when the collection is absent; `storage.backend`.
    pub async fn prepare_search(&self, collection: CollectionId) -> Result<()> {
        self.index.catch_up(collection).await?;
        self.license.consume(Feature::Identification, 1, self.clock.now()).await
    }

    /// Deletes a subject with its images and references. Can be repeated after a failure.
    ///
    /// # Errors
    /// `storage.backend`.
    pub async fn delete_subject(&self, collection: CollectionId, subject: SubjectId) -> Result<()> {
        let references = empty_if_not_found(self.repository.references(collection, subject).await)?;
        self.erase(references.iter().filter_map(|reference| reference.image).collect()).await?;

        let remaining = self.repository.delete_subject(collection, subject).await?;
        self.catch_up_after_deletion(collection).await?;
        self.erase(remaining).await
    }

    /// Deletes one reference with its image. Can be repeated after a failure.
    ///
    /// # Errors
    /// `storage.backend`.
    pub async fn delete_reference(
        &self,
        collection: CollectionId,
        subject: SubjectId,
        reference: ReferenceId,
    ) -> Result<()> {
        let references = empty_if_not_found(self.repository.references(collection, subject).await)?;
        let found = references.iter().filter(|stored| stored.id == reference);
        self.erase(found.filter_map(|stored| stored.image).collect()).await?;

        let remaining = self.repository.delete_reference(collection, reference).await?;
        self.catch_up_after_deletion(collection).await?;
        self.erase(remaining).await
    }

    /// Deletes a collection with all its subjects. Can be repeated after a failure.
    ///
    /// # Errors
    /// `storage.backend`.
    pub async fn delete(&self, collection: CollectionId) -> Result<()> {
        let mut page = Page { after: None, limit: BATCH };
        loop {
            let subjects = empty_if_not_found(self.repository.subjects(collection, &page).await)?;
            for subject in &subjects {
                self.delete_subject(collection, subject.id).await?;
            }
            let Some(last) = subjects.last() else { break };
            page.after = Some(last.position());
        }

        let remaining = self.repository.delete_collection(collection).await?;
        self.index.forget(collection)?;
        self.erase(remaining).await
    }

    /// Brings the index up to date; succeeds if the collection itself was deleted.
    async fn catch_up_after_deletion(&self, collection: CollectionId) -> Result<()> {
        match self.index.catch_up(collection).await {
            Err(Error::NotFound { .. }) => Ok(()),
            other => other.map(|_| ()),
        }
    }

    fn new_references(
        &self,
        collection: CollectionId,
        subject: SubjectId,
        samples: Vec<ReferenceSample>,
    ) -> Result<Vec<Reference>> {
        if samples.is_empty() {
            return Err(Error::InvalidValue {
                name: "references",
                detail: "at least one face is required".into(),
            });
        }

        let created = self.clock.now();
        let references = samples.into_iter().map(|sample| Reference {
            id: ReferenceId::from(self.ids.next_id()),
            collection,
            subject,
            template: sample.template,
            image: sample.image,
            created,
        });
        Ok(references.collect())
    }

    async fn erase(&self, images: Vec<BlobKey>) -> Result<()> {
        for image in images {
            self.blobs.delete(image).await?;
        }
        Ok(())
    }
}

fn no_reference(subject: SubjectId, model: &ModelId) -> Error {
    Error::NotFound { what: format!("reference of {subject:?} for the model `{model}`") }
}

fn empty_if_not_found<T>(list: Result<Vec<T>>) -> Result<Vec<T>> {
    match list {
        Err(Error::NotFound { .. }) => Ok(Vec::new()),
        other => other,
    }
}
