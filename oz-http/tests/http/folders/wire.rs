//! Snapshots of folders, media and analyses on the wire.

use serde_json::{Value, json};

use super::{post, text};
use crate::support::{Service, check_snapshot, jpeg, mp4};

#[tokio::test]
async fn folder_matches_its_snapshots() {
    let service = Service::start().await;
    let user = service.service_user().await;
    let payload = json!({
        "folder:meta_data": {"transaction_id": "T-778"},
        "media:tags": {"video1": ["video_selfie", "video_selfie_blank", "orientation_portrait"]},
    });
    let media = [("video1", "v.mp4", mp4("face=ada 1 smile")), ("photo1", "p.jpg", jpeg("face=ada 2"))];
    let folder = post(&service, &user, "/api/folders", &payload, &media).await.ok(201);
    check_snapshot("folder_created", &folder);

    let collections = &service.ports().collections;
    let list = collections.create(user.user.company.unwrap(), "blacklist", Default::default()).await.unwrap();
    let sample =
        oz_core::collection::ReferenceSample { template: crate::support::features("ada"), image: None };
    collections.enrol(list.id, Default::default(), vec![sample]).await.unwrap();

    let path = format!("/api/folders/{}", text(&folder, "folder_id"));
    let photo = text(&folder["media"][1], "media_id");
    let orders = json!({"analyses": [
        {"type": "QUALITY", "source_media": [text(&folder["media"][0], "media_id")]},
        {"type": "BIOMETRY"},
        {"type": "COLLECTION", "source_media": [photo], "params": {"collection_id": list.id.to_string()}},
    ]});
    let started = service.call("POST", &format!("{path}/analyses"), &user.token, orders).await.ok(201);
    check_snapshot("analyses_started", &started);

    service.clock.advance(std::time::Duration::from_millis(1_250));
    service.work().await;
    let done = service.call("GET", &path, &user.token, Value::Null).await.ok(200);
    check_snapshot("folder_finished", &done);
    service.stop().await;
}

#[tokio::test]
async fn instant_folder_matches_its_snapshot() {
    let service = Service::stateless(|_| ()).await;
    let payload = json!({"analyses": [{"type": "QUALITY"}]});
    let media = [("video1", "v.mp4", mp4("face=ada"))];
    let request =
        service.request("POST", "/api/instant/folders", None).multipart(super::form(&payload, &media));
    check_snapshot("instant", &service.send(request).await.ok(201));
    service.stop().await;
}
