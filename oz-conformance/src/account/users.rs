//! Claims about users.

use std::sync::Arc;

use super::{ALL, at, company, metadata, new_operator, new_session, new_user, populate, slice, user};
use crate::{AsyncClaim, assert_code, async_claims};
use oz_core::account::port::AccountRepository;
use oz_core::account::{AnalysisRights, PasswordHash, PersonName, Role, Scope, User, UserFilter};
use oz_core::listing::{Choice, Slice, SortKey};

pub(super) fn claims() -> &'static [AsyncClaim<dyn AccountRepository>] {
    async_claims![
        a_user_is_read_back_unchanged,
        id_and_email_of_a_user_are_unique,
        a_user_requires_its_company,
        a_scope_shows_its_users_and_an_owner_only_itself,
        users_satisfy_every_condition_of_a_filter,
        users_of_equal_time_are_ordered_by_id_across_slices,
        an_updated_user_keeps_company_and_creation_time,
        deactivation_and_a_new_password_end_the_sessions_of_a_user,
        deleting_a_user_deletes_its_sessions,
        active_users_are_counted_by_role,
    ]
}

async fn check(accounts: &dyn AccountRepository, scope: &Scope, filter: &UserFilter, expected: &[u128]) {
    let listed = accounts.users(scope, filter, &Slice::default()).await.unwrap();
    let ids: Vec<u128> = listed.iter().map(|user| user.id.uuid().as_u128()).collect();
    assert_eq!(ids, expected, "{scope:?} {filter:?}");
    let counted = accounts.count_users(scope, filter).await.unwrap();
    assert_eq!(counted, expected.len() as u64, "{scope:?} {filter:?}");
}

async fn a_user_is_read_back_unchanged(accounts: Arc<dyn AccountRepository>) {
    populate(accounts.as_ref()).await;
    let name = PersonName { first: None, last: Some("Öz".into()), middle: Some("M".into()) };
    let bare = User { name, service: true, active: false, ..new_operator(3) };
    accounts.create_user(&bare).await.unwrap();
    assert_eq!(accounts.user(&ALL, user(1)).await.unwrap(), new_user(1));
    assert_eq!(accounts.user(&ALL, user(3)).await.unwrap(), bare);
    assert_eq!(accounts.user_by_email("user1@example.org").await.unwrap(), new_user(1));
    assert_code(accounts.user(&ALL, user(9)).await, "storage.not_found");
    assert_code(accounts.user_by_email("user9@example.org").await, "storage.not_found");
}

async fn id_and_email_of_a_user_are_unique(accounts: Arc<dyn AccountRepository>) {
    populate(accounts.as_ref()).await;
    assert_code(
        accounts.create_user(&User { email: "x@y.z".into(), ..new_user(1) }).await,
        "storage.conflict",
    );
    let same = User { email: "user1@example.org".into(), ..new_operator(3) };
    assert_code(accounts.create_user(&same).await, "storage.conflict");
    check(accounts.as_ref(), &ALL, &UserFilter::default(), &[1, 2]).await;
}

async fn a_user_requires_its_company(accounts: Arc<dyn AccountRepository>) {
    assert_code(accounts.create_user(&new_user(1)).await, "storage.not_found");
    accounts.create_user(&new_operator(3)).await.unwrap();
    check(accounts.as_ref(), &ALL, &UserFilter::default(), &[3]).await;
}

async fn a_scope_shows_its_users_and_an_owner_only_itself(accounts: Arc<dyn AccountRepository>) {
    populate(accounts.as_ref()).await;
    accounts.create_user(&new_operator(3)).await.unwrap();
    accounts.create_user(&User { company: Some(company(2)), ..new_user(4) }).await.unwrap();

    let cases = [
        (ALL, [1, 2, 3, 4].as_slice()),
        (Scope::Company(company(1)), &[1, 2]),
        (Scope::Owner(company(1), user(2)), &[2]),
        (Scope::Owner(company(2), user(2)), &[]),
        (Scope::Nothing, &[]),
    ];

    for (scope, expected) in cases {
        check(accounts.as_ref(), &scope, &UserFilter::default(), expected).await;
        for number in 1..=4 {
            match accounts.user(&scope, user(number)).await {
                Ok(found) => assert!(expected.contains(&number), "{scope:?} shows {:?}", found.id),
                missing => {
                    assert!(!expected.contains(&number), "{scope:?} hides user {number}");
                    assert_code(missing, "storage.not_found");
                }
            }
        }
    }
}

