//! Suite of [`AccountRepository`].

mod companies;
mod sessions;
mod users;

use std::time::Duration;

use super::{Drive, Make, check_async_claims};
use oz_core::account::port::AccountRepository;
use oz_core::account::{
    AnalysisRights, Company, PasswordHash, PersonName, Role, Scope, Session, SessionId, User, UserId,
};
use oz_core::digest::Digest;
use oz_core::listing::{Slice, SortKey, Sorting};
use oz_core::metadata::Metadata;
use oz_core::system::{CompanyId, Timestamp, Uuid};

/// Checks a repository of accounts.
///
/// # Panics
/// When a claim does not hold.
pub fn account_repository(adapter: &str, make: Make<'_, dyn AccountRepository>, drive: Drive<'_>) {
    let claims = [companies::claims(), users::claims(), sessions::claims()].concat();
    check_async_claims(adapter, &claims, make, drive);
}

const ALL: Scope = Scope::Everything;
const LIFETIME: Duration = Duration::from_secs(100);

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_secs(1_767_225_600 + seconds)
}

fn company(number: u128) -> CompanyId {
    Uuid::from_u128(number).into()
}

fn user(number: u128) -> UserId {
    Uuid::from_u128(number).into()
}

fn session(number: u128) -> SessionId {
    Uuid::from_u128(number).into()
}

fn metadata(text: &str) -> Metadata {
    Metadata::from_json(text).unwrap()
}

fn new_company(number: u128) -> Company {
    Company {
        id: company(number),
        name: format!("Company {number}"),
        metadata: metadata(r#"{"quota": 1.5, "list": ["Ö"]}"#),
        created: at(0),
        updated: at(0),
    }
}

/// User `number` of company 1.
fn new_user(number: u128) -> User {
    User {
        id: user(number),
        company: Some(company(1)),
        email: format!("user{number}@example.org"),
        password: PasswordHash(format!("hash of {number}")),
        role: Role::Client,
        service: false,
        name: PersonName { first: Some("Ann".into()), last: Some(format!("Other{number}")), middle: None },
        rights: AnalysisRights { search: false, ..AnalysisRights::default() },
        active: true,
        metadata: metadata(r#"{"team": "a"}"#),
        created: at(0),
        updated: at(0),
    }
}

/// User without a company.
fn new_operator(number: u128) -> User {
    User { company: None, role: Role::Operator, ..new_user(number) }
}

/// Session `number` of user 1.
fn new_session(number: u128) -> Session {
    Session {
        id: session(number),
        user: user(1),
        access: Digest::of(format!("access {number}").as_bytes()),
        refresh: Digest::of(format!("refresh {number}").as_bytes()),
        lifetime: LIFETIME,
        expires: at(100),
        replaces: None,
        created: at(0),
    }
}

/// Stores companies 1 and 2, and users 1 and 2 of company 1.
async fn populate(accounts: &dyn AccountRepository) {
    for number in [1, 2] {
        accounts.create_company(&new_company(number)).await.unwrap();
    }
    for number in [1, 2] {
        accounts.create_user(&new_user(number)).await.unwrap();
    }
}

fn slice(offset: u64, limit: u32, key: SortKey, descending: bool) -> Slice {
    Slice { offset, limit, sorting: Sorting { key, descending } }
}
