//! Collections, persons and their pictures.

use oz_core::account::{Action, Resource, Role};
use serde_json::{Value, json};

use super::{Case, Owner, World, about_attributes, case, check, photo};
use crate::folders::{post, text};
use crate::support::jpeg;

/// Ids of a collection and of what is in it.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) collection: String,
    pub(super) person: String,
    pub(super) image: String,
}

/// Makes a collection with a person.
async fn known(world: &World, owner: Owner) -> Known {
    let company = if owner == Owner::Stranger { world.other } else { world.own };
    let manager = world.service.person(Role::ClientAdministrator, Some(company)).await;
    let body = json!({"alias": format!("{}", manager.id())});
    let collection = world.service.call("POST", "/api/collections", &manager.token, body).await.ok(201);
    let collection = text(&collection, "collection_id");
    let path = format!("/api/collections/{collection}/persons");
    let photos = [("image1", "ada.jpg", jpeg("face=ada"))];
    let person = post(&world.service, &manager, &path, &json!({}), &photos).await.ok(201);
    Known {
        collection,
        person: text(&person, "person_id"),
        image: text(&person["images"][0], "person_image_id"),
    }
}

/// Requests about a collection and what is in it; what deletes comes last.
pub(super) fn about_collection(known: &Known) -> Vec<Case> {
    let collection = format!("/api/collections/{}", known.collection);
    let persons = format!("{collection}/persons");
    let person = format!("{persons}/{}", known.person);
    let images = format!("{person}/images");
    let image = format!("{images}/{}", known.image);
    let get = |path: &str| case("GET", path.into(), Value::Null, Action::Read, Resource::Collection);
    let delete = |path: &str| case("DELETE", path.into(), Value::Null, Action::Delete, Resource::Collection);
    let mut cases = vec![
        get(&collection),
        get(&persons),
        photo(persons.clone(), Action::Create, Resource::Collection),
        get(&person),
        get(&images),
        photo(images.clone(), Action::Create, Resource::Collection),
    ];
    cases.extend(about_attributes(&collection, Resource::Collection));
    cases.extend(about_attributes(&person, Resource::Collection));
    cases.extend([delete(&image), delete(&person), delete(&collection)]);
    cases
}

#[tokio::test]
async fn collections_and_what_is_in_them_are_reached_as_the_table_says() {
    let world = World::new().await;
    for role in Role::ALL {
        let caller = world.caller(role).await;
        for owner in [Owner::Colleague, Owner::Stranger] {
            for case in about_collection(&known(&world, owner).await) {
                check(&world, &caller, owner, &case).await;
            }
        }
        let list = case("GET", "/api/collections".into(), Value::Null, Action::Read, Resource::Collection);
        check(&world, &caller, Owner::Colleague, &list).await;
        let body = json!({"alias": role.name(), "company_id": world.own});
        let create = case("POST", "/api/collections".into(), body, Action::Create, Resource::Collection);
        check(&world, &caller, Owner::Colleague, &create).await;
    }
    world.service.stop().await;
}
