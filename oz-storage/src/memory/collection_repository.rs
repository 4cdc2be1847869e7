//! Collections in memory.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;
use std::sync::Mutex;

use async_trait::async_trait;
use oz_core::collection::port::CollectionRepository;
use oz_core::collection::{
    Collection, CollectionId, IndexEntry, Page, Position, Reference, ReferenceChange, ReferenceEvent,
    ReferenceId, Revision, Subject, SubjectId,
};
use oz_core::metadata::Metadata;
use oz_core::storage::BlobKey;
use oz_core::system::{CompanyId, Timestamp};
use oz_core::{Error, Result};

use crate::locked;

/// Collection repository in process memory.
#[derive(Debug, Default)]
pub struct MemoryCollectionRepository {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    shelves: BTreeMap<CollectionId, Shelf>,
    /// Location of each reference.
    places: HashMap<ReferenceId, Place>,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    collection: CollectionId,
    subject: SubjectId,
    position: Position,
    revision: Revision,
}

/// Collection with its subjects and its history.
#[derive(Debug)]
struct Shelf {
    collection: Collection,
    subjects: HashMap<SubjectId, Enrolled>,
    subject_order: BTreeSet<Position>,
    /// Last change of every reference. Holds only locations and IDs, not the references themselves.
    history: BTreeMap<Revision, Change>,
}

#[derive(Debug, Clone, Copy)]
enum Change {
    Stored(SubjectId, Position),
    Deleted(ReferenceId),
}

#[derive(Debug)]
struct Enrolled {
    subject: Subject,
    references: BTreeMap<Position, Reference>,
}

impl Shelf {
    fn record(&mut self, change: Change) -> Revision {
        let last = self.history.last_key_value().map_or(0, |(revision, _)| revision.0);
        self.history.insert(Revision(last + 1), change);
        Revision(last + 1)
    }

    fn record_deletion(&mut self, id: ReferenceId, place: Option<Place>) {
        // Record the deletion before the old entry is removed, so that the last revision is never assigned
        // twice.
        self.record(Change::Deleted(id));
        if let Some(place) = place {
            self.history.remove(&place.revision);
        }
    }

    fn event(&self, change: Change) -> Option<ReferenceEvent> {
        Some(match change {
            Change::Stored(subject, position) => {
                let reference = self.subjects.get(&subject)?.references.get(&position)?;
                ReferenceEvent::Stored(IndexEntry::from(reference))
            }
            Change::Deleted(id) => ReferenceEvent::Deleted(id),
        })
    }
}

impl State {
    fn shelf(&self, id: CollectionId) -> Result<&Shelf> {
        self.shelves.get(&id).ok_or_else(|| id.not_found())
    }

    /// Checks that references can be stored: `has_subject` holds for each, and their IDs are new.
    fn check(&self, references: &[Reference], has_subject: impl Fn(&Reference) -> bool) -> Result<()> {
        let mut seen = BTreeSet::new();
        for reference in references {
            if !has_subject(reference) {
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
            let revision = shelf.record(Change::Stored(reference.subject, position));
            let Reference { collection, subject, .. } = *reference;
            self.places.insert(reference.id, Place { collection, subject, position, revision });
        }
    }

    fn remove_subject(&mut self, collection: CollectionId, id: SubjectId) -> Vec<BlobKey> {
        let Some(shelf) = self.shelves.get_mut(&collection) else { return Vec::new() };
        let Some(enrolled) = shelf.subjects.remove(&id) else { return Vec::new() };

        shelf.subject_order.remove(&enrolled.subject.position());
        for reference in enrolled.references.values() {
            shelf.record_deletion(reference.id, self.places.remove(&reference.id));
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
            history: BTreeMap::new(),
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
        let follows = |stored: &&Collection| page.after.is_none_or(|after| stored.position() > after);
        let mut found: Vec<Collection> =
            collections.filter(|stored| stored.company == company).filter(follows).cloned().collect();
        found.sort_by_key(Collection::position);
        found.truncate(page.limit);
        Ok(found)
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
        state.check(references, |reference| {
            reference.subject == subject.id && reference.collection == subject.collection
        })?;

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

    async fn count_subjects(&self, collection: CollectionId) -> Result<u64> {
        Ok(locked(&self.state).shelf(collection)?.subjects.len() as u64)
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

    async fn changes(
        &self,
        collection: CollectionId,
        after: Revision,
        limit: usize,
    ) -> Result<Vec<ReferenceChange>> {
        let state = locked(&self.state);
        let shelf = state.shelf(collection)?;
        let later = (Bound::Excluded(after), Bound::Unbounded);
        let changes = shelf.history.range(later).filter_map(|(revision, change)| {
            Some(ReferenceChange { revision: *revision, event: shelf.event(*change)? })
        });
        Ok(changes.take(limit).collect())
    }

    async fn delete_reference(&self, collection: CollectionId, id: ReferenceId) -> Result<Vec<BlobKey>> {
        let mut state = locked(&self.state);
        let place = state.places.get(&id).copied().filter(|place| place.collection == collection);
        let Some(Place { subject, position, .. }) = place else { return Ok(Vec::new()) };

        state.places.remove(&id);
        let Some(shelf) = state.shelves.get_mut(&collection) else { return Ok(Vec::new()) };
        shelf.record_deletion(id, place);
        let removed =
            shelf.subjects.get_mut(&subject).and_then(|enrolled| enrolled.references.remove(&position));
        Ok(removed.and_then(|reference| reference.image).into_iter().collect())
    }
}

fn range(page: &Page) -> (Bound<Position>, Bound<Position>) {
    (page.after.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded)
}
