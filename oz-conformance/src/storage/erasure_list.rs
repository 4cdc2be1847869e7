//! Suite of [`ErasureList`].

use std::sync::Arc;

use crate::{AsyncClaim, Drive, Make, async_claims, check_async_claims};
use oz_core::storage::BlobKey;
use oz_core::storage::port::ErasureList;
use oz_core::system::{CompanyId, Timestamp, Uuid};

/// Checks an erasure list.
///
/// # Panics
/// When a claim does not hold.
pub fn erasure_list(adapter: &str, make: Make<'_, dyn ErasureList>, drive: Drive<'_>) {
    let claims: &[AsyncClaim<dyn ErasureList>] = async_claims![
        an_empty_list_has_nothing_due,
        a_key_is_due_from_its_time_on,
        due_keys_are_listed_earliest_first_up_to_the_limit,
        a_key_staged_again_keeps_the_earlier_time,
        erased_keys_are_removed,
        removing_absent_keys_succeeds,
        keys_of_two_owners_are_different,
    ];
    check_async_claims(adapter, claims, make, drive);
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_secs(1_767_225_600 + seconds)
}

fn key(number: u128) -> BlobKey {
    BlobKey { owner: CompanyId::from(Uuid::from_u128(1)), id: Uuid::from_u128(number) }
}

async fn due(list: &dyn ErasureList, seconds: i64) -> Vec<BlobKey> {
    list.due(at(seconds), 100).await.unwrap()
}

async fn an_empty_list_has_nothing_due(list: Arc<dyn ErasureList>) {
    assert_eq!(due(list.as_ref(), 0).await, []);
    list.stage(&[], at(0)).await.unwrap();
    assert_eq!(list.staged().await.unwrap(), 0);
}

async fn a_key_is_due_from_its_time_on(list: Arc<dyn ErasureList>) {
    list.stage(&[key(1)], at(10)).await.unwrap();
    assert_eq!(due(list.as_ref(), 9).await, []);
    assert_eq!(due(list.as_ref(), 10).await, [key(1)]);
    assert_eq!(due(list.as_ref(), 11).await, [key(1)], "a due key stays on the list until it is removed");
}

async fn due_keys_are_listed_earliest_first_up_to_the_limit(list: Arc<dyn ErasureList>) {
    for (number, seconds) in [(1, 3), (2, 1), (3, 2), (4, 9)] {
        list.stage(&[key(number)], at(seconds)).await.unwrap();
    }
    assert_eq!(due(list.as_ref(), 5).await, [key(2), key(3), key(1)]);
    assert_eq!(list.due(at(5), 2).await.unwrap(), [key(2), key(3)]);
    assert_eq!(list.staged().await.unwrap(), 4);
}

async fn a_key_staged_again_keeps_the_earlier_time(list: Arc<dyn ErasureList>) {
    list.stage(&[key(1), key(2)], at(10)).await.unwrap();
    list.stage(&[key(1)], at(20)).await.unwrap();
    list.stage(&[key(2), key(2)], at(5)).await.unwrap();
    assert_eq!(due(list.as_ref(), 5).await, [key(2)]);
    assert_eq!(due(list.as_ref(), 10).await, [key(2), key(1)]);
    assert_eq!(list.staged().await.unwrap(), 2);
    assert_eq!(list.keys().await.unwrap(), [key(1), key(2)]);
}

async fn erased_keys_are_removed(list: Arc<dyn ErasureList>) {
    list.stage(&[key(1), key(2), key(3)], at(1)).await.unwrap();
    list.erased(&[key(1), key(3)]).await.unwrap();
    assert_eq!(due(list.as_ref(), 1).await, [key(2)]);
    list.stage(&[key(1)], at(7)).await.unwrap();
    assert_eq!(due(list.as_ref(), 6).await, [key(2)], "the time before the removal is discarded");
}

async fn removing_absent_keys_succeeds(list: Arc<dyn ErasureList>) {
    list.erased(&[key(1)]).await.unwrap();
    list.scrub().await.unwrap();
    assert_eq!(list.staged().await.unwrap(), 0);
}

async fn keys_of_two_owners_are_different(list: Arc<dyn ErasureList>) {
    let other = BlobKey { owner: CompanyId::from(Uuid::from_u128(2)), ..key(1) };
    list.stage(&[key(1), other], at(1)).await.unwrap();
    list.erased(&[key(1)]).await.unwrap();
    assert_eq!(due(list.as_ref(), 1).await, [other]);
}
