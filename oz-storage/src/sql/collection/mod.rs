//! Collections, subjects and references.

mod changes;
mod collections;
mod images;
mod references;
mod subjects;
mod template;

use async_trait::async_trait;
use oz_core::Result;
use oz_core::collection::port::CollectionRepository;
use oz_core::collection::{
    Collection, CollectionId, Page, Reference, ReferenceChange, ReferenceId, Revision, Subject, SubjectId,
};
use oz_core::metadata::Metadata;
use oz_core::storage::BlobKey;
use oz_core::system::{CompanyId, Timestamp};

use super::{Columns, Connection, During, Row, Selection, Store};
use super::{count, end, erasure_list, for_update, json, lacks_parent, lock, serialize, text, time, uuid};

#[async_trait]
impl CollectionRepository for Store {
    async fn create_collection(&self, collection: &Collection) -> Result<()> {
        let mut tx = self.begin().await?;
        let done = collections::insert(&mut tx, collection).await;
        end(done, tx).await
    }

    async fn collection(&self, id: CollectionId) -> Result<Collection> {
        collections::find(&mut *self.read().await?, id).await
    }

    async fn collection_by_alias(&self, company: CompanyId, alias: &str) -> Result<Collection> {
        collections::by_alias(&mut *self.read().await?, company, alias).await
    }

    async fn collections(&self, company: CompanyId, page: &Page) -> Result<Vec<Collection>> {
        collections::list(&mut *self.read().await?, company, page).await
    }

    async fn update_collection(
        &self,
        id: CollectionId,
        metadata: &Metadata,
        now: Timestamp,
    ) -> Result<Collection> {
        let mut tx = self.begin().await?;
        let updated = collections::update(&mut tx, id, metadata, now).await;
        end(updated, tx).await
    }

    async fn delete_collection(&self, id: CollectionId) -> Result<Vec<BlobKey>> {
        let mut tx = self.begin().await?;
        let steps = async {
            let images = images::erase_of_collection(&mut tx, id).await?;
            collections::delete(&mut tx, id).await?;
            Ok(images)
        };
        end(steps.await, tx).await
    }

    async fn create_subject(&self, subject: &Subject, references: &[Reference]) -> Result<()> {
        let is_foreign = |one: &&Reference| one.subject != subject.id || one.collection != subject.collection;
        if let Some(foreign) = references.iter().find(is_foreign) {
            return Err(foreign.subject.not_found());
        }

        let templates = self.to_store(references).await?;
        let mut tx = self.begin().await?;
        let steps = async {
            let first = changes::take_revisions(&mut tx, subject.collection, references.len()).await?;
            subjects::insert(&mut tx, subject).await?;
            references::insert_all(&mut tx, references, templates, first).await
        };
        end(steps.await, tx).await
    }

    async fn subject(&self, collection: CollectionId, id: SubjectId) -> Result<Subject> {
        subjects::find(&mut *self.read().await?, collection, id).await
    }

    async fn subjects(&self, collection: CollectionId, page: &Page) -> Result<Vec<Subject>> {
        subjects::list(&mut *self.read().await?, collection, page).await
    }

    async fn count_subjects(&self, collection: CollectionId) -> Result<u64> {
        subjects::count(&mut *self.read().await?, collection).await
    }

    async fn update_subject(
        &self,
        collection: CollectionId,
        id: SubjectId,
        metadata: &Metadata,
        now: Timestamp,
    ) -> Result<Subject> {
        let mut tx = self.begin().await?;
        let updated = subjects::update(&mut tx, collection, id, metadata, now).await;
        end(updated, tx).await
    }

    async fn delete_subject(&self, collection: CollectionId, id: SubjectId) -> Result<Vec<BlobKey>> {
        let mut tx = self.begin().await?;
        let steps = async {
            changes::record_deletion_of_subject(&mut tx, collection, id).await?;
            let images = images::erase_of_subject(&mut tx, collection, id).await?;
            subjects::delete(&mut tx, collection, id).await?;
            Ok(images)
        };
        end(steps.await, tx).await
    }

    async fn add_references(&self, references: &[Reference]) -> Result<()> {
        let templates = self.to_store(references).await?;
        let mut templates = templates.into_iter();

        let mut tx = self.begin().await?;
        let steps = async {
            for run in references.chunk_by(|a, b| a.collection == b.collection) {
                let first = changes::take_revisions(&mut tx, run[0].collection, run.len()).await?;
                subjects::ensure_exist(&mut tx, run).await?;
                references::insert_all(&mut tx, run, templates.by_ref().take(run.len()), first).await?;
            }
            Ok(())
        };
        end(steps.await, tx).await
    }

    async fn references(&self, collection: CollectionId, subject: SubjectId) -> Result<Vec<Reference>> {
        let rows = references::of_subject(&mut *self.read().await?, collection, subject).await?;
        self.to_references(&rows).await
    }

    async fn changes(
        &self,
        collection: CollectionId,
        after: Revision,
        limit: usize,
    ) -> Result<Vec<ReferenceChange>> {
        // Reads both kinds of changes from one snapshot.
        let mut snapshot = self.snapshot().await?;
        let stored = references::after_revision(&mut snapshot, collection, after, limit).await?;
        let deleted = changes::deletions(&mut snapshot, collection, after, limit).await?;
        drop(snapshot);
        Ok(changes::merged(self.to_changes(&stored).await?, deleted, limit))
    }

    async fn delete_reference(&self, collection: CollectionId, id: ReferenceId) -> Result<Vec<BlobKey>> {
        let mut tx = self.begin().await?;
        let steps = async {
            changes::record_deletion(&mut tx, collection, id).await?;
            let images = images::erase_of_reference(&mut tx, collection, id).await?;
            references::delete(&mut tx, collection, id).await?;
            Ok(images)
        };
        end(steps.await, tx).await
    }
}

/// Orders a query by creation time and ID, and limits it to a page.
fn page(selection: &mut Selection, page: &Page) {
    if let Some(after) = page.after {
        selection
            .and("(created, id) > (")
            .bind(time(after.created))
            .push(", ")
            .bind(uuid(after.id))
            .push(")");
    }
    selection.push(" ORDER BY created, id LIMIT ").bind(count(page.limit as u64));
}
