//! Collections, persons and their images.

use oz_core::account::{Action, Resource, Role};
use serde_json::{Value, json};

use super::{Case, Owner, World, case, check, metadata_cases, photo};
use crate::folders::{post, text};
use crate::support::jpeg;

/// IDs of a collection, and of a person and an image in it.
#[derive(Debug, Clone)]
pub(super) struct CollectionIds {
    pub(super) collection: String,
    pub(super) person: String,
    pub(super) image: String,
}

/// Creates a collection with a person.
async fn create(world: &World, owner: Owner) -> CollectionIds {
    let company = if owner == Owner::Stranger { world.other } else { world.own };
    let manager = world.service.person(Role::ClientAdministrator, Some(company)).await;
    let body = json!({"alias": format!("{}", manager.id())});
    let collection = world.service.call("POST", "/api/collections", &manager.token, body).await.ok(201);
    let collection = text(&collection, "collection_id");
    let path = format!("/api/collections/{collection}/persons");
    let photos = [("image1", "ada.jpg", jpeg("face=ada"))];
    let person = post(&world.service, &manager, &path, &json!({}), &photos).await.ok(201);
    CollectionIds {
        collection,
        person: text(&person, "person_id"),
        image: text(&person["images"][0], "person_image_id"),
    }
}

/// Requests about a collection and its contents; deletions last.
pub(super) fn collection_cases(ids: &CollectionIds) -> Vec<Case> {
    let collection = format!("/api/collections/{}", ids.collection);
    let persons = format!("{collection}/persons");
    let person = format!("{persons}/{}", ids.person);
    let images = format!("{person}/images");
    let image = format!("{images}/{}", ids.image);
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
    cases.extend(metadata_cases(&collection, Resource::Collection));
    cases.extend(metadata_cases(&person, Resource::Collection));
    cases.extend([delete(&image), delete(&person), delete(&collection)]);
    cases
}

#[tokio::test]
async fn collection_access_follows_the_permission_table() {
    let world = World::new().await;
    for role in Role::ALL {
        let caller = world.caller(role).await;
        for owner in [Owner::Colleague, Owner::Stranger] {
            for case in collection_cases(&create(&world, owner).await) {
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
