//! Users and companies.

use oz_core::account::{Action, Extent, Resource, Role, UserId, extent};
use oz_core::system::CompanyId;
use serde_json::{Value, json};

use super::{Case, Owner, World, case, check, metadata_cases, reaches};

/// Requests about a user.
pub(super) fn user_cases(user: UserId) -> Vec<Case> {
    let path = format!("/api/users/{user}");
    let on = |method, body, action| case(method, path.clone(), body, action, Resource::User);
    let mut cases =
        vec![on("GET", Value::Null, Action::Read), on("PATCH", json!({"first_name": "Ada"}), Action::Update)];
    cases.extend(metadata_cases(&path, Resource::User));
    cases.push(on("DELETE", Value::Null, Action::Delete));
    cases
}

/// Requests about a company.
pub(super) fn company_cases(company: CompanyId) -> Vec<Case> {
    let path = format!("/api/companies/{company}");
    let on = |method, body, action| case(method, path.clone(), body, action, Resource::Company);
    vec![on("GET", Value::Null, Action::Read), on("PATCH", json!({"meta_data": {"a": 1}}), Action::Update)]
}

#[tokio::test]
async fn user_access_follows_the_permission_table() {
    for role in Role::ALL {
        let world = World::new().await;
        for owner in [Owner::Stranger, Owner::Colleague, Owner::Itself] {
            let caller = world.caller(role).await;
            let user = world.owner(&caller, owner).await;
            // `Owner::Itself` is the user account of the caller. A caller without a company has no
            // colleagues.
            let seen = if owner == Owner::Colleague && !role.has_company() { Owner::Stranger } else { owner };
            for case in user_cases(user.id()) {
                check(&world, &caller, seen, &case).await;
            }
        }
        world.service.stop().await;
    }
}

#[tokio::test]
async fn user_creation_follows_the_permission_table() {
    let world = World::new().await;
    for role in Role::ALL {
        let caller = world.caller(role).await;
        for (company, owner) in [(world.own, Owner::Colleague), (world.other, Owner::Stranger)] {
            let body = json!({"email": format!("{role}@{company}.example"),
                "password": "correct horse battery", "user_type": "CLIENT", "company_id": company});
            let create = case("POST", "/api/users".into(), body, Action::Create, Resource::User);
            check(&world, &caller, owner, &create).await;
        }
    }
    world.service.stop().await;
}

#[tokio::test]
async fn company_access_follows_the_permission_table() {
    let world = World::new().await;
    for role in Role::ALL {
        let caller = world.caller(role).await;
        let own = if role.has_company() { Owner::Itself } else { Owner::Stranger };
        for (company, owner) in [(world.own, own), (world.other, Owner::Stranger)] {
            for case in company_cases(company) {
                check(&world, &caller, owner, &case).await;
            }
        }

        let create = case(
            "POST",
            "/api/companies".into(),
            json!({"name": format!("Created by {role}")}),
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
async fn user_and_company_lists_follow_the_permission_table() {
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
