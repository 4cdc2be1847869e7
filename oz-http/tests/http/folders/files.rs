//! Media URLs: signatures, expiry and range requests.

use std::time::Duration;

use oz_core::account::Role;
use serde_json::{Value, json};

use super::{path_of, post, text};
use crate::support::{Answer, Service, jpeg, zip};

async fn ranged(service: &Service, path: &str, headers: &[(&str, &str)]) -> Answer {
    let request = service.request("GET", path, None);
    service.send(headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))).await
}

#[tokio::test]
async fn file_is_served_whole_and_by_range() {
    let service = Service::start().await;
    let user = service.service_user().await;
    let mut photo = jpeg("face=ada ");
    photo.extend((0..600_000u32).map(|n| (n % 251) as u8));
    let folder =
        post(&service, &user, "/api/folders", &Value::Null, &[("a", "a.jpg", photo.clone())]).await.ok(201);
    let path = path_of(&folder["media"][0]["original_url"]);

    let whole = service.get(&path).await;
    assert_eq!((whole.status, whole.bytes == photo), (200, true));
    assert_eq!(whole.header("content-type"), Some("image/jpeg"));
    assert_eq!(whole.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(whole.header("accept-ranges"), Some("bytes"));
    assert!(whole.header("content-disposition").unwrap().starts_with("inline; filename="));
    assert!(whole.header("content-security-policy").unwrap().contains("sandbox"));

    let size = photo.len();
    let part = ranged(&service, &path, &[("Range", "bytes=262140-262149")]).await;
    assert_eq!((part.status, part.bytes == photo[262_140..262_150]), (206, true));
    assert_eq!(part.header("content-range"), Some(format!("bytes 262140-262149/{size}").as_str()));
    let tail = ranged(&service, &path, &[("Range", "bytes=-5")]).await;
    assert_eq!((tail.status, tail.bytes == photo[size - 5..]), (206, true));
    let beyond = ranged(&service, &path, &[("Range", &format!("bytes={size}-"))]).await;
    assert_eq!(
        (beyond.status, beyond.header("content-range")),
        (416, Some(format!("bytes */{size}").as_str()))
    );

    let tag = whole.header("etag").unwrap().to_owned();
    assert_eq!(ranged(&service, &path, &[("If-None-Match", &tag)]).await.status, 304);
    let stale = ranged(&service, &path, &[("Range", "bytes=0-1"), ("If-Range", "\"old\"")]).await;
    assert_eq!((stale.status, stale.bytes.len()), (200, size));

    let head = service.send(service.request("HEAD", &path, None)).await;
    assert_eq!((head.status, head.header("content-length")), (200, Some(size.to_string().as_str())));
    service.stop().await;
}

#[tokio::test]
async fn url_expires_and_cannot_be_forged() {
    let service = Service::start().await;
    let user = service.service_user().await;
    let media = [("a", "a.zip", zip("face=ada"))];
    let folder = post(&service, &user, "/api/folders", &Value::Null, &media).await.ok(201);
    let path = path_of(&folder["media"][0]["original_url"]);
    assert!(service.get(&path).await.header("content-disposition").unwrap().starts_with("attachment"));

    let token = path.trim_start_matches("/static/").trim_end_matches(".zip");
    for at in [0, token.len() / 2, token.len() - 2] {
        let mut changed = token.as_bytes().to_vec();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let changed = format!("/static/{}.zip", String::from_utf8(changed).unwrap());
        service.get(&changed).await.is_error(404, 10);
    }
    for path in ["/static/x", "/static/..%2f..%2fetc%2fpasswd", "/static/"] {
        service.get(path).await.is_error(404, 10);
    }

    service.clock.advance(Duration::from_secs(3_599));
    assert_eq!(service.get(&path).await.status, 200);
    service.clock.advance(Duration::from_secs(62));
    service.get(&path).await.is_error(403, 8);
    service.stop().await;
}

#[tokio::test]
async fn url_is_invalid_after_its_record_is_deleted() {
    let service = Service::start().await;
    let company = service.company("acme").await;
    let user = service.person(Role::ClientAdministrator, Some(company)).await;
    let media = [("a", "a.jpg", jpeg("face=ada"))];
    let folder = post(&service, &user, "/api/folders", &Value::Null, &media).await.ok(201);
    let path = path_of(&folder["media"][0]["original_url"]);
    let body = json!({"analyses": [{"type": "QUALITY"}]});
    let folder_path = format!("/api/folders/{}", text(&folder, "folder_id"));
    service.call("POST", &format!("{folder_path}/analyses"), &user.token, body).await.ok(201);
    service.work().await;

    let seen = service.call("GET", &folder_path, &user.token, Value::Null).await.ok(200);
    let shot = path_of(&seen["analyses"][0]["results_media"][0]["output_images"][0]["original_url"]);
    assert_eq!((service.get(&path).await.status, service.get(&shot).await.status), (200, 200));

    service.call("DELETE", &folder_path, &user.token, Value::Null).await.ok(204);
    service.get(&path).await.is_error(404, 10);
    service.get(&shot).await.is_error(404, 10);
    service.stop().await;
}

#[tokio::test]
async fn urls_start_with_the_configured_public_url() {
    let service = Service::with(|config| config.public_url = Some("https://api.acme.example/".into())).await;
    let user = service.service_user().await;
    let folder =
        post(&service, &user, "/api/folders", &Value::Null, &[("a", "a.jpg", jpeg(""))]).await.ok(201);
    assert!(text(&folder["media"][0], "original_url").starts_with("https://api.acme.example/static/"));
    service.stop().await;
}
