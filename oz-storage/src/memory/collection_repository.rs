//! Collections as maps.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;
use std::sync::Mutex;

use async_trait::async_trait;
use oz_core::collection::port::CollectionRepository;
use oz_core::collection::{
    Collection, CollectionId, Page, Position, Reference, ReferenceId, Subject, SubjectId,
};
use oz_core::inference::ModelId;
use oz_core::metadata::Metadata;
use oz_core::storage::BlobKey;
use oz_core::system::{CompanyId, Timestamp};
use oz_core::{Error, Result};

use crate::locked;

/// Collections that end with the process.
#[derive(Debug, Default)]
pub struct MemoryCollectionRepository {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    shelves: BTreeMap<CollectionId, Shelf>,
    /// Where each reference stands.
    places: HashMap<ReferenceId, (CollectionId, SubjectId, Position)>,
}

/// One collection and what is in it.
#[derive(Debug)]
struct Shelf {
    collection: Collection,
    subjects: HashMap<SubjectId, Enrolled>,
    subject_order: BTreeSet<Position>,
    reference_order: BTreeMap<Position, SubjectId>,
}

#[derive(Debug)]
struct Enrolled {
    subject: Subject,
    references: BTreeMap<Position, Reference>,
}

impl State {
    fn shelf(&self, id: CollectionId) -> Result<&Shelf> {
        self.shelves.get(&id).ok_or_else(|| id.not_found())
    }

    /// Checks that the references may be stored with subjects of which `present` knows.
    fn check(&self, references: &[Reference], present: impl Fn(&Reference) -> bool) -> Result<()> {
        let mut seen = BTreeSet::new();
        for reference in references {
            if !present(reference) {
                return Err(reference.subject.not_found());
            }
            if self.places.contains_key(&reference.id) || !seen.insert(reference.id) {
                return Err(reference.id.conflict());
            }
        }
        Ok(())
    }

    fn has_subject(&self, collection: CollectionId, id: SubjectId) -> bool {
        self.shelves.get(&collection).is_some_and(|shelf| shelf.subjects.contains_key(&id))
    }

    fn insert(&mut self, references: &[Reference]) {
        for reference in references {
            let position = reference.position();
            let Some(shelf) = self.shelves.get_mut(&reference.collection) else { continue };
            let Some(enrolled) = shelf.subjects.get_mut(&reference.subject) else { continue };
            enrolled.references.insert(position, reference.clone());
            shelf.reference_order.insert(position, reference.subject);
            self.places.insert(reference.id, (reference.collection, reference.subject, position));
        }
    }

    fn remove_subject(&mut self, collection: CollectionId, id: SubjectId) -> Vec<BlobKey> {
        let Some(shelf) = self.shelves.get_mut(&collection) else { return Vec::new() };
        let Some(enrolled) = shelf.subjects.remove(&id) else { return Vec::new() };
        shelf.subject_order.remove(&enrolled.subject.position());
        for reference in enrolled.references.values() {
            shelf.reference_order.remove(&reference.position());
            self.places.remove(&reference.id);
        }
        enrolled.references.into_values().filter_map(|reference| reference.image).collect()
    }
}

#[async_trait]
impl CollectionRepository for MemoryCollectionRepository {
    async fn create_collection(&self, collection: &Collection) -> Result<()> {
        let mut state = locked(&self.state);
        let taken = state.shelves.values().map(|shelf| &shelf.collection).any(|stored| {
            stored.id == collection.id
                || (stored.company == collection.company && stored.alias == collection.alias)
        });
        if taken {
            return Err(Error::Conflict { what: format!("collection `{}`", collection.alias) });
        }
        let shelf = Shelf {
            collection: collection.clone(),
            subjects: HashMap::new(),
            subject_order: BTreeSet::new(),
            reference_order: BTreeMap::new(),
        };
        state.shelves.insert(collection.id, shelf);
        Ok(())
    }

    async fn collection(&self, id: CollectionId) -> Result<Collection> {
        Ok(locked(&self.state).shelf(id)?.collection.clone())
    }

    async fn collection_by_alias(&self, company: CompanyId, alias: &str) -> Result<Collection> {
        let state = locked(&self.state);
        let mut collections = state.shelves.values().map(|shelf| &shelf.collection);
        let found = collections.find(|stored| stored.company == company && stored.alias == alias);
        found.cloned().ok_or_else(|| Error::NotFound { what: format!("collection `{alias}`") })
    }

    async fn collections(&self, company: CompanyId, page: &Page) -> Result<Vec<Collection>> {
        let state = locked(&self.state);
        let collections = state.shelves.values().map(|shelf| &shelf.collection);
        let behind = |stored: &&Collection| page.after.is_none_or(|after| stored.position() > after);
        let mut theirs: Vec<Collection> =
            collections.filter(|stored| stored.company == company).filter(behind).cloned().collect();
        theirs.sort_by_key(Collection::position);
        theirs.truncate(page.limit);
        Ok(theirs)
    }

