//! Upload and analyses in a single request.

use serde_json::{Value, json};

use super::post;
use crate::support::{Service, jpeg, mp4};

#[tokio::test]
async fn single_request_returns_results() {
    let service = Service::start().await;
    let user = service.service_user().await;
    let payload = json!({
        "folder:meta_data": {"partner_side_folder_id": "7b"},
        "media:tags": {"video1": ["video_selfie", "video_selfie_eyes"], "photo1": ["photo_selfie"]},
        "analyses": [{"type": "quality", "source_media": ["video1"]}, {"type": "biometry"}],
    });
    let media = [("video1", "v.mp4", mp4("face=ada 1")), ("photo1", "p.jpg", jpeg("face=ada 2"))];
    let request = post(&service, &user, "/api/folders/", &payload, &media);
    let (answer, ()) = tokio::join!(request, work_soon(&service));

    let folder = answer.ok(201);
    assert_eq!(
        (&folder["resolution_status"], &folder["system_resolution"]),
        (&json!("FINISHED"), &json!("SUCCESS"))
    );
    assert_eq!(folder["analyses"].as_array().unwrap().len(), 2);
    let quality = &folder["analyses"][0];
    assert_eq!(quality["results_media"][0]["source_video_id"], folder["media"][0]["media_id"]);
    assert_eq!(folder["analyses"][1]["results_media"].as_array().unwrap().len(), 2);
    assert_eq!(folder["media"][1]["media_key"], "photo1");
    service.stop().await;
}

/// Runs the queued analyses as soon as they are signalled.
async fn work_soon(service: &Service) {
    service.state.signals().work().await;
    assert_eq!(service.work().await, 1);
}

#[tokio::test]
async fn single_request_returns_unfinished_analyses_after_its_timeout() {
    let service = Service::with(|config| {
        config.work.answer_timeout = oz_http::config::Period::millis(50);
        config.work.poll = oz_http::config::Period::millis(10);
    })
    .await;
    let user = service.service_user().await;
    let payload = json!({"analyses": [{"type": "QUALITY"}]});
    let folder =
        post(&service, &user, "/api/folders", &payload, &[("a", "a.mp4", mp4("face=ada"))]).await.ok(201);
    assert_eq!(folder["resolution_status"], "PROCESSING");
    assert_eq!(folder["analyses"][0]["state"], "PROCESSING");
    service.stop().await;
}

#[tokio::test]
async fn results_of_other_processes_are_found_by_polling() {
    let service = Service::with(|config| config.work.poll = oz_http::config::Period::millis(20)).await;
    let user = service.service_user().await;
    let payload = json!({"analyses": [{"type": "QUALITY"}]});
    let media = [("a", "a.mp4", mp4("nobody"))];
    let request = post(&service, &user, "/api/folders", &payload, &media);

    let other_process = async {
        service.state.signals().work().await;
        let ports = service.ports();
        let (kinds, lease) = (["analysis"], std::time::Duration::from_secs(9));
        let leased = ports.jobs.lease(&kinds, lease, service.state.now()).await.unwrap().unwrap();
        let group = std::str::from_utf8(&leased.job.payload).unwrap().parse().unwrap();
        ports.folders.finish(&leased.lease, group, &[], &[], service.state.now()).await.unwrap();
    };
    let (answer, ()) = tokio::join!(request, other_process);
    let folder = answer.ok(201);
    assert_eq!(
        (&folder["resolution_status"], &folder["analyses"][0]["error_code"]),
        (&json!("FAILED"), &json!(0))
    );
    assert_ne!(folder["analyses"], Value::Null);
    service.stop().await;
}
