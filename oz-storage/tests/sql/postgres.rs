//! Behaviour specific to PostgreSQL.

use oz_core::account::port::AccountRepository;
use oz_core::account::{Company, CompanyFilter, Scope};
use oz_core::listing::Slice;
use oz_core::metadata::Metadata;
use oz_storage::sql::{PostgresStore, StoreOptions};

use crate::support::{at, connect, id, schema, wait};

#[test]
fn errors_never_show_the_password() {
    let url = "postgres://somebody:hunter2@localhost:1/none";
    let options = StoreOptions { patience: std::time::Duration::from_millis(1), ..StoreOptions::default() };
    let refused = wait(PostgresStore::connect(url, options)).unwrap_err();
    assert!(!format!("{refused:?} {refused}").contains("hunter2"));
    let unreadable = "postgres://somebody:hunter2@localhost:port/none";
    let refused = wait(PostgresStore::connect(unreadable, StoreOptions::default())).unwrap_err();
    assert_eq!(refused.code(), "input.invalid_value");
    assert!(!format!("{refused:?} {refused}").contains("hunter2"));
}

#[test]
fn debug_shows_the_location() {
    let Some(url) = schema("debug shows the location") else { return };
    let shown = format!("{:?}", connect(&url));
    assert!(shown.starts_with("PostgresStore(postgres at "), "{shown}");
}

fn company(name: String) -> Company {
    Company { id: id(1), name, metadata: Metadata::default(), created: at(0), updated: at(0) }
}

#[test]
fn text_too_long_for_an_index_is_an_invalid_value() {
    let Some(url) = schema("text too long for an index") else { return };
    let store = connect(&url);
    let refused = wait(store.create_company(&company(long_and_random()))).unwrap_err();
    assert_eq!(refused.code(), "input.invalid_value");
    let (filter, slice) = (CompanyFilter::default(), Slice::default());
    assert_eq!(wait(store.companies(&Scope::Everything, &filter, &slice)).unwrap(), []);
}

#[test]
fn text_may_contain_any_character() {
    let Some(url) = schema("text may contain any character") else { return };
    let store = connect(&url);
    let odd = company("zero\0one\u{1}%_\\".into());
    wait(store.create_company(&odd)).unwrap();
    let filter = CompanyFilter { text: Some("O\0ONE\u{1}%_\\".into()), ..CompanyFilter::default() };
    let found = wait(store.companies(&Scope::Everything, &filter, &Slice::default())).unwrap();
    assert_eq!(found, [odd]);
}

/// Text too long for an index even when compressed.
fn long_and_random() -> String {
    let mut state = 1u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b'a' + ((state >> 33) % 26) as u8)
    };
    (0..20_000).map(|_| next()).collect()
}
