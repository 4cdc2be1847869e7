//! Enrolment, verification and identification in process.

mod driver;
mod store;

use std::sync::Arc;

use oz_core::collection::{Collections, SearchQuery, SubjectId};
use oz_core::face::{ComparisonDecision, ComparisonScore, FeatureVector, Threshold};
use oz_core::inference::ModelId;
use oz_core::metadata::Metadata;
use serde::Serialize;
use serde_json::json;

use crate::{Error, Media, Oz, Result};
use driver::Driver;

/// Maximum share of searches for an unknown person that end in a match, for any size of the collection.
const FPIR: f64 = 3e-3;

/// Name of the metadata field that holds a subject's name.
const NAME: &str = "name";

/// Known faces, searched in this process: enrol, verify (1:1), identify (1:N).
///
/// Scores are calibrated for the number of subjects: a search for an unknown person ends in a match in at
/// most 0.3 % of cases, for independent comparisons (see [`FaceCollection::identify`]). Methods block and
/// need no async runtime. Cheap to clone; clones share the collection.
///
/// ```
/// # fn main() -> oz::Result<()> {
/// # let portrait = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/astronaut.png");
/// let oz = oz::Oz::builder().engine("candle").build()?;
/// let staff = oz.collection()?;
/// let eileen = staff.enrol("Eileen", [portrait])?;
///
/// let candidates = staff.identify(portrait, 5)?;
/// assert_eq!(candidates[0].name, "Eileen");
/// assert!(candidates[0].is_match());
/// assert!(staff.verify(eileen, portrait)?.is_match());
///
/// staff.remove(eileen)?;
/// assert!(staff.identify(portrait, 5)?.is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct FaceCollection(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    oz: Oz,
    use_cases: Collections,
    id: oz_core::collection::CollectionId,
    driver: Driver,
}

/// Enrolled subject that a probe was compared with.
///
/// ```
/// use oz::{FaceCollection, Media};
///
/// /// Returns the name of the person, if the collection knows the person.
/// fn recognise(staff: &FaceCollection, probe: Media) -> oz::Result<Option<String>> {
///     let best = staff.identify(probe, 1)?.into_iter().next();
///     Ok(best.filter(|candidate| candidate.is_match()).map(|candidate| candidate.name))
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct KnownFace {
    /// ID given at enrolment.
    pub subject: SubjectId,
    /// Name given at enrolment.
    pub name: String,
    /// Score of the subject's most similar reference.
    pub score: ComparisonScore,
    /// Decision at the default [`Threshold`].
    pub decision: ComparisonDecision,
}

impl KnownFace {
    /// Whether the decision is a match.
    #[must_use]
    pub fn is_match(&self) -> bool {
        self.decision == ComparisonDecision::Match
    }
}

impl FaceCollection {
    /// Enrols a new subject by one or more photos or videos, each of which must show exactly one face.
    ///
    /// # Errors
    /// `input.invalid_value` without media, `analysis.no_face`, `analysis.several_faces`, and the codes of
    /// [`Oz::analyze`] and storage. Nothing is enrolled then.
    pub fn enrol<M: Into<Media>>(
        &self,
        name: impl Into<String>,
        media: impl IntoIterator<Item = M>,
    ) -> Result<SubjectId> {
        let templates = media.into_iter().map(|media| self.0.oz.features_of_single_face(media));
        self.enrol_features(name, templates.collect::<Result<Vec<_>>>()?)
    }

    /// Enrols a new subject by feature vectors of the handle's extractor.
    ///
    /// # Errors
    /// `input.invalid_value` without vectors; `analysis.incomparable_features` for vectors of another model;
    /// the codes of storage.
    pub fn enrol_features(
        &self,
        name: impl Into<String>,
        templates: Vec<FeatureVector>,
    ) -> Result<SubjectId> {
        let extractor = self.0.oz.extractor()?;
        for template in &templates {
            ensure_same_space(extractor.model(), template)?;
        }

        let metadata = Metadata::new(json!({ NAME: name.into() }))?;
        let samples = templates.into_iter().map(store::sample).collect();
        let enrolment = self.0.use_cases.enrol(self.0.id, metadata, samples);
        Ok(self.0.driver.wait(enrolment)?.subject.id)
    }

    /// Compares a probe with the references of one subject; the most similar one counts.
    ///
    /// # Errors
    /// `storage.not_found` for an unknown subject, `analysis.no_face`, `analysis.several_faces`, and the
    /// codes of [`Oz::analyze`] and storage.
    pub fn verify(&self, subject: SubjectId, probe: impl Into<Media>) -> Result<KnownFace> {
        self.verify_features(subject, &self.0.oz.features_of_single_face(probe)?)
    }

    /// [`verify`](Self::verify) for a probe whose features are extracted already.
    ///
    /// # Errors
    /// `storage.not_found`, `analysis.incomparable_features`, the codes of storage.
    pub fn verify_features(&self, subject: SubjectId, probe: &FeatureVector) -> Result<KnownFace> {
        let extractor = self.0.oz.extractor()?;
        let threshold = Threshold::default();
        let verification =
            self.0.use_cases.verify(self.0.id, subject, probe, extractor.calibration(), threshold);
        let found = self.0.driver.wait(verification)?;

        let (score, decision) = (found.score, found.decision);
        Ok(KnownFace { subject, name: self.name(subject)?, score, decision })
    }

