//! Total counts of lists (`X-Total-Count`).

use oz_core::account::Role;
use serde_json::{Value, json};

use crate::folders::{post, text};
use crate::support::{Service, jpeg};

/// Header `X-Total-Count` of a list, and the number of records in the response.
async fn total(service: &Service, token: &str, path: &str) -> (Option<String>, usize) {
    let answer = service.call("GET", path, token, Value::Null).await;
    (answer.header("x-total-count").map(str::to_owned), answer.ok(200).as_array().unwrap().len())
}

#[tokio::test]
async fn every_list_has_a_total_count() {
    let service = Service::start().await;
    let administrator = service.administrator().await;
    let (acme, _) = (service.company("Acme").await, service.company("Other").await);
    let manager = service.person(Role::ClientAdministrator, Some(acme)).await;
    service.person(Role::Client, Some(acme)).await;
    let collection =
        service.call("POST", "/api/collections", &manager.token, json!({"alias": "a"})).await.ok(201);
    service.call("POST", "/api/collections", &manager.token, json!({"alias": "b"})).await.ok(201);
    let persons = format!("/api/collections/{}/persons", text(&collection, "collection_id"));
    for _ in 0..2 {
        let photo = ("image1", "face.jpg", jpeg("face=eve"));
        post(&service, &manager, &persons, &Value::Null, &[photo]).await.ok(201);
        service.call("POST", "/api/folders", &manager.token, Value::Null).await.ok(201);
    }

    let lists = [
        (&administrator, "/api/companies"),
        (&manager, "/api/users"),
        (&manager, "/api/collections"),
        (&manager, &persons),
        (&manager, "/api/folders"),
    ];
    for (caller, path) in lists {
        let first = total(&service, &caller.token, &format!("{path}?limit=1")).await;
        assert_eq!(first, (Some("2".into()), 1), "{path}");
        let beyond = total(&service, &caller.token, &format!("{path}?offset=9")).await;
        assert_eq!(beyond, (Some("2".into()), 0), "{path}");
        let omitted = total(&service, &caller.token, &format!("{path}?limit=1&total_omit=true")).await;
        assert_eq!(omitted, (None, 1), "{path}");
    }

    let found = total(&service, &administrator.token, "/api/companies?search_text=acme&limit=0").await;
    assert_eq!(found, (Some("1".into()), 0));
    service.stop().await;
}
