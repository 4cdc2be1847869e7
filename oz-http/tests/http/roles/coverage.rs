//! That no route was forgotten.

use std::collections::BTreeSet;

use oz_core::account::UserId;
use oz_core::system::{CompanyId, Uuid};

use super::accounts::{about_company, about_user};
use super::collections::{Known, about_collection};
use super::folders::{Things, about_folder, about_folders};

/// What everybody may do, or what has tests of its own: signing in, passwords, files under signed URLs, what is told of the
/// installation, and services without accounts.
const ELSEWHERE: [&str; 10] = [
    "/api/authorize/",
    "/change-password",
    "/api/version",
    "/api/config",
    "/api/ab-testings-configs",
    "/api/instant/",
    "/healthz",
    "/readyz",
    "/metrics",
    "/static/",
];

/// Paths that are walked without an id in them.
const LISTS: [&str; 8] = [
    "GET /api/users",
    "POST /api/users",
    "GET /api/companies",
    "POST /api/companies",
    "DELETE /api/companies/{}",
    "GET /api/collections",
    "POST /api/collections",
    "POST /api/folders",
];

fn template(path: &str) -> String {
    let part = |part: &str| match part.starts_with('{') || part.parse::<Uuid>().is_ok() {
        true => "{}".to_owned(),
        false => part.to_owned(),
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

fn walked() -> BTreeSet<String> {
    let id = || Uuid::from_u128(7).to_string();
    let mut cases = about_user(UserId::from(Uuid::from_u128(7)));
    cases.extend(about_company(CompanyId::from(Uuid::from_u128(7))));
    cases.extend(about_folder(&Things { folder: id(), media: id(), analysis: id() }));
    cases.extend(about_folders());
    cases.extend(about_collection(&Known { collection: id(), person: id(), image: id() }));
    let names = cases.iter().map(|case| format!("{} {}", case.method, template(&case.path)));
    names.chain(LISTS.map(Into::into)).collect()
}

#[test]
fn every_operation_of_the_interface_is_walked() {
    let document = serde_json::to_value(oz_http::openapi_document()).unwrap();
    let walked = walked();
    let mut missing = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        // API Lite knows no accounts.
        if path.starts_with("/v1/") || path == "/version" || ELSEWHERE.iter().any(|part| path.contains(part))
        {
            continue;
        }
        for method in item.as_object().unwrap().keys() {
            let name = format!("{} {}", method.to_uppercase(), template(path));
            if !walked.contains(&name) {
                missing.push(name);
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}
