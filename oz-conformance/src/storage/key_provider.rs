//! Behaviour of [`KeyProvider`].

use std::sync::Arc;

use crate::{AsyncClaim, Drive, Make, all_hold_async, assert_code, async_claims};
use oz_core::storage::KeyVersion;
use oz_core::storage::port::KeyProvider;
use oz_core::system::{CompanyId, Uuid};

/// Checks a key provider.
///
/// # Panics
/// When a claim does not hold.
pub fn key_provider(adapter: &str, make: Make<'_, dyn KeyProvider>, drive: Drive<'_>) {
    let claims: &[AsyncClaim<dyn KeyProvider>] = async_claims![
        the_first_key_is_made_on_first_use_and_stays,
        owners_share_no_key,
        rotation_makes_a_new_key_and_keeps_the_old_one,
        an_unknown_version_is_not_found,
        destroyed_keys_are_gone_and_other_owners_keep_theirs,
        no_version_is_given_twice,
        destroying_what_is_absent_succeeds,
    ];
    all_hold_async(adapter, claims, make, drive);
}

fn owner(number: u128) -> CompanyId {
    CompanyId::from(Uuid::from_u128(number))
}

async fn the_first_key_is_made_on_first_use_and_stays(keys: Arc<dyn KeyProvider>) {
    let key = keys.current(owner(1)).await.unwrap();
    assert_eq!(key.version(), KeyVersion(1));
    assert_ne!(key.secret(), &[0; 32]);
    assert!(keys.current(owner(1)).await.unwrap() == key, "another key came back");
    assert!(keys.key(owner(1), KeyVersion(1)).await.unwrap() == key, "another key came back");
}

async fn owners_share_no_key(keys: Arc<dyn KeyProvider>) {
    let one = keys.current(owner(1)).await.unwrap();
    let two = keys.current(owner(2)).await.unwrap();
    assert!(one.secret() != two.secret(), "two owners have one key");
}

async fn rotation_makes_a_new_key_and_keeps_the_old_one(keys: Arc<dyn KeyProvider>) {
    let old = keys.current(owner(1)).await.unwrap();
    let new = keys.rotate(owner(1)).await.unwrap();
    assert!(new.version() > old.version() && new.secret() != old.secret(), "the new key is not new");
    assert!(keys.current(owner(1)).await.unwrap() == new, "the new key is not current");
    assert!(keys.key(owner(1), old.version()).await.unwrap() == old, "the old key has changed");
}

async fn an_unknown_version_is_not_found(keys: Arc<dyn KeyProvider>) {
    assert_code(keys.key(owner(1), KeyVersion(1)).await, "storage.not_found");
    keys.current(owner(1)).await.unwrap();
    assert_code(keys.key(owner(1), KeyVersion(2)).await, "storage.not_found");
    assert_code(keys.key(owner(2), KeyVersion(1)).await, "storage.not_found");
}

async fn destroyed_keys_are_gone_and_other_owners_keep_theirs(keys: Arc<dyn KeyProvider>) {
    let other = keys.current(owner(2)).await.unwrap();
    let first = keys.current(owner(1)).await.unwrap();
    let second = keys.rotate(owner(1)).await.unwrap();
    keys.destroy(owner(1)).await.unwrap();
    for version in [first.version(), second.version()] {
        assert_code(keys.key(owner(1), version).await, "storage.not_found");
    }
    assert!(keys.current(owner(2)).await.unwrap() == other, "another owner's key has changed");
}

async fn no_version_is_given_twice(keys: Arc<dyn KeyProvider>) {
    let old = keys.current(owner(1)).await.unwrap();
    keys.destroy(owner(1)).await.unwrap();
    let new = keys.current(owner(1)).await.unwrap();
    assert!(new.version() > old.version() && new.secret() != old.secret(), "a destroyed key came back");
}

async fn destroying_what_is_absent_succeeds(keys: Arc<dyn KeyProvider>) {
    keys.destroy(owner(1)).await.unwrap();
}
