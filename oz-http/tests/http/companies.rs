//! Companies (tenants).

use serde_json::{Value, json};

use crate::support::Service;

#[tokio::test]
async fn company_is_created_found_updated_and_deleted() {
    let service = Service::start().await;
    let admin = service.administrator().await;
    service.company("Other").await;
    let body = json!({"name": " Acme GmbH ", "meta_data": {"city": "Köln"}});
    let company = service.call("POST", "/api/companies/", &admin.token, body).await.ok(201);
    assert_eq!((&company["name"], &company["technical_meta_data"]), (&json!("Acme GmbH"), &json!({})));

    let found = service.call("GET", "/api/companies/?search_text=acme", &admin.token, Value::Null).await;
    assert_eq!(found.ok(200), json!([company]));

    let path = format!("/api/companies/{}", company["company_id"].as_str().unwrap());
    let change = json!({"name": "Acme AG", "meta_data": {"size": 2}});
    let changed = service.call("PATCH", &path, &admin.token, change).await.ok(200);
    assert_eq!(
        (&changed["name"], &changed["meta_data"]),
        (&json!("Acme AG"), &json!({"city": "Köln", "size": 2}))
    );

    service.call("DELETE", &path, &admin.token, Value::Null).await.ok(204);
    service.call("DELETE", &path, &admin.token, Value::Null).await.is_error(404, 10);
    service.stop().await;
}

#[tokio::test]
async fn company_name_is_required_and_unique() {
    let service = Service::start().await;
    let admin = service.administrator().await;
    service.company("Acme").await;

    let cases = [
        (json!({}), 400, 3),
        (json!({"name": ""}), 400, 4),
        (json!({"name": 7}), 400, 5),
        (json!({"name": "x".repeat(201)}), 400, 4),
        (json!({"name": "a\u{0}b"}), 400, 4),
        (json!({"name": "ACME"}), 409, 4),
    ];
    for (body, status, number) in cases {
        service.call("POST", "/api/companies", &admin.token, body).await.is_error(status, number);
    }
    service.stop().await;
}

#[tokio::test]
async fn company_with_collections_cannot_be_deleted() {
    let service = Service::start().await;
    let (admin, company) = (service.administrator().await, service.company("Acme").await);
    let collections = &service.ports().collections;
    let collection = collections.create(company, "blacklist", Default::default()).await.unwrap();
    let path = format!("/api/companies/{company}");
    service.call("DELETE", &path, &admin.token, Value::Null).await.is_error(409, 4);
    collections.delete(collection.id).await.unwrap();
    service.call("DELETE", &path, &admin.token, Value::Null).await.ok(204);
    service.stop().await;
}
