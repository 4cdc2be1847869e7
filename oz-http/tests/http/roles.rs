//! Every role on every route with every kind of ownership, against the table of permissions.

use oz_core::account::{Action, Extent, Resource, Role, extent};
use oz_core::system::CompanyId;
use serde_json::{Value, json};

use crate::support::{Person, Service};

/// Whose something is, as the caller sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Owner {
    Itself,
    Colleague,
    Stranger,
}

/// A request about something, and what it does to what.
struct Case {
    method: &'static str,
    path: String,
    body: Value,
    action: Action,
    resource: Resource,
}

/// Companies and users that are there before anything is asked.
struct World {
    service: Service,
    own: CompanyId,
    other: CompanyId,
}

impl World {
    async fn new() -> Self {
        let service = Service::start().await;
        let (own, other) = (service.company("Own").await, service.company("Other").await);
        // So that no caller is the last one.
        service.administrator().await;
        Self { service, own, other }
    }

    async fn caller(&self, role: Role) -> Person {
        self.service.person(role, role.has_company().then_some(self.own)).await
    }

    async fn owner(&self, caller: &Person, owner: Owner) -> Person {
        match owner {
            Owner::Itself => caller.clone(),
            Owner::Colleague => self.service.person(Role::Client, Some(self.own)).await,
            Owner::Stranger => self.service.person(Role::Client, Some(self.other)).await,
        }
    }
}

/// Whether a permission of this extent reaches something of this owner.
fn reaches(extent: Extent, owner: Owner) -> bool {
    match extent {
        Extent::Nothing => false,
        Extent::Own => owner == Owner::Itself,
        Extent::Company => owner <= Owner::Colleague,
        Extent::Everything => true,
    }
}

/// What the table of permissions makes of a request: what is seen and may not be touched is refused, what is not seen does
/// not exist. Only of users more is seen than may be changed by those who may change something.
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

async fn check(world: &World, caller: &Person, owner: Owner, case: &Case) {
    let answer = world.service.call(case.method, &case.path, &caller.token, case.body.clone()).await;
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

fn case(method: &'static str, path: String, body: Value, action: Action, resource: Resource) -> Case {
    Case { method, path, body, action, resource }
}

/// Requests about a user.
fn about_user(user: &Person) -> Vec<Case> {
    let path = format!("/api/users/{}", user.id());
    let on = |method, body, action| case(method, path.clone(), body, action, Resource::User);
    let under = |method, part: &str, body, action| {
        case(method, format!("{path}/{part}"), body, action, Resource::User)
    };
    vec![
        on("GET", Value::Null, Action::Read),
        on("PATCH", json!({"first_name": "Ada"}), Action::Update),
        under("GET", "meta_data", Value::Null, Action::Read),
        under("POST", "meta_data", json!({"a": 1}), Action::Update),
        under("PATCH", "meta_data", json!({"b": 1}), Action::Update),
        under("DELETE", "meta_data", Value::Null, Action::Update),
        on("DELETE", Value::Null, Action::Delete),
    ]
}

/// Requests about a company.
fn about_company(company: CompanyId) -> Vec<Case> {
    let path = format!("/api/companies/{company}");
    let on = |method, body, action| case(method, path.clone(), body, action, Resource::Company);
    vec![on("GET", Value::Null, Action::Read), on("PATCH", json!({"meta_data": {"a": 1}}), Action::Update)]
}

#[tokio::test]
async fn users_are_reached_as_the_table_says() {
    for role in Role::ALL {
        let world = World::new().await;
        for owner in [Owner::Stranger, Owner::Colleague, Owner::Itself] {
            let caller = world.caller(role).await;
            let user = world.owner(&caller, owner).await;
            // Of users, "own" is oneself, and who has no company has no colleagues.
            let seen = if owner == Owner::Colleague && !role.has_company() { Owner::Stranger } else { owner };
            for case in about_user(&user) {
                check(&world, &caller, seen, &case).await;
            }
        }
        world.service.stop().await;
    }
}

#[tokio::test]
async fn companies_are_reached_as_the_table_says() {
    let world = World::new().await;
    for role in Role::ALL {
        let caller = world.caller(role).await;
        let own = if role.has_company() { Owner::Itself } else { Owner::Stranger };
        for (company, owner) in [(world.own, own), (world.other, Owner::Stranger)] {
            for case in about_company(company) {
                check(&world, &caller, owner, &case).await;
            }
        }
        let create = case(
            "POST",
            "/api/companies".into(),
            json!({"name": format!("Made by {role}")}),
            Action::Create,
            Resource::Company,
        );
        check(&world, &caller, Owner::Itself, &create).await;
        let empty = world.service.company(&format!("Empty for {role}")).await;
        let delete =
            case("DELETE", format!("/api/companies/{empty}"), Value::Null, Action::Delete, Resource::Company);
        check(&world, &caller, Owner::Stranger, &delete).await;
    }
    world.service.stop().await;
}

#[tokio::test]
async fn lists_show_what_the_table_says() {
    let world = World::new().await;
    let stranger = world.service.person(Role::Client, Some(world.other)).await;
    let colleague = world.service.person(Role::Client, Some(world.own)).await;
    for role in Role::ALL {
        let caller = world.caller(role).await;
        let answer =
            world.service.call("GET", "/api/users?limit=1000", &caller.token, Value::Null).await.ok(200);
        let shows = |id| answer.as_array().unwrap().iter().any(|user| user["user_id"] == format!("{id}"));
        let may = extent(role, Action::Read, Resource::User);
        let seen = [caller.id(), colleague.id(), stranger.id()].map(shows);
        let owners = [Owner::Itself, Owner::Colleague, Owner::Stranger];
        assert_eq!(seen, owners.map(|owner| reaches(may, owner)), "{role}");
        let companies = world.service.call("GET", "/api/companies", &caller.token, Value::Null).await.ok(200);
        let all = extent(role, Action::Read, Resource::Company) == Extent::Everything;
        assert_eq!(companies.as_array().unwrap().len(), if all { 2 } else { 1 }, "{role}");
    }
    world.service.stop().await;
}
