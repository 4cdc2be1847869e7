//! Collections, persons and images (point 9 of the compatibility checklist).

use oz_core::account::Role;
use serde_json::{Value, json};

use crate::folders::{post, text};
use crate::support::{Answer, Person, Service, jpeg};

/// Creates a client administrator and a collection of the company.
async fn blacklist(service: &Service) -> (Person, String) {
    let company = service.company("Acme").await;
    let manager = service.person(Role::ClientAdministrator, Some(company)).await;
    let body = json!({"alias": "blacklist", "meta_data": {"of": "fraudsters"}});
    let collection = service.call("POST", "/api/collections/", &manager.token, body).await.ok(201);
    let path = format!("/api/collections/{}", text(&collection, "collection_id"));
    (manager, path)
}

/// Posts photos with these words, see the scripted examiner.
async fn enrol(service: &Service, user: &Person, path: &str, payload: &Value, photos: &[&str]) -> Answer {
    let keys: Vec<String> = (1..=photos.len()).map(|number| format!("image{number}")).collect();
    let media: Vec<_> =
        keys.iter().zip(photos).map(|(key, words)| (key.as_str(), "face.jpg", jpeg(words))).collect();
    post(service, user, path, payload, &media).await
}

#[tokio::test]
async fn collection_is_created_found_updated_and_deleted() {
    let service = Service::start().await;
    let (manager, path) = blacklist(&service).await;
    let get = async |path: &str| service.call("GET", path, &manager.token, Value::Null).await;

    let list = get("/api/collections").await;
    assert_eq!(list.header("x-total-count"), Some("1"));
    assert_eq!(
        (&list.json()[0]["alias"], &list.json()[0]["meta_data"]),
        (&json!("blacklist"), &json!({"of": "fraudsters"}))
    );
    assert_eq!(get(&path).await.ok(200), list.json()[0]);
    assert_eq!(get("/api/collections?alias=whitelist").await.ok(200), json!([]));

    let again = json!({"alias": "blacklist"});
    service.call("POST", "/api/collections", &manager.token, again).await.is_error(409, 4);
    service.call("POST", "/api/collections", &manager.token, json!({"alias": " "})).await.is_error(400, 4);
    service.call("POST", "/api/collections", &manager.token, json!({})).await.is_error(400, 3);

    let attributes = format!("{path}/meta_data/");
    let merged = service.call("PATCH", &attributes, &manager.token, json!({"n": 1})).await.ok(200);
    assert_eq!(merged, json!({"of": "fraudsters", "n": 1}));

    enrol(&service, &manager, &format!("{path}/persons"), &Value::Null, &["face=eve"]).await.ok(201);
    service.call("DELETE", &path, &manager.token, Value::Null).await.ok(204);
    get(&path).await.is_error(404, 10);
    let company = manager.user.company.unwrap();
    assert_eq!(service.ports().blobs.list(company, None, 10).await.unwrap(), [], "all images are erased");
    service.stop().await;
}

#[tokio::test]
async fn administrator_names_the_company_of_a_collection() {
    let service = Service::start().await;
    let (admin, company) = (service.administrator().await, service.company("Acme").await);
    let post = async |body: Value| service.call("POST", "/api/collections", &admin.token, body).await;
    post(json!({"alias": "a"})).await.is_error(400, 3);
    post(json!({"alias": "a", "company_id": admin.id()})).await.is_error(404, 10);

    let collection = post(json!({"alias": "a", "company_id": company})).await.ok(201);
    assert_eq!(collection["company_id"], company.to_string());
    let all = service.call("GET", "/api/collections", &admin.token, Value::Null).await.ok(200);
    assert_eq!(all, json!([collection]));
    service.stop().await;
}