    async fn update_collection(
        &self,
        id: CollectionId,
        metadata: &Metadata,
        now: Timestamp,
    ) -> Result<Collection> {
        let mut state = locked(&self.state);
        let shelf = state.shelves.get_mut(&id).ok_or_else(|| id.not_found())?;
        shelf.collection.metadata = metadata.clone();
        shelf.collection.updated = now;
        Ok(shelf.collection.clone())
    }

    async fn delete_collection(&self, id: CollectionId) -> Result<Vec<BlobKey>> {
        let mut state = locked(&self.state);
        let subjects: Vec<SubjectId> =
            state.shelves.get(&id).map_or_else(Vec::new, |shelf| shelf.subjects.keys().copied().collect());
        let images = subjects.into_iter().flat_map(|subject| state.remove_subject(id, subject)).collect();
        state.shelves.remove(&id);
        Ok(images)
    }

    async fn create_subject(&self, subject: &Subject, references: &[Reference]) -> Result<()> {
        let mut state = locked(&self.state);
        state.shelf(subject.collection)?;
        if state.shelves.values().any(|shelf| shelf.subjects.contains_key(&subject.id)) {
            return Err(subject.id.conflict());
        }
        let is_theirs = |reference: &Reference| {
            reference.subject == subject.id && reference.collection == subject.collection
        };
        state.check(references, is_theirs)?;
        if let Some(shelf) = state.shelves.get_mut(&subject.collection) {
            shelf.subject_order.insert(subject.position());
            let enrolled = Enrolled { subject: subject.clone(), references: BTreeMap::new() };
            shelf.subjects.insert(subject.id, enrolled);
        }
        state.insert(references);
        Ok(())
    }

    async fn subject(&self, collection: CollectionId, id: SubjectId) -> Result<Subject> {
        let state = locked(&self.state);
        let enrolled = state.shelf(collection)?.subjects.get(&id);
        enrolled.map(|enrolled| enrolled.subject.clone()).ok_or_else(|| id.not_found())
    }

    async fn subjects(&self, collection: CollectionId, page: &Page) -> Result<Vec<Subject>> {
        let state = locked(&self.state);
        let shelf = state.shelf(collection)?;
        let ids = shelf.subject_order.range(range(page)).map(|position| SubjectId::from(position.id));
        let subjects = ids.filter_map(|id| shelf.subjects.get(&id)).map(|enrolled| enrolled.subject.clone());
        Ok(subjects.take(page.limit).collect())
    }

    async fn update_subject(
        &self,
        collection: CollectionId,
        id: SubjectId,
        metadata: &Metadata,
        now: Timestamp,
    ) -> Result<Subject> {
        let mut state = locked(&self.state);
        let shelf = state.shelves.get_mut(&collection).ok_or_else(|| id.not_found())?;
        let enrolled = shelf.subjects.get_mut(&id).ok_or_else(|| id.not_found())?;
        enrolled.subject.metadata = metadata.clone();
        enrolled.subject.updated = now;
        Ok(enrolled.subject.clone())
    }

    async fn delete_subject(&self, collection: CollectionId, id: SubjectId) -> Result<Vec<BlobKey>> {
        Ok(locked(&self.state).remove_subject(collection, id))
    }

    async fn add_references(&self, references: &[Reference]) -> Result<()> {
        let mut state = locked(&self.state);
        state.check(references, |reference| state.has_subject(reference.collection, reference.subject))?;
        state.insert(references);
        Ok(())
    }

    async fn references(&self, collection: CollectionId, subject: SubjectId) -> Result<Vec<Reference>> {
        let state = locked(&self.state);
        let enrolled = state.shelf(collection)?.subjects.get(&subject).ok_or_else(|| subject.not_found())?;
        Ok(enrolled.references.values().cloned().collect())
    }

    async fn references_of_model(
        &self,
        collection: CollectionId,
        model: &ModelId,
        page: &Page,
    ) -> Result<Vec<Reference>> {
        let state = locked(&self.state);
        let shelf = state.shelf(collection)?;
        let in_order = shelf.reference_order.range(range(page));
        let references =
            in_order.filter_map(|(position, subject)| shelf.subjects.get(subject)?.references.get(position));
        Ok(references
            .filter(|reference| reference.template.model() == model)
            .take(page.limit)
            .cloned()
            .collect())
    }

    async fn delete_reference(&self, collection: CollectionId, id: ReferenceId) -> Result<Vec<BlobKey>> {
        let mut state = locked(&self.state);
        let place = state.places.get(&id).copied().filter(|place| place.0 == collection);
        let Some((_, subject, position)) = place else { return Ok(Vec::new()) };
        state.places.remove(&id);
        let Some(shelf) = state.shelves.get_mut(&collection) else { return Ok(Vec::new()) };
        shelf.reference_order.remove(&position);
        let removed =
            shelf.subjects.get_mut(&subject).and_then(|enrolled| enrolled.references.remove(&position));
        Ok(removed.and_then(|reference| reference.image).into_iter().collect())
    }
}

fn range(page: &Page) -> (Bound<Position>, Bound<Position>) {
    (page.after.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded)
}
