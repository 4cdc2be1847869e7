//! Suite of [`CollectionRepository`].

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::{collection, reference, subject, vector};
use crate::{AsyncClaim, Drive, Make, assert_code, async_claims, check_async_claims};
use oz_core::collection::port::CollectionRepository;
use oz_core::collection::{
    Collection, IndexEntry, Page, Reference, ReferenceChange, ReferenceEvent, ReferenceId, Revision, Subject,
    SubjectId,
};
use oz_core::metadata::Metadata;
use oz_core::storage::BlobKey;
use oz_core::system::{CompanyId, Timestamp, Uuid};

/// Checks a repository of collections.
///
/// # Panics
/// When a claim does not hold.
pub fn collection_repository(adapter: &str, make: Make<'_, dyn CollectionRepository>, drive: Drive<'_>) {
    let claims: &[AsyncClaim<dyn CollectionRepository>] = async_claims![
        records_are_read_back_unchanged,
        an_id_is_stored_once,
        an_alias_is_unique_within_a_company,
        a_collection_is_found_by_its_alias,
        collections_are_listed_by_company_in_order_and_in_pages,
        subjects_are_listed_in_order_and_in_pages,
        a_page_can_start_after_a_deleted_record,
        a_subject_requires_its_collection,
        a_subject_and_its_references_are_stored_atomically,
        references_are_added_to_existing_subjects_atomically,
        a_subject_belongs_to_one_collection,
        changes_are_listed_in_order_and_in_pages,
        a_deleted_reference_is_listed_only_as_a_deletion,
        each_collection_has_its_own_revisions,
        concurrent_changes_are_never_missed,
        metadata_is_replaced_and_the_time_recorded,
        deleting_a_reference_returns_its_image,
        deleting_a_subject_deletes_its_references,
        deleting_a_collection_deletes_its_content,
        deleting_absent_records_succeeds,
        reading_absent_records_is_not_found,
    ];
    check_async_claims(adapter, claims, make, drive);
}

const MODEL: &str = "conformance";

fn company(number: u128) -> CompanyId {
    CompanyId::from(Uuid::from_u128(number))
}

fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(1_767_225_600_000_000 + micros)
}

fn metadata(json: &str) -> Metadata {
    Metadata::from_json(json).unwrap()
}

