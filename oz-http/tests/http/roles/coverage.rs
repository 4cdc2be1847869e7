//! Completeness: every route has a permission test.

use std::collections::BTreeSet;

use oz_core::account::UserId;
use oz_core::system::{CompanyId, Uuid};

use super::accounts::{company_cases, user_cases};
use super::collections::{CollectionIds, collection_cases};
use super::folders::{FolderIds, folder_cases, folder_list_cases};

/// Routes without permissions or with their own tests: sign-in, passwords, signed file URLs, installation
/// details and instant requests.
const EXEMPT: [&str; 10] = [
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

/// Operations tested outside the case lists.
const OTHERS: [&str; 8] = [
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

fn tested() -> BTreeSet<String> {
    let id = || Uuid::from_u128(7).to_string();
    let mut cases = user_cases(UserId::from(Uuid::from_u128(7)));
    cases.extend(company_cases(CompanyId::from(Uuid::from_u128(7))));
    cases.extend(folder_cases(&FolderIds { folder: id(), media: id(), analysis: id() }));
    cases.extend(folder_list_cases());
    cases.extend(collection_cases(&CollectionIds { collection: id(), person: id(), image: id() }));
    let names = cases.iter().map(|case| format!("{} {}", case.method, template(&case.path)));
    names.chain(OTHERS.map(Into::into)).collect()
}

#[test]
fn every_operation_has_a_permission_test() {
    let document = serde_json::to_value(oz_http::openapi_document()).unwrap();
    let tested = tested();
    let mut missing = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        // API Lite has no user accounts.
        if path.starts_with("/v1/") || path == "/version" || EXEMPT.iter().any(|part| path.contains(part)) {
            continue;
        }
        for method in item.as_object().unwrap().keys() {
            let name = format!("{} {}", method.to_uppercase(), template(path));
            if !tested.contains(&name) {
                missing.push(name);
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}