    /// Finds the subjects that a probe may belong to: at most `limit`, most similar first. Subjects whose
    /// decision is non-match are left out, so an unknown person gives an empty list or inconclusive
    /// candidates.
    ///
    /// The scale of the scores follows the number of subjects: the more are enrolled, the more similar two
    /// faces have to be ([`Calibration::for_search`](oz_core::face::Calibration::for_search), FPIR 0.3 %).
    ///
    /// # Errors
    /// `analysis.no_face`, `analysis.several_faces`, and the codes of [`Oz::analyze`] and storage.
    pub fn identify(&self, probe: impl Into<Media>, limit: usize) -> Result<Vec<KnownFace>> {
        self.identify_features(&self.0.oz.features_of_single_face(probe)?, limit)
    }

    /// [`identify`](Self::identify) for a probe whose features are extracted already.
    ///
    /// # Errors
    /// `analysis.incomparable_features`, the codes of storage.
    pub fn identify_features(&self, probe: &FeatureVector, limit: usize) -> Result<Vec<KnownFace>> {
        let extractor = self.0.oz.extractor()?;
        ensure_same_space(extractor.model(), probe)?;

        let gallery = usize::try_from(self.len()?).unwrap_or(usize::MAX);
        let calibration = extractor.calibration().for_search(FPIR, gallery)?;
        let query = SearchQuery { limit, ..SearchQuery::default() };
        let search = self.0.use_cases.identify(self.0.id, probe, &calibration, &query);
        let found = self.0.driver.wait(search)?;

        let known = found.candidates.into_iter().map(|candidate| {
            let (subject, score, decision) = (candidate.subject, candidate.score, candidate.decision);
            Ok(KnownFace { subject, name: self.name(subject)?, score, decision })
        });
        known.collect()
    }

    /// Deletes a subject with all references. Deleting an unknown subject succeeds.
    ///
    /// # Errors
    /// The codes of storage.
    pub fn remove(&self, subject: SubjectId) -> Result<()> {
        Ok(self.0.driver.wait(self.0.use_cases.delete_subject(self.0.id, subject))?)
    }

    /// Number of subjects.
    ///
    /// # Errors
    /// The codes of storage.
    pub fn len(&self) -> Result<u64> {
        Ok(self.0.driver.wait(self.0.use_cases.repository.count_subjects(self.0.id))?)
    }

    /// Whether no subject is enrolled.
    ///
    /// # Errors
    /// The codes of storage.
    pub fn is_empty(&self) -> Result<bool> {
        Ok(self.len()? == 0)
    }

    fn name(&self, subject: SubjectId) -> Result<String> {
        let record = self.0.driver.wait(self.0.use_cases.repository.subject(self.0.id, subject))?;
        let name = record.metadata.get(NAME).and_then(serde_json::Value::as_str);
        Ok(name.unwrap_or_default().to_owned())
    }
}

impl Oz {
    /// Creates an empty collection in the memory of this process.
    ///
    /// # Errors
    /// `input.invalid_value` when the handle has no feature extractor.
    pub fn collection(&self) -> Result<FaceCollection> {
        self.extractor()?;
        Ok(FaceCollection(Arc::new(store::in_memory(self)?)))
    }

    /// Opens a collection in an SQLite file, and creates it if it does not exist.
    ///
    /// Templates are stored unencrypted: protect the file as biometric data, or use
    /// [`Oz::sealed_collection_in`]. Any number of processes can use one file.
    ///
    /// # Errors
    /// `storage.backend` when the file is not a database of this version; `input.invalid_value` when the
    /// handle has no feature extractor.
    #[cfg(feature = "sqlite")]
    pub fn collection_in(&self, path: impl AsRef<std::path::Path>) -> Result<FaceCollection> {
        self.extractor()?;
        Ok(FaceCollection(Arc::new(store::in_sqlite(self, path.as_ref(), None)?)))
    }

    /// [`Oz::collection_in`] with templates encrypted by the keys of a key provider. Names are not encrypted.
    ///
    /// # Errors
    /// As [`Oz::collection_in`]; the codes of the key provider.
    #[cfg(feature = "sqlite")]
    pub fn sealed_collection_in(
        &self,
        path: impl AsRef<std::path::Path>,
        keys: Arc<dyn oz_core::storage::port::KeyProvider>,
    ) -> Result<FaceCollection> {
        self.extractor()?;
        Ok(FaceCollection(Arc::new(store::in_sqlite(self, path.as_ref(), Some(keys))?)))
    }

    fn extractor(&self) -> Result<Arc<dyn oz_core::face::port::FeatureExtractor>> {
        let extractor = self.pipeline().stages().extractor.clone();
        extractor.ok_or_else(|| Error::Config {
            detail: "extractors: collections need a feature extractor".into(),
        })
    }
}

/// Refuses vectors of another model: they would be stored but never found.
fn ensure_same_space(space: &ModelId, vector: &FeatureVector) -> Result<()> {
    if vector.model() == space {
        return Ok(());
    }
    let (left, right) = (space.to_string(), vector.model().to_string());
    Err(oz_core::Error::IncomparableFeatures { left, right }.into())
}