fn new_collection(number: u128) -> Collection {
    Collection {
        id: collection(number),
        company: company(1),
        alias: format!("list {number}"),
        metadata: metadata(r#"{"purpose": "test"}"#),
        created: at(0),
        updated: at(0),
    }
}

fn new_subject(number: u128) -> Subject {
    let metadata = metadata(r#"{"person_info": {"name": "Ö", "n": 1.5}, "iin": ""}"#);
    Subject { id: subject(number), collection: collection(1), metadata, created: at(7), updated: at(7) }
}

fn image(number: u128) -> BlobKey {
    BlobKey { owner: company(1), id: Uuid::from_u128(number) }
}

fn new_reference(number: u128, owner: u128) -> Reference {
    Reference {
        id: reference(number),
        collection: collection(1),
        subject: subject(owner),
        template: vector(MODEL, &[number as f32, 1.0, -0.5]),
        image: Some(image(number)),
        created: at(8),
    }
}

/// Stores collection 1.
async fn with_collection(repository: &dyn CollectionRepository) {
    repository.create_collection(&new_collection(1)).await.unwrap();
}

/// Stores collection 1 with subject 1 (references 1 and 2) and subject 2 (reference 3).
async fn populate(repository: &dyn CollectionRepository) {
    with_collection(repository).await;
    let references = [new_reference(1, 1), new_reference(2, 1)];
    repository.create_subject(&new_subject(1), &references).await.unwrap();
    repository.create_subject(&new_subject(2), &[new_reference(3, 2)]).await.unwrap();
}

async fn references(repository: &dyn CollectionRepository, owner: u128) -> Vec<ReferenceId> {
    let references = repository.references(collection(1), subject(owner)).await.unwrap();
    references.iter().map(|reference| reference.id).collect()
}

async fn records_are_read_back_unchanged(repository: Arc<dyn CollectionRepository>) {
    populate(repository.as_ref()).await;
    assert_eq!(repository.collection(collection(1)).await.unwrap(), new_collection(1));
    assert_eq!(repository.subject(collection(1), subject(1)).await.unwrap(), new_subject(1));
    let stored = repository.references(collection(1), subject(1)).await.unwrap();
    assert_eq!(stored, [new_reference(1, 1), new_reference(2, 1)]);
}

async fn an_id_is_stored_once(repository: Arc<dyn CollectionRepository>) {
    populate(repository.as_ref()).await;
    let again = Collection { alias: "another".into(), ..new_collection(1) };
    assert_code(repository.create_collection(&again).await, "storage.conflict");
    assert_code(repository.create_subject(&new_subject(1), &[]).await, "storage.conflict");
    assert_code(repository.add_references(&[new_reference(3, 1)]).await, "storage.conflict");
    let twice = [new_reference(9, 1), new_reference(9, 1)];
    assert_code(repository.add_references(&twice).await, "storage.conflict");
    assert_eq!(references(repository.as_ref(), 1).await, [reference(1), reference(2)]);
}

async fn an_alias_is_unique_within_a_company(repository: Arc<dyn CollectionRepository>) {
    with_collection(repository.as_ref()).await;
    let same_alias = Collection { id: collection(2), ..new_collection(1) };
    assert_code(repository.create_collection(&same_alias).await, "storage.conflict");
    repository.create_collection(&Collection { company: company(2), ..same_alias }).await.unwrap();
}

async fn a_collection_is_found_by_its_alias(repository: Arc<dyn CollectionRepository>) {
    with_collection(repository.as_ref()).await;
    let found = repository.collection_by_alias(company(1), "list 1").await.unwrap();
    assert_eq!(found, new_collection(1));
    assert_code(repository.collection_by_alias(company(2), "list 1").await, "storage.not_found");
    assert_code(repository.collection_by_alias(company(1), "LIST 1").await, "storage.not_found");
}

async fn collections_are_listed_by_company_in_order_and_in_pages(repository: Arc<dyn CollectionRepository>) {
    for (number, micros) in [(1, 5), (2, 3), (3, 3), (4, 1)] {
        let stored = Collection { created: at(micros), ..new_collection(number) };
        repository.create_collection(&stored).await.unwrap();
    }
    repository.create_collection(&Collection { company: company(2), ..new_collection(9) }).await.unwrap();
    let first = repository.collections(company(1), &Page { after: None, limit: 3 }).await.unwrap();
    assert_eq!(first.iter().map(|c| c.id).collect::<Vec<_>>(), [collection(4), collection(2), collection(3)]);
    let page = Page { after: Some(first[2].position()), limit: 3 };
    let second = repository.collections(company(1), &page).await.unwrap();
    assert_eq!(second.iter().map(|c| c.id).collect::<Vec<_>>(), [collection(1)]);
}

async fn subject_ids(repository: &dyn CollectionRepository, page: &Page) -> Vec<SubjectId> {
    let subjects = repository.subjects(collection(1), page).await.unwrap();
    subjects.iter().map(|subject| subject.id).collect()
}

async fn subjects_are_listed_in_order_and_in_pages(repository: Arc<dyn CollectionRepository>) {
    with_collection(repository.as_ref()).await;
    for (number, micros) in [(1, 5), (2, 3), (3, 3), (4, 1)] {
        let stored = Subject { created: at(micros), ..new_subject(number) };
        repository.create_subject(&stored, &[]).await.unwrap();
    }
    let first = Page { after: None, limit: 2 };
    assert_eq!(subject_ids(repository.as_ref(), &first).await, [subject(4), subject(2)]);
    assert_eq!(repository.count_subjects(collection(1)).await.unwrap(), 4);
    let after = Subject { created: at(3), ..new_subject(2) }.position();
    let second = Page { after: Some(after), limit: 9 };
    assert_eq!(subject_ids(repository.as_ref(), &second).await, [subject(3), subject(1)]);
}

async fn a_page_can_start_after_a_deleted_record(repository: Arc<dyn CollectionRepository>) {
    populate(repository.as_ref()).await;
    let page = Page { after: Some(new_subject(1).position()), limit: 9 };
    repository.delete_subject(collection(1), subject(1)).await.unwrap();
    assert_eq!(subject_ids(repository.as_ref(), &page).await, [subject(2)]);
}

async fn a_subject_requires_its_collection(repository: Arc<dyn CollectionRepository>) {
    assert_code(repository.create_subject(&new_subject(1), &[]).await, "storage.not_found");
}

async fn a_subject_and_its_references_are_stored_atomically(repository: Arc<dyn CollectionRepository>) {
    populate(repository.as_ref()).await;
    let taken = [new_reference(4, 3), new_reference(3, 3)];
    assert_code(repository.create_subject(&new_subject(3), &taken).await, "storage.conflict");
    assert_code(repository.subject(collection(1), subject(3)).await, "storage.not_found");
    repository.create_subject(&new_subject(3), &taken[..1]).await.unwrap();
}

async fn references_are_added_to_existing_subjects_atomically(repository: Arc<dyn CollectionRepository>) {
    populate(repository.as_ref()).await;
    let one_stray = [new_reference(4, 2), new_reference(5, 99)];
    assert_code(repository.add_references(&one_stray).await, "storage.not_found");
    assert_eq!(references(repository.as_ref(), 2).await, [reference(3)]);
    repository.add_references(&[new_reference(4, 2), new_reference(5, 1)]).await.unwrap();
    assert_eq!(references(repository.as_ref(), 2).await, [reference(3), reference(4)]);
}

async fn a_subject_belongs_to_one_collection(repository: Arc<dyn CollectionRepository>) {
    populate(repository.as_ref()).await;
    repository.create_collection(&new_collection(2)).await.unwrap();
    assert_code(repository.subject(collection(2), subject(1)).await, "storage.not_found");
    assert_code(repository.references(collection(2), subject(1)).await, "storage.not_found");
    let elsewhere = Reference { collection: collection(2), ..new_reference(9, 1) };
    assert_code(repository.add_references(&[elsewhere]).await, "storage.not_found");
    assert_eq!(repository.delete_subject(collection(2), subject(1)).await.unwrap(), []);
    assert_eq!(repository.delete_reference(collection(2), reference(1)).await.unwrap(), []);
    assert_eq!(references(repository.as_ref(), 1).await, [reference(1), reference(2)]);
}

/// Changes after a revision as numbers of references, negative for deletions, and the last revision.
async fn changes(
    repository: &dyn CollectionRepository,
    number: u128,
    after: Revision,
    limit: usize,
) -> (Vec<i64>, Revision) {
    let changes = repository.changes(collection(number), after, limit).await.unwrap();
    assert!(changes.windows(2).all(|pair| pair[0].revision < pair[1].revision), "{changes:?}");
    assert!(changes.iter().all(|change| change.revision > after), "{changes:?}");
    let number = |id: ReferenceId| i64::try_from(id.uuid().as_u128()).unwrap();
    let events = changes.iter().map(|change| match &change.event {
        ReferenceEvent::Stored(entry) => number(entry.reference),
        ReferenceEvent::Deleted(id) => -number(*id),
    });
    (events.collect(), changes.last().map_or(after, |last| last.revision))
}

async fn changes_are_listed_in_order_and_in_pages(repository: Arc<dyn CollectionRepository>) {
    populate(repository.as_ref()).await;
    let (first, reached) = changes(repository.as_ref(), 1, Revision(0), 2).await;
    assert_eq!(first, [1, 2]);
    let (second, reached) = changes(repository.as_ref(), 1, reached, 2).await;
    assert_eq!(second, [3]);
    assert_eq!(changes(repository.as_ref(), 1, reached, 2).await, (vec![], reached));
    let newer = Reference { template: vector("newer", &[1.0]), created: at(0), ..new_reference(4, 2) };
    repository.add_references(std::slice::from_ref(&newer)).await.unwrap();
    let listed = repository.changes(collection(1), reached, 9).await.unwrap();
    let event = ReferenceEvent::Stored(IndexEntry::from(&newer));
    assert_eq!(listed, [ReferenceChange { revision: listed[0].revision, event }]);
}

async fn a_deleted_reference_is_listed_only_as_a_deletion(repository: Arc<dyn CollectionRepository>) {
    populate(repository.as_ref()).await;
    let (_, reached) = changes(repository.as_ref(), 1, Revision(0), 9).await;

    repository.delete_reference(collection(1), reference(3)).await.unwrap();
    let (listed, again) = changes(repository.as_ref(), 1, reached, 9).await;
    assert_eq!(listed, [-3]);

    repository.delete_subject(collection(1), subject(1)).await.unwrap();
    let (mut listed, _) = changes(repository.as_ref(), 1, again, 9).await;
    listed.sort_unstable();
    assert_eq!(listed, [-2, -1]);

    let (mut all, _) = changes(repository.as_ref(), 1, Revision(0), 9).await;
    all.sort_unstable();
    assert_eq!(all, [-3, -2, -1]);

    let (_, reached) = changes(repository.as_ref(), 1, Revision(0), 9).await;
    repository.delete_reference(collection(1), reference(3)).await.unwrap();
    repository.delete_subject(collection(1), subject(1)).await.unwrap();
    assert_eq!(
        changes(repository.as_ref(), 1, reached, 9).await.0,
        [0; 0],
        "deleting an absent record is not a change"
    );
}

async fn each_collection_has_its_own_revisions(repository: Arc<dyn CollectionRepository>) {
    populate(repository.as_ref()).await;
    repository.create_collection(&new_collection(2)).await.unwrap();
    assert_eq!(changes(repository.as_ref(), 2, Revision(0), 9).await.0, [0; 0]);
    let elsewhere = Subject { collection: collection(2), ..new_subject(9) };
    let theirs = Reference { collection: collection(2), ..new_reference(9, 9) };
    repository.create_subject(&elsewhere, &[theirs]).await.unwrap();
    assert_eq!(changes(repository.as_ref(), 2, Revision(0), 9).await, (vec![9], Revision(1)));
    assert_eq!(changes(repository.as_ref(), 1, Revision(0), 9).await, (vec![1, 2, 3], Revision(3)));
}

/// Two writers run concurrently with a reader that follows the changes; it must see every change exactly
/// once.
async fn concurrent_changes_are_never_missed(repository: Arc<dyn CollectionRepository>) {
    populate(repository.as_ref()).await;

    let write = async |first: u128| {
        for number in first..first + 8 {
            repository.add_references(&[new_reference(number, 1)]).await.unwrap();
        }
    };

    let follow = async {
        let (mut listed, mut reached) = (Vec::new(), Revision(0));
        for _ in 0..12 {
            let (more, until) = changes(repository.as_ref(), 1, reached, 3).await;
            listed.extend(more);
            reached = until;
        }
        (listed, reached)
    };

    let ((), (), (mut listed, reached)) = join(write(10), write(20), follow).await;
    listed.extend(changes(repository.as_ref(), 1, reached, 99).await.0);
    listed.sort_unstable();

    let expected: Vec<i64> = (1..=3).chain(10..18).chain(20..28).collect();
    assert_eq!(listed, expected);
}

/// Polls three futures concurrently.
async fn join<A, B, C>(
    a: impl Future<Output = A>,
    b: impl Future<Output = B>,
    c: impl Future<Output = C>,
) -> (A, B, C) {
    let (mut a, mut b, mut c) = (pin!(a), pin!(b), pin!(c));
    let (mut first, mut second, mut third) = (None, None, None);
    poll_fn(move |context| {
        poll_once(&mut first, a.as_mut(), context);
        poll_once(&mut second, b.as_mut(), context);
        poll_once(&mut third, c.as_mut(), context);
        match (first.is_some(), second.is_some(), third.is_some()) {
            (true, true, true) => Poll::Ready((
                first.take().expect("the future is ready"),
                second.take().expect("the future is ready"),
                third.take().expect("the future is ready"),
            )),
            _ => Poll::Pending,
        }
    })
    .await
}

fn poll_once<T>(
    slot: &mut Option<T>,
    future: std::pin::Pin<&mut impl Future<Output = T>>,
    context: &mut Context<'_>,
) {
    if slot.is_none()
        && let Poll::Ready(value) = future.poll(context)
    {
        *slot = Some(value);
    }
}

async fn metadata_is_replaced_and_the_time_recorded(repository: Arc<dyn CollectionRepository>) {
    with_collection(repository.as_ref()).await;
    repository.create_subject(&new_subject(1), &[]).await.unwrap();
    let new = metadata(r#"{"iin": "2"}"#);
    let changed = repository.update_collection(collection(1), &new, at(50)).await.unwrap();
    assert_eq!((&changed.metadata, changed.created, changed.updated), (&new, at(0), at(50)));
    assert_eq!(repository.collection(collection(1)).await.unwrap(), changed);
    let changed = repository.update_subject(collection(1), subject(1), &new, at(60)).await.unwrap();
    assert_eq!((&changed.metadata, changed.created, changed.updated), (&new, at(7), at(60)));
    assert_eq!(repository.subject(collection(1), subject(1)).await.unwrap(), changed);
    assert_code(
        repository.update_subject(collection(2), subject(1), &new, at(60)).await,
        "storage.not_found",
    );
    assert_code(repository.update_collection(collection(2), &new, at(60)).await, "storage.not_found");
}

async fn deleting_a_reference_returns_its_image(repository: Arc<dyn CollectionRepository>) {
    populate(repository.as_ref()).await;
    assert_eq!(repository.delete_reference(collection(1), reference(1)).await.unwrap(), [image(1)]);
    assert_eq!(references(repository.as_ref(), 1).await, [reference(2)]);
    let without_image = Reference { image: None, ..new_reference(4, 1) };
    repository.add_references(&[without_image]).await.unwrap();
    assert_eq!(repository.delete_reference(collection(1), reference(4)).await.unwrap(), []);
}

async fn deleting_a_subject_deletes_its_references(repository: Arc<dyn CollectionRepository>) {
    populate(repository.as_ref()).await;
    let mut images = repository.delete_subject(collection(1), subject(1)).await.unwrap();
    images.sort();
    assert_eq!(images, [image(1), image(2)]);
    assert_code(repository.subject(collection(1), subject(1)).await, "storage.not_found");
    assert_code(repository.references(collection(1), subject(1)).await, "storage.not_found");
    assert_eq!(references(repository.as_ref(), 2).await, [reference(3)]);
    repository.create_subject(&new_subject(1), &[new_reference(1, 1)]).await.unwrap();
}

async fn deleting_a_collection_deletes_its_content(repository: Arc<dyn CollectionRepository>) {
    populate(repository.as_ref()).await;
    let mut images = repository.delete_collection(collection(1)).await.unwrap();
    images.sort();
    assert_eq!(images, [image(1), image(2), image(3)]);
    assert_code(repository.collection(collection(1)).await, "storage.not_found");
    populate(repository.as_ref()).await;
}

async fn deleting_absent_records_succeeds(repository: Arc<dyn CollectionRepository>) {
    assert_eq!(repository.delete_collection(collection(1)).await.unwrap(), []);
    assert_eq!(repository.delete_subject(collection(1), subject(1)).await.unwrap(), []);
    assert_eq!(repository.delete_reference(collection(1), reference(1)).await.unwrap(), []);
    with_collection(repository.as_ref()).await;
    assert_eq!(repository.delete_subject(collection(1), subject(1)).await.unwrap(), []);
    assert_eq!(repository.delete_reference(collection(1), reference(1)).await.unwrap(), []);
}

async fn reading_absent_records_is_not_found(repository: Arc<dyn CollectionRepository>) {
    let page = Page::default();
    assert_code(repository.collection(collection(1)).await, "storage.not_found");
    assert_code(repository.subjects(collection(1), &page).await, "storage.not_found");
    assert_code(repository.count_subjects(collection(1)).await, "storage.not_found");
    assert_code(repository.subject(collection(1), subject(1)).await, "storage.not_found");
    assert_code(repository.references(collection(1), subject(1)).await, "storage.not_found");
    assert_code(repository.changes(collection(1), Revision(0), 1).await, "storage.not_found");
    assert_eq!(
        repository.collections(company(1), &page).await.unwrap(),
        [],
        "a list of collections can be empty"
    );

    with_collection(repository.as_ref()).await;
    assert_code(repository.subject(collection(1), subject(1)).await, "storage.not_found");
    assert_eq!(repository.subjects(collection(1), &page).await.unwrap(), []);
    assert_eq!(repository.count_subjects(collection(1)).await.unwrap(), 0);
}