#[tokio::test]
async fn person_is_enrolled_and_images_are_added_and_removed() {
    let service = Service::start().await;
    let (manager, path) = blacklist(&service).await;
    let persons = format!("{path}/persons/");
    let payload = json!({"person:meta_data": {"person_info": {"first_name": "Eve"}},
        "media:tags": {"image1": ["photo_selfie"]}});
    let person =
        enrol(&service, &manager, &persons, &payload, &["face=eve", "face=eve quality=50"]).await.ok(201);
    assert_eq!(person["meta_data"]["person_info"]["first_name"], "Eve");

    let one = format!("{persons}{}", text(&person, "person_id"));
    let get = async |path: &str| service.call("GET", path, &manager.token, Value::Null).await;
    assert_eq!(get(&one).await.ok(200)["images"].as_array().unwrap().len(), 2);
    let list = get(&persons).await.ok(200);
    assert_eq!((&list[0]["person_id"], &list[0]["images"]), (&person["person_id"], &Value::Null));

    let url = person["images"][0]["media"]["original_url"].as_str().unwrap();
    let picture = service.get(&url[url.find("/static").unwrap()..]).await;
    assert_eq!((picture.status, picture.bytes), (200, jpeg("face=eve")));

    let images = format!("{one}/images/");
    let added = enrol(&service, &manager, &images, &Value::Null, &["face=eve far"]).await.ok(201);
    let third = format!("{images}{}", text(&added[0], "person_image_id"));
    service.call("DELETE", &third, &manager.token, Value::Null).await.ok(204);
    service.call("DELETE", &third, &manager.token, Value::Null).await.is_error(404, 10);
    assert_eq!(get(&images).await.ok(200).as_array().unwrap().len(), 2);

    service.call("DELETE", &one, &manager.token, Value::Null).await.ok(204);
    get(&one).await.is_error(404, 10);
    let company = manager.user.company.unwrap();
    assert_eq!(service.ports().blobs.list(company, None, 10).await.unwrap(), [], "all images are erased");
    assert_eq!(service.ports().erasures.staged().await.unwrap(), 0);
    service.stop().await;
}

#[tokio::test]
async fn photo_without_exactly_one_face_is_refused_and_not_stored() {
    let service = Service::start().await;
    let (manager, path) = blacklist(&service).await;
    let persons = format!("{path}/persons");

    let cases: [(&[&str], Option<&str>); 4] = [
        (&["face=eve", "landscape"], Some("analysis.no_face")),
        (&["face=eve faces=2"], Some("analysis.several_faces")),
        (&["face=eve corrupt"], Some("media.corrupt")),
        (&[], Some("input.invalid_value")),
    ];
    for (photos, code) in cases {
        let answer = enrol(&service, &manager, &persons, &json!({}), photos).await;
        answer.is_error(400, 4);
        assert_eq!(answer.json()["details"]["code"].as_str(), code, "{photos:?}");
    }

    let answer = enrol(&service, &manager, &persons, &json!({}), &["face=eve broken"]).await;
    answer.is_error(503, 11);
    let company = manager.user.company.unwrap();
    assert_eq!(service.ports().blobs.list(company, None, 10).await.unwrap(), []);
    assert_eq!(service.call("GET", &persons, &manager.token, Value::Null).await.ok(200), json!([]));
    service.stop().await;
}

#[tokio::test]
async fn person_in_search_results_cannot_be_deleted_before_the_analysis() {
    let service = Service::start().await;
    let (manager, path) = blacklist(&service).await;
    let persons = format!("{path}/persons");
    let eve = enrol(&service, &manager, &persons, &json!({}), &["face=eve"]).await.ok(201);
    enrol(&service, &manager, &persons, &json!({}), &["face=ada"]).await.ok(201);

    let media = [("photo1", "eve.jpg", jpeg("face=eve"))];
    let folder = post(&service, &manager, "/api/folders/", &Value::Null, &media).await.ok(201);
    let analyses = format!("/api/folders/{}/analyses/", text(&folder, "folder_id"));
    let collection = path.rsplit('/').next().unwrap();
    let body = json!({"analyses": [{"type": "collection", "params": {"collection_id": collection}}]});
    let started = service.call("POST", &analyses, &manager.token, body).await.ok(201);
    service.work().await;

    let analysis = format!("/api/analyses/{}", text(&started[0], "analyse_id"));
    let done = service.call("GET", &analysis, &manager.token, Value::Null).await.ok(200);
    assert_eq!(done["resolution_status"], "DECLINED");
    let found = done["results_media"].to_string();
    assert!(found.contains(&text(&eve, "person_id")), "{found}");

    let person = format!("{persons}/{}", text(&eve, "person_id"));
    service.call("DELETE", &person, &manager.token, Value::Null).await.is_error(409, 4);
    service.call("DELETE", &analysis, &manager.token, Value::Null).await.ok(204);
    service.call("DELETE", &person, &manager.token, Value::Null).await.ok(204);
    service.stop().await;
}

#[tokio::test]
async fn service_users_change_collections_only_if_configured() {
    for (allowed, status) in [(false, 403), (true, 201)] {
        let service = Service::with(|config| config.collections.service_may_change = allowed).await;
        let (manager, path) = blacklist(&service).await;
        let service_user = service.person(Role::ClientService, manager.user.company).await;
        let answer =
            enrol(&service, &service_user, &format!("{path}/persons"), &json!({}), &["face=eve"]).await;
        assert_eq!(answer.status, status);
        service.stop().await;
    }
}
