//! Enrol, verify, identify, forget.

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

/// Subjects that are read at once when a collection is deleted.
const BATCH: usize = 1_000;

/// The use cases of collections, over the ports that they need.
///
/// Features come in already extracted, so nothing here runs a network. The repository is written, then the index follows,
/// then the answer is given; whatever ends in between, the next use of the collection catches up.
/// Pictures are erased before the records that name them, so that a failure leaves something to try again with.
#[derive(Debug, Clone)]
pub struct Collections {
    /// Where the truth is.
    pub repository: Arc<dyn CollectionRepository>,
    /// Where it is searched; it follows the repository.
    pub index: Arc<LiveIndex>,
    /// Where pictures are.
    pub blobs: Arc<dyn BlobStore>,
    /// What may be done.
    pub license: Arc<dyn LicenseProvider>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Fresh names.
    pub ids: Arc<dyn IdGenerator>,
}

/// A subject with the references it was enrolled by.
#[derive(Debug, Clone, PartialEq)]
pub struct Enrolled {
    /// Who.
    pub subject: Subject,
    /// By what.
    pub references: Vec<Reference>,
}

/// The answer to a comparison 1:1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Verification {
    /// The subject's reference that is most alike.
    pub reference: ReferenceId,
    /// How alike.
    pub score: ComparisonScore,
    /// What that means at the threshold.
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

    /// Enrols a new subject by one or more faces.
    ///
    /// # Errors
    /// `input.invalid_value` without a face; `storage.not_found` when the collection is absent; `storage.backend`.
    pub async fn enrol(
        &self,
        collection: CollectionId,
        metadata: Metadata,
        samples: Vec<ReferenceSample>,
    ) -> Result<Enrolled> {
        let id = SubjectId::from(self.ids.next_id());
        let references = self.references(collection, id, samples)?;
        let now = self.clock.now();
        let subject = Subject { id, collection, metadata, created: now, updated: now };
        self.repository.create_subject(&subject, &references).await?;
        self.index.catch_up(collection).await?;
        Ok(Enrolled { subject, references })
    }

    /// Adds faces to a subject.
    ///
    /// # Errors
    /// `input.invalid_value` without a face; `storage.not_found` when the subject is absent; `storage.backend`.
    pub async fn add_references(
        &self,
        collection: CollectionId,
        subject: SubjectId,
        samples: Vec<ReferenceSample>,
    ) -> Result<Vec<Reference>> {
        let references = self.references(collection, subject, samples)?;
        self.repository.add_references(&references).await?;
        self.index.catch_up(collection).await?;
        Ok(references)
    }

    /// Compares a probe with the references of one subject and takes the best.
    ///
    /// # Errors
    /// `license.denied`; `storage.not_found` when the subject is absent or has no reference of the probe's model;
    /// `analysis.incomparable_features`; `storage.backend`.
    pub async fn verify(
        &self,
        collection: CollectionId,
        subject: SubjectId,
        probe: &FeatureVector,
        calibration: &Calibration,
        threshold: Threshold,
    ) -> Result<Verification> {
        self.license.consume(Feature::Verification, 1, self.clock.now()).await?;
        let references = self.repository.references(collection, subject).await?;
        let comparable = references.iter().filter(|reference| reference.template.model() == probe.model());
        let compared: Vec<_> = comparable
            .map(|reference| Ok((reference.id, reference.template.similarity(probe)?)))
            .collect::<Result<_>>()?;
        let best = compared.into_iter().max_by(|a, b| a.1.total_cmp(&b.1));
        let (reference, similarity) = best.ok_or_else(|| no_reference(subject, probe.model()))?;
        let score = calibration.score(similarity);
        Ok(Verification { reference, score, decision: score.decide(threshold) })
    }

    /// Finds the subjects of a collection that a probe may belong to. The search itself, [`identify`], takes the
    /// calling thread: for large collections call [`Collections::prepare_search`], and that where processor work belongs.
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

    /// Everything of a search but the work: that it may be done, and that the index holds what is stored.
    ///
    /// # Errors
    /// `license.denied`; `storage.not_found` when the collection is absent; `storage.backend`.
    pub async fn prepare_search(&self, collection: CollectionId) -> Result<()> {
        self.license.consume(Feature::Identification, 1, self.clock.now()).await?;
        self.index.catch_up(collection).await?;
        Ok(())
    }

    /// Forgets a subject: pictures, references, the subject. Can be repeated after a failure.
    ///
    /// # Errors
    /// `storage.backend`.
    pub async fn delete_subject(&self, collection: CollectionId, subject: SubjectId) -> Result<()> {
        let references = absent_as_empty(self.repository.references(collection, subject).await)?;
        self.erase(references.iter().filter_map(|reference| reference.image).collect()).await?;
        let left = self.repository.delete_subject(collection, subject).await?;
        self.follow_deletion(collection).await?;
        self.erase(left).await
    }

    /// Forgets one reference. Can be repeated after a failure.
    ///
    /// # Errors
    /// `storage.backend`.
    pub async fn delete_reference(
        &self,
        collection: CollectionId,
        subject: SubjectId,
        reference: ReferenceId,
    ) -> Result<()> {
        let references = absent_as_empty(self.repository.references(collection, subject).await)?;
        let found = references.iter().filter(|stored| stored.id == reference);
        self.erase(found.filter_map(|stored| stored.image).collect()).await?;
        let left = self.repository.delete_reference(collection, reference).await?;
        self.follow_deletion(collection).await?;
        self.erase(left).await
    }

    /// Forgets a collection with everybody in it. Can be repeated after a failure.
    ///
    /// # Errors
    /// `storage.backend`.
    pub async fn delete(&self, collection: CollectionId) -> Result<()> {
        let mut page = Page { after: None, limit: BATCH };
        loop {
            let subjects = absent_as_empty(self.repository.subjects(collection, &page).await)?;
            for subject in &subjects {
                self.delete_subject(collection, subject.id).await?;
            }
            let Some(last) = subjects.last() else { break };
            page.after = Some(last.position());
        }
        let left = self.repository.delete_collection(collection).await?;
        self.index.forget(collection)?;
        self.erase(left).await
    }

    /// A collection that is gone as well leaves nothing to follow.
    async fn follow_deletion(&self, collection: CollectionId) -> Result<()> {
        match self.index.catch_up(collection).await {
            Err(Error::NotFound { .. }) => Ok(()),
            other => other.map(|_| ()),
        }
    }

    fn references(
        &self,
        collection: CollectionId,
        subject: SubjectId,
        samples: Vec<ReferenceSample>,
    ) -> Result<Vec<Reference>> {
        if samples.is_empty() {
            return Err(Error::InvalidValue {
                name: "references",
                detail: "at least one face is needed".into(),
            });
        }
        let created = self.clock.now();
        let reference = |sample: ReferenceSample| Reference {
            id: ReferenceId::from(self.ids.next_id()),
            collection,
            subject,
            template: sample.template,
            image: sample.image,
            created,
        };
        Ok(samples.into_iter().map(reference).collect())
    }

    async fn erase(&self, images: Vec<BlobKey>) -> Result<()> {
        for image in images {
            self.blobs.delete(image).await?;
        }
        Ok(())
    }
}

fn no_reference(subject: SubjectId, model: &ModelId) -> Error {
    Error::NotFound { what: format!("a reference of {subject:?} by the model `{model}`") }
}

fn absent_as_empty<T>(list: Result<Vec<T>>) -> Result<Vec<T>> {
    match list {
        Err(Error::NotFound { .. }) => Ok(Vec::new()),
        other => other,
    }
}
