//! Suite of [`KeyProvider`].

use std::sync::Arc;

use crate::{AsyncClaim, Drive, Make, assert_code, async_claims, check_async_claims};
use oz_core::storage::KeyVersion;
use oz_core::storage::port::KeyProvider;
use oz_core::system::{CompanyId, Uuid};

/// Checks a key provider.
///
/// # Panics
/// When a claim does not hold.
pub fn key_provider(adapter: &str, make: Make<'_, dyn KeyProvider>, drive: Drive<'_>) {
    let claims: &[AsyncClaim<dyn KeyProvider>] = async_claims![
        the_first_key_is_created_on_first_use_and_kept,
        owners_share_no_key,
        rotation_creates_a_new_key_and_keeps_the_old_one,
        an_unknown_version_is_not_found,
        destroying_the_keys_of_an_owner_keeps_those_of_others,
        versions_are_never_reused,
        destroying_absent_keys_succeeds,
    ];
    check_async_claims(adapter, claims, make, drive);
}

fn owner(number: u128) -> CompanyId {
    CompanyId::from(Uuid::from_u128(number))
}

async fn the_first_key_is_created_on_first_use_and_kept(keys: Arc<dyn KeyProvider>) {
    let key = keys.current(owner(1)).await.unwrap();
    assert_eq!(key.version(), KeyVersion(1));
    assert_ne!(key.secret(), &[0; 32]);
    assert!(keys.current(owner(1)).await.unwrap() == key, "the key differs");
    assert!(keys.key(owner(1), KeyVersion(1)).await.unwrap() == key, "the key differs");
}

async fn owners_share_no_key(keys: Arc<dyn KeyProvider>) {
    let one = keys.current(owner(1)).await.unwrap();
    let two = keys.current(owner(2)).await.unwrap();
    assert!(one.secret() != two.secret(), "two owners share a key");
}

async fn rotation_creates_a_new_key_and_keeps_the_old_one(keys: Arc<dyn KeyProvider>) {
    let old = keys.current(owner(1)).await.unwrap();
    let new = keys.rotate(owner(1)).await.unwrap();
    assert!(
        new.version() > old.version() && new.secret() != old.secret(),
        "rotation returned the old version or secret"
    );
    assert!(keys.current(owner(1)).await.unwrap() == new, "the new key is not current");
    assert!(keys.key(owner(1), old.version()).await.unwrap() == old, "the old key has changed");
}

async fn an_unknown_version_is_not_found(keys: Arc<dyn KeyProvider>) {
    assert_code(keys.key(owner(1), KeyVersion(1)).await, "storage.not_found");
    keys.current(owner(1)).await.unwrap();
    assert_code(keys.key(owner(1), KeyVersion(2)).await, "storage.not_found");
    assert_code(keys.key(owner(2), KeyVersion(1)).await, "storage.not_found");
}

async fn destroying_the_keys_of_an_owner_keeps_those_of_others(keys: Arc<dyn KeyProvider>) {
    let other = keys.current(owner(2)).await.unwrap();
    let first = keys.current(owner(1)).await.unwrap();
    let second = keys.rotate(owner(1)).await.unwrap();
    keys.destroy(owner(1)).await.unwrap();
    for version in [first.version(), second.version()] {
        assert_code(keys.key(owner(1), version).await, "storage.not_found");
    }
    assert!(keys.current(owner(2)).await.unwrap() == other, "another owner's key has changed");
}

async fn versions_are_never_reused(keys: Arc<dyn KeyProvider>) {
    let old = keys.current(owner(1)).await.unwrap();
    keys.destroy(owner(1)).await.unwrap();
    let new = keys.current(owner(1)).await.unwrap();
    assert!(
        new.version() > old.version() && new.secret() != old.secret(),
        "a destroyed version or secret is in use again"
    );
}

async fn destroying_absent_keys_succeeds(keys: Arc<dyn KeyProvider>) {
    keys.destroy(owner(1)).await.unwrap();
}
