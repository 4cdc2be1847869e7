//! Creation of folders and media.

use serde_json::{Value, json};

use super::{blobs, post, post_raw, text};
use crate::support::{Service, jpeg, mp4, zip};

#[tokio::test]
async fn empty_folder_is_created_with_every_path_and_encoding() {
    let service = Service::start().await;
    let user = service.service_user().await;
    for path in ["/api/folders", "/api/folders/", "/api/folders/?"] {
        let answer = service.call("POST", path, &user.token, Value::Null).await.ok(201);
        assert_eq!(
            (&answer["resolution_status"], &answer["media"]),
            (&json!("INITIAL"), &json!([])),
            "{path}"
        );
        let form = "application/x-www-form-urlencoded";
        post_raw(&service, &user, path, form, "a=b").await.ok(201);
        post(&service, &user, path, &json!({}), &[]).await.ok(201);
    }

    let payload = json!({"folder:meta_data": {"transaction_id": "T-1"}});
    let answer = service.call("POST", "/api/folders", &user.token, payload).await.ok(201);
    assert_eq!(answer["meta_data"], json!({"transaction_id": "T-1"}));
    service.stop().await;
}

#[tokio::test]
async fn media_are_uploaded_with_a_folder_and_later() {
    let service = Service::start().await;
    let user = service.service_user().await;
    let payload = json!({
        "media:tags": {"video1": ["video_selfie", "of_tomorrow"]},
        "media:meta_data": {"video1": {"channel": "kiosk-4"}},
        "unknown:key": 7,
    });
    let media = [("video1", "v.mp4", mp4("face=ada"))];
    let folder = post(&service, &user, "/api/folders/", &payload, &media).await.ok(201);

    let video = &folder["media"][0];
    assert_eq!(video["tags"], json!(["video_selfie", "of_tomorrow"]));
    assert_eq!(video["meta_data"], json!({"channel": "kiosk-4"}));
    assert_eq!((&video["media_type"], &video["original_name"]), (&json!("VIDEO_FOLDER"), &json!("v.mp4")));

    let path = format!("/api/folders/{}/media/", text(&folder, "folder_id"));
    let further = [("photo1", "../../p.png", jpeg("face=ada")), ("set1", "s.zip", zip("face=ada"))];
    let added = post(&service, &user, &path, &Value::Null, &further).await.ok(201);
    assert_eq!(added[0]["media_type"], "IMAGE_FOLDER", "the format is detected from the content");
    assert_eq!(added[0]["original_name"], "p.png", "path components are removed");
    assert_eq!(
        (&added[1]["media_type"], &added[1]["media_key"]),
        (&json!("SHOTS_SET_FOLDER"), &json!("set1"))
    );
    let listed = service.call("GET", &path, &user.token, Value::Null).await.ok(200);
    assert_eq!(listed.as_array().unwrap().len(), 3);
    assert_eq!(blobs(&service, &user).await, (3, 0), "every blob has a record");
    service.stop().await;
}

#[tokio::test]
async fn media_tags_are_replaced_and_media_deleted() {
    let service = Service::start().await;
    let company = service.company("acme").await;
    let user = service.person(oz_core::account::Role::ClientAdministrator, Some(company)).await;
    let folder =
        post(&service, &user, "/api/folders", &Value::Null, &[("p", "p.jpg", jpeg("face=ada"))]).await;
    let media = format!("/api/media/{}", text(&folder.ok(201)["media"][0], "media_id"));
    let tags = json!({"tags": ["photo_id", "photo_id_front"]});
    let tagged = service.call("PATCH", &media, &user.token, tags).await.ok(200);
    assert_eq!(tagged["tags"], json!(["photo_id", "photo_id_front"]));
    let cleared = service.call("PATCH", &media, &user.token, json!({"tags": []})).await.ok(200);
    assert_eq!(cleared["tags"], json!([]));
    service.call("PATCH", &media, &user.token, json!({})).await.is_error(400, 3);
    service.call("PATCH", &media, &user.token, json!({"tags": "x"})).await.is_error(400, 5);

    service.call("DELETE", &media, &user.token, Value::Null).await.ok(204);
    service.call("GET", &media, &user.token, Value::Null).await.is_error(404, 10);
    assert_eq!(service.ports().erasures.due(service.state.now(), 9).await.unwrap().len(), 1);
    service.stop().await;
}

#[tokio::test]
async fn requests_over_a_limit_leave_no_blobs() {
    let service = Service::start().await;
    let user = service.service_user().await;
    let names: Vec<String> = (0..11).map(|n| format!("photo{n}")).collect();
    let eleven: Vec<_> = names.iter().map(|name| (name.as_str(), "p.jpg", jpeg("face=ada"))).collect();
    post(&service, &user, "/api/folders", &Value::Null, &eleven).await.is_error(400, 4);
    post(&service, &user, "/api/folders", &Value::Null, &eleven[..10]).await.ok(201);

    let mut large = jpeg("face=ada ");
    large.resize(11 << 20, b' ');
    let answer = post(&service, &user, "/api/folders", &Value::Null, &[("p", "p.jpg", large)]).await;
    answer.is_error(413, 4);
    assert_eq!(answer.json()["details"]["code"], "media.limit_exceeded");

    let long = json!({"folder:meta_data": {"x": "y".repeat(2 << 20)}});
    post(&service, &user, "/api/folders", &long, &[("p", "p.jpg", jpeg(""))]).await.is_error(413, 4);
    assert_eq!(blobs(&service, &user).await, (10, 0));
    service.stop().await;
}

#[tokio::test]
async fn body_size_is_limited() {
    let service = Service::with(|config| {
        config.uploads.max_files = 1;
        config.uploads.max_file_bytes = 1_000;
        config.uploads.max_json_bytes = 1_000;
    })
    .await;
    let user = service.service_user().await;
    let body = vec![b'x'; 3 << 20];
    let answer = post_raw(&service, &user, "/api/folders", "multipart/form-data; boundary=b", body).await;
    assert!(matches!(answer.status, 400 | 413), "{}", answer.status);
    service.stop().await;
}

#[tokio::test]
async fn unknown_formats_are_refused_whatever_their_names() {
    let service = Service::start().await;
    let user = service.service_user().await;
    let wrong: [(&[u8], &str); 4] = [
        (b"Rar!\x1a\x07\x01\x00 frames", "shots.zip"),
        (b"%PDF-1.7 a document", "photo.jpg"),
        (b"MZ a program", "video.mp4"),
        (b"", "empty.jpg"),
    ];

    for (bytes, name) in wrong {
        let media = [("good", "p.jpg", jpeg("face=ada")), ("m", name, bytes.to_vec())];
        let answer = post(&service, &user, "/api/folders", &Value::Null, &media).await;
        answer.is_error(400, 4);
        let code = answer.json()["details"]["code"].clone();
        assert_eq!(code, if bytes.is_empty() { "media.empty" } else { "media.unsupported_type" }, "{name}");
    }
    assert_eq!(blobs(&service, &user).await, (0, 0), "valid media of a refused request are erased");
    assert_eq!(service.call("GET", "/api/folders", &user.token, Value::Null).await.ok(200), json!([]));
    service.stop().await;
}