async fn users_satisfy_every_condition_of_a_filter(accounts: Arc<dyn AccountRepository>) {
    populate(accounts.as_ref()).await;
    let name =
        PersonName { first: Some("Ärne".into()), middle: Some("von".into()), last: Some("Ost".into()) };
    accounts.create_user(&User { name, ..new_operator(3) }).await.unwrap();
    accounts
        .create_user(&User { company: Some(company(2)), role: Role::ClientService, ..new_user(4) })
        .await
        .unwrap();

    let text = |text: &str| UserFilter { text: Some(text.into()), ..UserFilter::default() };
    check(accounts.as_ref(), &ALL, &text("USER2@"), &[2]).await;
    check(accounts.as_ref(), &ALL, &text("ÄRNE VON o"), &[3]).await;
    check(accounts.as_ref(), &ALL, &text("other"), &[1, 2, 4]).await;
    check(accounts.as_ref(), &ALL, &text("us%r"), &[]).await;
    check(accounts.as_ref(), &ALL, &text("user_@"), &[]).await;

    let companies = Choice { include: vec![company(1)], exclude: vec![] };
    check(accounts.as_ref(), &ALL, &UserFilter { companies, ..UserFilter::default() }, &[1, 2]).await;
    let companies = Choice { include: vec![], exclude: vec![company(1)] };
    check(accounts.as_ref(), &ALL, &UserFilter { companies, ..UserFilter::default() }, &[3, 4]).await;

    let roles = Choice { include: vec![Role::Client, Role::ClientService], exclude: vec![Role::Client] };
    check(accounts.as_ref(), &ALL, &UserFilter { roles, ..UserFilter::default() }, &[4]).await;

    let ids = Choice { include: vec![user(1), user(4)], exclude: vec![] };
    check(accounts.as_ref(), &ALL, &UserFilter { ids: ids.clone(), ..text("user4") }, &[4]).await;
    check(accounts.as_ref(), &Scope::Company(company(1)), &UserFilter { ids, ..text("user") }, &[1]).await;
}

async fn users_of_equal_time_are_ordered_by_id_across_slices(accounts: Arc<dyn AccountRepository>) {
    for (number, updated) in [(3, 5), (1, 5), (2, 1)] {
        accounts.create_user(&User { updated: at(updated), ..new_operator(number) }).await.unwrap();
    }

    let cases = [
        (slice(0, 2, SortKey::Created, false), [1, 2].as_slice()),
        (slice(2, 2, SortKey::Created, false), &[3]),
        (slice(0, 9, SortKey::Created, true), &[3, 2, 1]),
        (slice(0, 9, SortKey::Updated, false), &[2, 1, 3]),
        (slice(1, 9, SortKey::Updated, true), &[1, 2]),
    ];

    for (slice, expected) in cases {
        let listed = accounts.users(&ALL, &UserFilter::default(), &slice).await.unwrap();
        let ids: Vec<u128> = listed.iter().map(|user| user.id.uuid().as_u128()).collect();
        assert_eq!(ids, expected, "{slice:?}");
    }
}

async fn an_updated_user_keeps_company_and_creation_time(accounts: Arc<dyn AccountRepository>) {
    populate(accounts.as_ref()).await;
    let changed = User {
        company: Some(company(2)),
        email: "new@example.org".into(),
        role: Role::ClientAdministrator,
        service: true,
        name: PersonName::default(),
        rights: AnalysisRights { liveness: false, matching: false, search: true, documents: false },
        metadata: metadata(r#"{"b": [1]}"#),
        created: at(7),
        updated: at(8),
        ..new_user(1)
    };

    accounts.update_user(&changed).await.unwrap();
    let expected = User { company: Some(company(1)), created: at(0), ..changed.clone() };
    assert_eq!(accounts.user(&ALL, user(1)).await.unwrap(), expected);

    let taken = User { email: "user2@example.org".into(), ..changed };
    assert_code(accounts.update_user(&taken).await, "storage.conflict");
    assert_code(accounts.update_user(&new_user(9)).await, "storage.not_found");
    assert_eq!(accounts.user(&ALL, user(1)).await.unwrap(), expected);
}

async fn deactivation_and_a_new_password_end_the_sessions_of_a_user(accounts: Arc<dyn AccountRepository>) {
    populate(accounts.as_ref()).await;
    let session = new_session(1);
    let changes = [
        User { active: false, ..new_user(1) },
        User { password: PasswordHash("another".into()), ..new_user(1) },
    ];

    for change in changes {
        accounts.update_user(&new_user(1)).await.unwrap();
        accounts.open_session(&session).await.unwrap();

        let renamed = User { name: PersonName::default(), ..new_user(1) };
        accounts.update_user(&renamed).await.unwrap();
        assert_eq!(accounts.session(&session.access).await.unwrap(), session);

        accounts.update_user(&change).await.unwrap();
        assert_code(accounts.session(&session.access).await, "storage.not_found");
    }
}

async fn deleting_a_user_deletes_its_sessions(accounts: Arc<dyn AccountRepository>) {
    populate(accounts.as_ref()).await;
    accounts.open_session(&new_session(1)).await.unwrap();
    accounts.delete_user(user(1)).await.unwrap();
    assert_code(accounts.user(&ALL, user(1)).await, "storage.not_found");
    assert_code(accounts.session(&new_session(1).access).await, "storage.not_found");
    accounts.delete_user(user(1)).await.unwrap();
    check(accounts.as_ref(), &ALL, &UserFilter::default(), &[2]).await;
}

async fn active_users_are_counted_by_role(accounts: Arc<dyn AccountRepository>) {
    populate(accounts.as_ref()).await;
    accounts.create_user(&User { active: false, ..new_user(3) }).await.unwrap();
    accounts.create_user(&new_operator(4)).await.unwrap();
    assert_eq!(accounts.active_users(Role::Client).await.unwrap(), 2);
    assert_eq!(accounts.active_users(Role::Operator).await.unwrap(), 1);
    assert_eq!(accounts.active_users(Role::Administrator).await.unwrap(), 0);
}
