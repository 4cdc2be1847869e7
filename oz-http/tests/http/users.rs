//! User accounts.

use oz_core::account::Role;
use serde_json::{Value, json};

use crate::support::Service;
use crate::support::people::PASSWORD;

#[allow(clippy::needless_pass_by_value, reason = "callers pass temporaries")]
fn new_user(extra: Value) -> Value {
    let mut body = json!({"email": "Ada@Acme.example", "password": "S3cret!and-long", "user_type": "CLIENT",
        "first_name": "Ada", "last_name": "Byron"});
    body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    body
}

#[tokio::test]
async fn user_is_created_found_updated_and_deleted() {
    let service = Service::start().await;
    let (admin, company) = (service.administrator().await, service.company("Acme").await);
    let body =
        new_user(json!({"company_id": company, "is_service": true, "can_start_analyse_biometry": false,
        "meta_data": {"desk": 4}}));
    let user = service.call("POST", "/api/users/", &admin.token, body).await.ok(201);
    assert_eq!(
        (&user["email"], &user["is_service"], &user["is_admin"]),
        (&json!("ada@acme.example"), &json!(true), &json!(false))
    );
    assert_eq!((&user["middle_name"], &user["can_start_analysis_biometry"]), (&Value::Null, &json!(false)));

    let path = format!("/api/users/{}", user["user_id"].as_str().unwrap());
    assert_eq!(service.call("GET", &path, &admin.token, Value::Null).await.ok(200), user);
    let found =
        service.call("GET", "/api/users?search_text=BYRON&user_type=client", &admin.token, Value::Null).await;
    assert_eq!(found.ok(200), json!([user]));

    let change = json!({"is_admin": true, "is_service": false, "last_name": "Lovelace",
        "meta_data": {"desk": null, "x": 1}});
    let changed = service.call("PATCH", &path, &admin.token, change).await.ok(200);
    assert_eq!(
        (&changed["is_admin"], &changed["last_name"], &changed["first_name"]),
        (&json!(true), &json!("Lovelace"), &json!("Ada"))
    );
    assert_eq!(changed["meta_data"], json!({"x": 1}));

    service.call("DELETE", &path, &admin.token, Value::Null).await.ok(204);
    service.call("GET", &path, &admin.token, Value::Null).await.is_error(404, 10);
    service.stop().await;
}

#[tokio::test]
async fn invalid_users_are_refused() {
    let service = Service::start().await;
    let (admin, company) = (service.administrator().await, service.company("Acme").await);

    let cases = [
        (json!({"company_id": company, "email": "nobody"}), 400, 4),
        (json!({"company_id": company, "password": "short"}), 400, 4),
        (json!({"company_id": company, "user_type": "ROOT"}), 400, 4),
        (json!({"company_id": company, "user_type": "ADMIN"}), 400, 4),
        (json!({"company_id": company, "is_admin": "yes"}), 400, 5),
        (json!({"company_id": company, "password": null}), 400, 3),
        (json!({"company_id": "nonsense"}), 400, 4),
        (json!({"company_id": admin.id()}), 404, 10),
        (json!({}), 400, 3),
    ];
    for (extra, status, number) in cases {
        let body = new_user(extra.clone());
        let answer = service.call("POST", "/api/users", &admin.token, body).await;
        assert_eq!((answer.status, &answer.json()["error_code"]), (status, &json!(number)), "{extra}");
    }

    let body = new_user(json!({"company_id": company}));
    service.call("POST", "/api/users", &admin.token, body.clone()).await.ok(201);
    service.call("POST", "/api/users", &admin.token, body).await.is_error(409, 4);
    service.stop().await;
}

#[tokio::test]
async fn client_administrator_creates_users_of_the_own_company_only() {
    let service = Service::start().await;
    let (own, other) = (service.company("Acme").await, service.company("Other").await);
    let manager = service.person(Role::ClientAdministrator, Some(own)).await;
    let user = service.call("POST", "/api/users", &manager.token, new_user(json!({}))).await.ok(201);
    assert_eq!(user["company_id"], own.to_string());

    let foreign = new_user(json!({"company_id": other}));
    service.call("POST", "/api/users", &manager.token, foreign).await.is_error(404, 10);
    for kind in ["ADMIN", "OPERATOR"] {
        let body = new_user(json!({ "user_type": kind }));
        service.call("POST", "/api/users", &manager.token, body).await.is_error(403, 9);
    }

    let path = format!("/api/users/{}", manager.id());
    let promotion = json!({"user_type": "ADMIN"});
    service.call("PATCH", &path, &manager.token, promotion).await.is_error(400, 4);
    service.stop().await;
}

