//! Instant requests.

use serde_json::{Value, json};

use super::{form, post};
use crate::support::{Service, jpeg, mp4, zip};

const PATH: &str = "/api/instant/folders/";

async fn instant(
    service: &Service,
    payload: &Value,
    media: &[(&str, &str, Vec<u8>)],
) -> crate::support::Answer {
    service.send(service.request("POST", PATH, None).multipart(form(payload, media))).await
}

#[tokio::test]
async fn stateless_service_returns_results_in_one_response() {
    let service = Service::stateless(|_| ()).await;
    let payload = json!({
        "folder:meta_data": {"case": 7},
        "media:tags": {"video1": ["video_selfie_smile"]},
        "analyses": [{"type": "quality"}, {"type": "BIOMETRY", "source_media": ["video1", "photo1"]}],
    });
    let media = [("video1", "v.zip", zip("face=ada 1")), ("photo1", "p.jpg", jpeg("face=ada 2"))];
    let folder = instant(&service, &payload, &media).await.ok(201);
    assert_eq!(
        (&folder["resolution_status"], &folder["system_resolution"]),
        (&json!("FINISHED"), &json!("SUCCESS"))
    );
    assert_eq!(folder["meta_data"], json!({"case": 7}));

    let quality = &folder["analyses"][0];
    let shot = &quality["results_media"][0]["output_images"][0];
    assert_eq!(shot["original_url"], Value::Null);
    assert!(shot["image_b64"].as_str().unwrap().starts_with("/9j/"), "a JPEG in Base64");
    assert_eq!(quality["results_media"][0]["source_shots_set_id"], folder["media"][0]["media_id"]);
    assert!(folder["analyses"][1]["results_data"]["min_confidence"].as_f64().unwrap() > 0.85);
    assert_eq!(folder["analyses"][1]["results_media"][0]["output_images"], json!([]));

    for media in folder["media"].as_array().unwrap() {
        for url in ["original_url", "thumb_url", "preview_url", "video_url"] {
            assert_eq!(media[url], Value::Null);
        }
    }
    service.get("/api/folders").await.is_error(404, 10);
    service.stop().await;
}

#[tokio::test]
async fn stateless_service_refuses_searches_and_documents() {
    let service = Service::stateless(|_| ()).await;
    let media = [("a", "a.jpg", jpeg("face=ada"))];
    let order = |kind: &str| json!({"analyses": [{"type": kind, "params": {"collection_id": "x"}}]});
    instant(&service, &order("COLLECTION"), &media).await.is_error(400, 4);
    instant(&service, &order("DOCUMENTS"), &media).await.is_error(501, 2);

    let failed = instant(&service, &order("BIOMETRY"), &media).await.ok(201);
    assert_eq!(
        (&failed["resolution_status"], &failed["analyses"][0]["error_code"]),
        (&json!("FAILED"), &json!(202))
    );

    let corrupt = [("a", "a.mp4", mp4("corrupt"))];
    let failed = instant(&service, &order("QUALITY"), &corrupt).await.ok(201);
    assert_eq!(failed["analyses"][0]["error_code"], 202);
    service.stop().await;
}

#[tokio::test]
async fn instant_request_leaves_no_records_or_blobs() {
    let service = Service::start().await;
    let user = service.service_user().await;
    let payload = json!({"analyses": [{"type": "quality"}]});
    let media = [("a", "a.jpg", jpeg("face=ada"))];
    instant(&service, &payload, &media).await.is_error(401, 6);
    let answer = post(&service, &user, PATH, &payload, &media).await.ok(201);
    assert_eq!(answer["analyses"][0]["resolution_status"], "SUCCESS");
    assert_eq!(super::blobs(&service, &user).await, (0, 0));
    assert_eq!(service.call("GET", "/api/folders", &user.token, Value::Null).await.ok(200), json!([]));
    service.stop().await;
}
