//! Permissions: every role on every route and record owner, compared with the permission table (point 11 of
//! the compatibility checklist).

mod accounts;
mod collections;
mod coverage;
mod folders;

use oz_core::account::{Action, Extent, Resource, Role, extent};
use oz_core::system::CompanyId;
use serde_json::{Value, json};

use crate::folders::post;
use crate::support::{Person, Service, jpeg};

/// Owner of a record, relative to the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Owner {
    Itself,
    Colleague,
    Stranger,
}

/// Request with its action and resource in the permission table.
#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) method: &'static str,
    pub(super) path: String,
    body: Body,
    action: Action,
    resource: Resource,
}

/// Body of a request.
#[derive(Debug, Clone)]
enum Body {
    Json(Value),
    Photo,
}

/// Companies and users that exist before the requests.
pub(super) struct World {
    pub(super) service: Service,
    pub(super) own: CompanyId,
    pub(super) other: CompanyId,
}

impl World {
    pub(super) async fn new() -> Self {
        let service = Service::start().await;
        let (own, other) = (service.company("Own").await, service.company("Other").await);
        // The last administrator could not be deleted, so callers must not be the only one.
        service.administrator().await;
        Self { service, own, other }
    }

    pub(super) async fn caller(&self, role: Role) -> Person {
        self.service.person(role, role.has_company().then_some(self.own)).await
    }

    pub(super) async fn owner(&self, caller: &Person, owner: Owner) -> Person {
        match owner {
            Owner::Itself => caller.clone(),
            Owner::Colleague => self.service.person(Role::Client, Some(self.own)).await,
            Owner::Stranger => self.service.person(Role::Client, Some(self.other)).await,
        }
    }
}

/// Whether a permission of this extent covers records of this owner.
pub(super) fn reaches(extent: Extent, owner: Owner) -> bool {
    match extent {
        Extent::Nothing => false,
        Extent::Own => owner == Owner::Itself,
        Extent::Company => owner <= Owner::Colleague,
        Extent::Everything => true,
    }
}

/// Expected statuses according to the permission table: 403 for a visible record without permission, 404 for
/// an invisible record. Only for users does a role that may change some records see more than it may change.
fn expected(role: Role, case: &Case, owner: Owner) -> &'static [u16] {
    let may = extent(role, case.action, case.resource);
    if reaches(may, owner) {
        return &[200, 201, 204];
    }
    if may == Extent::Nothing {
        return &[403];
    }
    match reaches(extent(role, Action::Read, case.resource), owner) {
        true => &[403],
        false => &[404],
    }
}

pub(super) async fn check(world: &World, caller: &Person, owner: Owner, case: &Case) {
    let answer = match &case.body {
        Body::Json(body) => world.service.call(case.method, &case.path, &caller.token, body.clone()).await,
        Body::Photo => {
            let photo = [("photo1", "ada.jpg", jpeg("face=ada"))];
            post(&world.service, caller, &case.path, &json!({}), &photo).await
        }
    };

    let (role, expected) = (caller.user.role, expected(caller.user.role, case, owner));
    let what = format!(
        "{role} {} {} of {owner:?}: {}",
        case.method,
        case.path,
        String::from_utf8_lossy(&answer.bytes)
    );
    assert!(expected.contains(&answer.status), "{what}; {} instead of {expected:?}", answer.status);

    match answer.status {
        403 => assert_eq!(answer.json()["error_code"], 9, "{what}"),
        404 => assert_eq!(answer.json()["error_code"], 10, "{what}"),
        _ => {}
    }
}

pub(super) fn case(
    method: &'static str,
    path: String,
    body: Value,
    action: Action,
    resource: Resource,
) -> Case {
    Case { method, path, body: Body::Json(body), action, resource }
}

/// Request with a photo.
pub(super) fn photo(path: String, action: Action, resource: Resource) -> Case {
    Case { method: "POST", path, body: Body::Photo, action, resource }
}

/// Requests about the metadata of a record.
pub(super) fn metadata_cases(path: &str, resource: Resource) -> Vec<Case> {
    let path = format!("{path}/meta_data");
    let on = |method, body, action| case(method, path.clone(), body, action, resource);
    vec![
        on("GET", Value::Null, Action::Read),
        on("POST", json!({"a": 1}), Action::Update),
        on("PATCH", json!({"b": 1}), Action::Update),
        on("DELETE", Value::Null, Action::Update),
    ]
}