#[tokio::test]
async fn users_cannot_raise_their_own_privileges() {
    let service = Service::start().await;
    let company = service.company("Acme").await;
    let client = service.person(Role::Client, Some(company)).await;
    let path = format!("/api/users/{}", client.id());
    for change in [
        json!({"is_admin": true}),
        json!({"user_type": "CLIENT"}),
        json!({"can_start_analysis_quality": true}),
        json!({"email": "x@y.example"}),
        json!({"is_service": true}),
    ] {
        service.call("PATCH", &path, &client.token, change).await.is_error(403, 9);
    }

    let answer = service.call("PATCH", &path, &client.token, json!({"first_name": "Ada"})).await;
    assert_eq!(answer.ok(200)["first_name"], "Ada");

    let operator = service.person(Role::Operator, None).await;
    let itself = format!("/api/users/{}", operator.id());
    service.call("PATCH", &itself, &operator.token, json!({"first_name": "Op"})).await.ok(200);
    service.call("PATCH", &path, &operator.token, json!({"first_name": "Op"})).await.is_error(403, 9);
    service.stop().await;
}

#[tokio::test]
async fn password_change_requires_the_old_one_and_ends_all_sessions() {
    let service = Service::start().await;
    let company = service.company("Acme").await;
    let client = service.person(Role::Client, Some(company)).await;
    let manager = service.person(Role::ClientAdministrator, Some(company)).await;
    let path = format!("/api/users/{}/change-password", client.id());

    let call = async |token: &str, body: Value| service.call("POST", &path, token, body).await;
    call(&client.token, json!({"new_password": "another good one"})).await.is_error(400, 3);
    let wrong = json!({"old_password": "wrong", "new_password": "another good one"});
    call(&client.token, wrong).await.is_error(403, 9);
    call(&client.token, json!({"old_password": PASSWORD, "new_password": "short"})).await.is_error(400, 4);
    call(&client.token, json!({"old_password": PASSWORD, "new_password": "another good one"})).await.ok(200);
    service.call("GET", "/api/users", &client.token, Value::Null).await.is_error(401, 7);
    call(&manager.token, json!({"password": "yet another good one"})).await.ok(200);
    service.stop().await;
}

#[tokio::test]
async fn last_administrator_cannot_be_removed() {
    let service = Service::start().await;
    let (first, second) = (service.administrator().await, service.administrator().await);
    let path = |id| format!("/api/users/{id}");
    service.call("PATCH", &path(second.id()), &first.token, json!({"is_active": false})).await.ok(200);
    service.call("GET", "/api/users", &second.token, Value::Null).await.is_error(401, 7);
    service
        .call("PATCH", &path(first.id()), &first.token, json!({"is_active": false}))
        .await
        .is_error(409, 4);
    service.call("DELETE", &path(first.id()), &first.token, Value::Null).await.is_error(409, 4);
    service.call("DELETE", &path(second.id()), &first.token, Value::Null).await.ok(204);
    service.stop().await;
}

#[tokio::test]
async fn two_administrators_cannot_remove_each_other_concurrently() {
    let service = Service::start().await;
    let (first, second) = (service.administrator().await, service.administrator().await);
    let delete = async |by: &str, id| {
        service.call("DELETE", &format!("/api/users/{id}"), by, Value::Null).await.status
    };
    let statuses = tokio::join!(delete(&first.token, second.id()), delete(&second.token, first.id()));
    assert!(matches!(statuses, (204, 401 | 409) | (401 | 409, 204)), "{statuses:?}");
    assert_eq!(service.ports().accounts.active_users(Role::Administrator).await.unwrap(), 1);
    service.stop().await;
}

#[tokio::test]
async fn user_metadata_is_read_replaced_merged_and_removed() {
    let service = Service::start().await;
    let admin = service.administrator().await;
    let path = format!("/api/users/{}/meta_data/", admin.id());
    let call = async |method: &str, body: Value| service.call(method, &path, &admin.token, body).await;
    assert_eq!(call("POST", json!({"a": 1, "b": 2})).await.ok(200), json!({"a": 1, "b": 2}));
    assert_eq!(
        call("PATCH", json!({"b": null, "c": {"d": 3}})).await.ok(200),
        json!({"a": 1, "c": {"d": 3}})
    );
    assert_eq!(call("GET", Value::Null).await.ok(200), json!({"a": 1, "c": {"d": 3}}));
    call("POST", json!([1])).await.is_error(400, 4);
    call("DELETE", Value::Null).await.ok(204);
    assert_eq!(call("GET", Value::Null).await.ok(200), json!({}));
    service.stop().await;
}
