//! Metadata of folders, media and analyses; statistics; reports.

use oz_core::account::Role;
use serde_json::{Value, json};

use super::{post, text};
use crate::support::{Service, jpeg};

#[tokio::test]
async fn metadata_is_read_replaced_merged_and_cleared() {
    let service = Service::start().await;
    let company = service.company("acme").await;
    let admin = service.person(Role::Administrator, None).await;
    let user = service.person(Role::ClientAdministrator, Some(company)).await;
    let payload = json!({"folder:meta_data": {"a": 1}, "media:meta_data": {"m": {"a": 1}}});
    let folder =
        post(&service, &user, "/api/folders", &payload, &[("m", "m.jpg", jpeg("face=ada"))]).await.ok(201);
    let path = format!("/api/folders/{}", text(&folder, "folder_id"));
    let body = json!({"analyses": [{"type": "QUALITY", "meta_data": {"a": 1}}]});
    let started = service.call("POST", &format!("{path}/analyses"), &user.token, body).await.ok(201);

    let paths = [
        format!("{path}/meta_data/"),
        format!("/api/media/{}/meta_data", text(&folder["media"][0], "media_id")),
        format!("/api/analyses/{}/meta_data", text(&started[0], "analyse_id")),
    ];
    for path in paths {
        let call = async |method: &str, body: Value| service.call(method, &path, &admin.token, body).await;
        assert_eq!(call("GET", Value::Null).await.ok(200), json!({"a": 1}), "{path}");
        assert_eq!(call("PATCH", json!({"b": {"c": 2}})).await.ok(200), json!({"a": 1, "b": {"c": 2}}));
        assert_eq!(call("PATCH", json!({"a": null})).await.ok(200), json!({"b": {"c": 2}}));
        assert_eq!(call("POST", json!({"d": "x"})).await.ok(200), json!({"d": "x"}));
        call("POST", json!([1])).await.is_error(400, 5);
        call("PATCH", json!({"x": "y".repeat(70_000)})).await.is_error(400, 4);
        assert_eq!(call("GET", Value::Null).await.ok(200), json!({"d": "x"}));
        call("DELETE", Value::Null).await.ok(204);
        assert_eq!(call("GET", Value::Null).await.ok(200), json!({}));
    }
    service.stop().await;
}

#[tokio::test]
async fn statistics_require_permission_and_count_finished_analyses() {
    let service = Service::start().await;
    let company = service.company("acme").await;
    let user = service.person(Role::ClientService, Some(company)).await;
    let manager = service.person(Role::ClientAdministrator, Some(company)).await;
    for person in ["9001", "9001", "9002"] {
        let payload = json!({"folder:meta_data": {"iin": person}});
        let folder =
            post(&service, &user, "/api/folders", &payload, &[("m", "m.jpg", jpeg("face=ada"))]).await;
        let path = format!("/api/folders/{}/analyses", text(&folder.ok(201), "folder_id"));
        service.call("POST", &path, &user.token, json!({"analyses": [{"type": "QUALITY"}]})).await.ok(201);
    }
    service.clock.advance(std::time::Duration::from_secs(2));
    service.work().await;

    service.call("GET", "/api/statistics", &user.token, Value::Null).await.is_error(403, 9);
    let counts = service.call("GET", "/api/statistics/", &manager.token, Value::Null).await.ok(200);
    let folders =
        json!([{"day": "2026-01-01", "time": 1_767_225_600.0, "system_resolution": "SUCCESS", "count": 3}]);
    assert_eq!(counts["folders"], folders);
    assert_eq!(counts["analyses"][0]["duration_average"], 2.0);
    assert_eq!(
        (&counts["analyses"][0]["type"], &counts["analyses"][0]["count"]),
        (&json!("QUALITY"), &json!(3))
    );
    let attempts = json!([{"attempts": 1, "persons": 1}, {"attempts": 2, "persons": 1}]);
    assert_eq!(counts["attempts"], attempts);

    let none =
        service.call("GET", "/api/statistics?person=end_user_id", &manager.token, Value::Null).await.ok(200);
    assert_eq!((&none["attempts"], &none["person_key"]), (&json!([]), &json!("end_user_id")));
    service.stop().await;
}

#[tokio::test]
async fn report_escapes_client_content() {
    let service = Service::start().await;
    let user = service.service_user().await;
    let payload =
        json!({"folder:meta_data": {"<script>alert(1)</script>": "\"><img src=http://evil.example/x>"}});
    let media = [("m", "<b>m.jpg", jpeg("face=ada"))];
    let folder = post(&service, &user, "/api/folders", &payload, &media).await.ok(201);
    let path = format!("/api/folders/{}", text(&folder, "folder_id"));
    let body = json!({"analyses": [{"type": "QUALITY"}]});
    service.call("POST", &format!("{path}/analyses"), &user.token, body).await.ok(201);
    service.work().await;

    let report = service.call("GET", &format!("{path}/report/"), &user.token, Value::Null).await;
    assert_eq!((report.status, report.header("content-type")), (200, Some("text/html; charset=utf-8")));
    assert!(report.header("content-security-policy").unwrap().contains("default-src 'none'"));
    let page = String::from_utf8(report.bytes).unwrap();
    assert!(!page.contains("<script") && !page.contains("<b>"), "{page}");
    assert_eq!(page.matches("<img").count(), 1);
    assert!(page.contains("src=\"data:image/jpeg;base64,/9j/"), "{page}");
    assert!(page.contains(&text(&folder, "folder_id")) && page.contains("SUCCESS"));
    service.stop().await;
}
