//! Claims about companies.

use std::sync::Arc;

use super::{
    ALL, at, company, metadata, new_company, new_operator, new_session, new_user, populate, slice, user,
};
use crate::{AsyncClaim, assert_code, async_claims};
use oz_core::account::port::AccountRepository;
use oz_core::account::{Company, CompanyFilter, Scope, UserFilter};
use oz_core::listing::{Choice, Slice, SortKey};

pub(super) fn claims() -> &'static [AsyncClaim<dyn AccountRepository>] {
    async_claims![
        a_company_is_read_back_unchanged,
        id_and_name_of_a_company_are_unique,
        a_scope_shows_only_its_company,
        companies_are_filtered_by_id_and_part_of_the_name,
        companies_of_equal_time_are_ordered_by_id_across_slices,
        name_and_metadata_of_a_company_are_replaced,
        deleting_a_company_deletes_its_users_and_their_sessions,
    ]
}

async fn check(accounts: &dyn AccountRepository, scope: &Scope, filter: &CompanyFilter, expected: &[u128]) {
    let listed = accounts.companies(scope, filter, &Slice::default()).await.unwrap();
    let ids: Vec<u128> = listed.iter().map(|company| company.id.uuid().as_u128()).collect();
    assert_eq!(ids, expected, "{scope:?} {filter:?}");
    let counted = accounts.count_companies(scope, filter).await.unwrap();
    assert_eq!(counted, expected.len() as u64, "{scope:?} {filter:?}");
}

async fn a_company_is_read_back_unchanged(accounts: Arc<dyn AccountRepository>) {
    accounts.create_company(&new_company(1)).await.unwrap();
    assert_eq!(accounts.company(&ALL, company(1)).await.unwrap(), new_company(1));
    assert_code(accounts.company(&ALL, company(2)).await, "storage.not_found");
}

async fn id_and_name_of_a_company_are_unique(accounts: Arc<dyn AccountRepository>) {
    accounts.create_company(&Company { name: "Ägide".into(), ..new_company(1) }).await.unwrap();
    assert_code(accounts.create_company(&new_company(1)).await, "storage.conflict");
    for name in ["Ägide", "äGIDE"] {
        let same = Company { name: name.into(), ..new_company(2) };
        assert_code(accounts.create_company(&same).await, "storage.conflict");
    }
    check(accounts.as_ref(), &ALL, &CompanyFilter::default(), &[1]).await;
}

async fn a_scope_shows_only_its_company(accounts: Arc<dyn AccountRepository>) {
    populate(accounts.as_ref()).await;
    let any = CompanyFilter::default();
    check(accounts.as_ref(), &ALL, &any, &[1, 2]).await;
    for scope in [Scope::Company(company(2)), Scope::Owner(company(2), user(9))] {
        check(accounts.as_ref(), &scope, &any, &[2]).await;
        assert_eq!(accounts.company(&scope, company(2)).await.unwrap(), new_company(2));
        assert_code(accounts.company(&scope, company(1)).await, "storage.not_found");
    }
    check(accounts.as_ref(), &Scope::Nothing, &any, &[]).await;
    assert_code(accounts.company(&Scope::Nothing, company(1)).await, "storage.not_found");
}

async fn companies_are_filtered_by_id_and_part_of_the_name(accounts: Arc<dyn AccountRepository>) {
    for (number, name) in [(1, "Bank Äther"), (2, "äther_100%"), (3, "Telco")] {
        accounts.create_company(&Company { name: name.into(), ..new_company(number) }).await.unwrap();
    }
    let text = |text: &str| CompanyFilter { text: Some(text.into()), ..CompanyFilter::default() };
    check(accounts.as_ref(), &ALL, &text("ÄTHER"), &[1, 2]).await;
    check(accounts.as_ref(), &ALL, &text("bank"), &[1]).await;
    check(accounts.as_ref(), &ALL, &text("0%"), &[2]).await;
    check(accounts.as_ref(), &ALL, &text("a%k"), &[]).await;
    check(accounts.as_ref(), &ALL, &text("_1"), &[2]).await;
    check(accounts.as_ref(), &ALL, &text("r_t"), &[]).await;
    let ids = Choice { include: vec![company(1), company(3)], exclude: vec![company(3)] };
    check(accounts.as_ref(), &ALL, &CompanyFilter { ids, text: None }, &[1]).await;
    let ids = Choice { include: vec![], exclude: vec![company(3)] };
    check(accounts.as_ref(), &ALL, &CompanyFilter { ids, ..text("bank") }, &[1]).await;
}

async fn companies_of_equal_time_are_ordered_by_id_across_slices(accounts: Arc<dyn AccountRepository>) {
    for (number, updated) in [(3, 5), (1, 5), (2, 1)] {
        let company = Company { updated: at(updated), ..new_company(number) };
        accounts.create_company(&company).await.unwrap();
    }

    let cases = [
        (slice(0, 2, SortKey::Created, false), [1, 2].as_slice()),
        (slice(2, 2, SortKey::Created, false), &[3]),
        (slice(0, 9, SortKey::Created, true), &[3, 2, 1]),
        (slice(0, 9, SortKey::Updated, false), &[2, 1, 3]),
        (slice(0, 9, SortKey::Updated, true), &[3, 1, 2]),
    ];

    for (slice, expected) in cases {
        let listed = accounts.companies(&ALL, &CompanyFilter::default(), &slice).await.unwrap();
        let ids: Vec<u128> = listed.iter().map(|company| company.id.uuid().as_u128()).collect();
        assert_eq!(ids, expected, "{slice:?}");
    }
}

async fn name_and_metadata_of_a_company_are_replaced(accounts: Arc<dyn AccountRepository>) {
    populate(accounts.as_ref()).await;
    let changed =
        Company { name: "New".into(), metadata: metadata(r#"{"a": 1}"#), updated: at(9), ..new_company(1) };
    accounts.update_company(&changed).await.unwrap();
    assert_eq!(accounts.company(&ALL, company(1)).await.unwrap(), changed);
    accounts.update_company(&Company { name: "NEW".into(), ..changed.clone() }).await.unwrap();
    let taken = Company { name: "company 2".into(), ..changed };
    assert_code(accounts.update_company(&taken).await, "storage.conflict");
    assert_code(accounts.update_company(&new_company(3)).await, "storage.not_found");
    assert_eq!(accounts.company(&ALL, company(1)).await.unwrap().name, "NEW");
}

async fn deleting_a_company_deletes_its_users_and_their_sessions(accounts: Arc<dyn AccountRepository>) {
    populate(accounts.as_ref()).await;
    accounts.create_user(&new_operator(3)).await.unwrap();
    accounts.open_session(&new_session(1)).await.unwrap();
    accounts.delete_company(company(1)).await.unwrap();
    assert_code(accounts.company(&ALL, company(1)).await, "storage.not_found");
    assert_code(accounts.user(&ALL, user(1)).await, "storage.not_found");
    assert_code(accounts.session(&new_session(1).access).await, "storage.not_found");
    let left = accounts.users(&ALL, &UserFilter::default(), &Slice::default()).await.unwrap();
    assert_eq!(left, [new_operator(3)]);
    accounts.delete_company(company(1)).await.unwrap();
    accounts.create_company(&new_company(1)).await.unwrap();
    accounts.create_user(&new_user(1)).await.unwrap();
}
