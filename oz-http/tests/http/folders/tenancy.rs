//! Visibility of folders, media and analyses across users and companies. Invisible records are reported as
//! not found.

use oz_core::account::Role;
use serde_json::{Value, json};

use super::{post, text};
use crate::support::{Person, Service, jpeg};

#[tokio::test]
async fn invisible_records_are_reported_as_not_found() {
    let service = Service::start().await;
    let (acme, other) = (service.company("acme").await, service.company("other").await);
    let owner = service.person(Role::Client, Some(acme)).await;
    let colleague = service.person(Role::Client, Some(acme)).await;
    let program = service.person(Role::ClientService, Some(acme)).await;
    let stranger = service.person(Role::ClientAdministrator, Some(other)).await;
    let operator = service.person(Role::Operator, None).await;
    let folder = post(&service, &owner, "/api/folders", &Value::Null, &[("a", "a.jpg", jpeg("face=ada"))])
        .await
        .ok(201);
    let path = format!("/api/folders/{}", text(&folder, "folder_id"));
    let orders = json!({"analyses": [{"type": "QUALITY"}]});
    let started =
        service.call("POST", &format!("{path}/analyses"), &owner.token, orders.clone()).await.ok(201);

    let paths = [
        path.clone(),
        format!("{path}/media"),
        format!("{path}/analyses"),
        format!("{path}/meta_data"),
        format!("{path}/report"),
        format!("/api/media/{}", text(&folder["media"][0], "media_id")),
        format!("/api/analyses/{}", text(&started[0], "analyse_id")),
        format!("/api/analyses/{}/meta_data", text(&started[0], "analyse_id")),
    ];

    let get = async |user: &Person, path: &str| service.call("GET", path, &user.token, Value::Null).await;
    for path in &paths {
        for user in [&owner, &program, &operator] {
            get(user, path).await;
            assert_eq!(get(user, path).await.status, 200, "{path}");
        }
        for user in [&colleague, &stranger] {
            get(user, path).await.is_error(404, 10);
        }
        service.get(path).await.is_error(401, 6);
    }

    for user in [&colleague, &stranger] {
        assert_eq!(get(user, "/api/folders").await.ok(200), json!([]));
        assert_eq!(get(user, "/api/analyses").await.ok(200), json!([]));
        service
            .call("POST", &format!("{path}/analyses"), &user.token, orders.clone())
            .await
            .is_error(404, 10);
        let added =
            post(&service, user, &format!("{path}/media"), &Value::Null, &[("b", "b.jpg", jpeg(""))]).await;
        added.is_error(404, 10);
    }

    for path in [&paths[0], &paths[5], &paths[6]] {
        service.call("DELETE", path, &stranger.token, Value::Null).await.is_error(404, 10);
        service.call("DELETE", path, &owner.token, Value::Null).await.is_error(403, 9);
        assert_eq!(get(&owner, path).await.status, 200);
    }
    service.stop().await;
}

#[tokio::test]
async fn source_media_of_another_folder_is_refused() {
    let service = Service::start().await;
    let user = service.service_user().await;
    let media = [("a", "a.jpg", jpeg("face=ada"))];
    let one = post(&service, &user, "/api/folders", &Value::Null, &media).await.ok(201);
    let other = post(&service, &user, "/api/folders", &Value::Null, &media).await.ok(201);
    let path = format!("/api/folders/{}/analyses", text(&one, "folder_id"));
    let body = json!({"analyses": [{"type": "QUALITY", "source_media": [other["media"][0]["media_id"]]}]});
    service.call("POST", &path, &user.token, body).await.is_error(400, 4);
    service.stop().await;
}

#[tokio::test]
async fn operators_create_no_folders_and_administrators_name_the_company() {
    let service = Service::start().await;
    let acme = service.company("acme").await;
    let operator = service.person(Role::Operator, None).await;
    let admin = service.person(Role::Administrator, None).await;
    service.call("POST", "/api/folders", &operator.token, Value::Null).await.is_error(403, 9);
    service.call("POST", "/api/folders", &admin.token, Value::Null).await.is_error(400, 3);
    let path = format!("/api/folders?company_id={acme}");
    let folder = service.call("POST", &path, &admin.token, Value::Null).await.ok(201);
    assert_eq!(folder["company_id"], acme.to_string());
    let unknown = "/api/folders?company_id=00000000-0000-4000-8000-000000000000";
    service.call("POST", unknown, &admin.token, Value::Null).await.is_error(404, 10);
    service.stop().await;
}

#[tokio::test]
async fn folder_deletion_is_complete_and_audited() {
    let service = Service::start().await;
    let company = service.company("acme").await;
    let user = service.person(Role::ClientAdministrator, Some(company)).await;
    let folder = post(&service, &user, "/api/folders", &Value::Null, &[("a", "a.jpg", jpeg("face=ada"))])
        .await
        .ok(201);
    let path = format!("/api/folders/{}/", text(&folder, "folder_id"));
    service.call("DELETE", &path, &user.token, Value::Null).await.ok(204);
    service.call("DELETE", &path, &user.token, Value::Null).await.is_error(404, 10);
    service.call("GET", &path, &user.token, Value::Null).await.is_error(404, 10);
    assert_eq!(service.ports().erasures.due(service.state.now(), 9).await.unwrap().len(), 1);
    let event = service.ports().audit.last().await.unwrap().unwrap().event;
    assert_eq!(
        (event.action.as_str(), event.object.contains(&text(&folder, "folder_id"))),
        ("folder.deleted", true)
    );
    service.stop().await;
}
