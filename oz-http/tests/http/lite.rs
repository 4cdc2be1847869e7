//! API Lite, modelled on public conformance scripts for its interface.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use reqwest::multipart::{Form, Part};
use serde_json::Value;

use crate::support::{Answer, Service, jpeg, zip};

const OCTETS: &str = "application/octet-stream";

async fn service() -> Service {
    Service::stateless(|config| {
        config.analyses.threshold_min = 0.5;
        config.analyses.threshold_max = 0.85;
    })
    .await
}

async fn post(service: &Service, path: &str, content_type: &str, body: Vec<u8>) -> Answer {
    let request = service.request("POST", &format!("/v1/face/{path}"), None);
    service.send(request.header("Content-Type", content_type).body(body)).await
}

async fn send(service: &Service, path: &str, parts: Vec<(&'static str, &str, Vec<u8>)>) -> Answer {
    let part =
        |content_type: &str, bytes| Part::bytes(bytes).file_name("part").mime_str(content_type).unwrap();
    let form =
        parts.into_iter().fold(Form::new(), |form, (name, kind, bytes)| form.part(name, part(kind, bytes)));
    service.send(service.request("POST", &format!("/v1/face/{path}"), None).multipart(form)).await
}

async fn template(service: &Service, words: &str) -> Vec<u8> {
    let answer = post(service, "pattern/extract", "image/jpeg", jpeg(words)).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some(OCTETS)));
    answer.bytes
}

#[track_caller]
fn fails(answer: &Answer, status: u16, code: &str) {
    let body = answer.ok(status);
    assert_eq!(body["code"], code, "{body}");
    assert!(body["message"].is_string());
}

fn number(body: &Value, key: &str) -> f64 {
    body[key].as_f64().unwrap_or_else(|| panic!("{body}"))
}

#[tokio::test]
async fn health_and_version_are_reported() {
    let service = service().await;
    let version = service.get("/version").await.ok(200);
    assert_eq!((&version["core"], &version["models"][0]["name"]), (&"1.2.3".into(), &"fake-features".into()));
    for kind in ["pattern", "liveness"] {
        let health = service.get(&format!("/v1/face/{kind}/health")).await.ok(200);
        assert_eq!(health, serde_json::json!({"status": 0, "message": ""}));
    }
    service.stop().await;
}

#[tokio::test]
async fn templates_are_extracted_and_compared() {
    let service = service().await;
    let (ada, again, bob) = (
        template(&service, " face=ada").await,
        template(&service, " face=ada").await,
        template(&service, " face=bob").await,
    );
    assert_eq!(ada, again);

    let compare = async |other: &[u8]| {
        let parts = vec![("bio_feature", OCTETS, ada.clone()), ("bio_template", OCTETS, other.to_vec())];
        send(&service, "pattern/compare", parts).await.ok(200)
    };
    let same = compare(&again).await;
    assert!(number(&same, "score") > 0.99 && same["decision"] == "approved", "{same}");
    let other = compare(&bob).await;
    assert!(number(&other, "score") < 0.5 && other["decision"] == "declined", "{other}");

    let parts = vec![("sample", "image/png", jpeg(" face=ada")), ("bio_template", OCTETS, ada.clone())];
    assert_eq!(send(&service, "pattern/verify", parts).await.ok(200), same);
    let parts =
        vec![("sample_1", "image/jpeg", jpeg(" face=ada")), ("sample_2", "image/jpeg", jpeg(" face=bob"))];
    assert_eq!(send(&service, "pattern/extract_and_compare", parts).await.ok(200), other);
    service.stop().await;
}

#[tokio::test]
async fn base64_bodies_and_templates_are_accepted() {
    let service = service().await;
    let plain = template(&service, " face=ada").await;
    let request = service.request("POST", "/v1/face/pattern/extract", None);
    let request = request.header("content-TYPE", "IMAGE/JPEG").header("content-transfer-ENCODING", "Base64");
    let answer = service.send(request.body(BASE64_STANDARD.encode(jpeg(" face=ada")))).await;
    assert_eq!(answer.status, 200);
    assert_eq!(BASE64_STANDARD.decode(&answer.bytes).unwrap(), plain);

    let part = |text: Vec<u8>| Part::bytes(text).mime_str(OCTETS).unwrap();
    let form =
        Form::new().part("bio_feature", part(answer.bytes.clone())).part("bio_template", part(answer.bytes));
    let request = service
        .request("POST", "/v1/face/pattern/compare", None)
        .header("Content-Transfer-Encoding", "base64");
    assert_eq!(service.send(request.multipart(form)).await.ok(200)["decision"], "approved");

    let request =
        service.request("POST", "/v1/face/pattern/extract", None).header("Content-Type", "image/jpeg");
    fails(
        &service.send(request.header("Content-Transfer-Encoding", "base64").body("%%%")).await,
        400,
        "BPE-002003",
    );
    service.stop().await;
}

#[tokio::test]
async fn errors_have_the_codes_of_the_interface() {
    let service = service().await;
    let extract = async |kind: &str, body: Vec<u8>| post(&service, "pattern/extract", kind, body).await;
    fails(&extract("text/plain", jpeg(" face=ada")).await, 400, "BPE-002001");
    fails(&extract("image/jpeg", Vec::new()).await, 400, "BPE-002003");
    fails(&extract("image/jpeg", jpeg(" corrupt")).await, 400, "BPE-002003");
    fails(&extract("image/png", zip("face=ada")).await, 400, "BPE-002003");
    fails(&extract("image/jpeg", jpeg(" nobody")).await, 400, "BPE-003002");
    fails(&extract("image/jpeg", jpeg(" face=ada faces=2")).await, 400, "BPE-003003");
    fails(&extract("image/jpeg", jpeg(" broken")).await, 500, "BPE-001001");
    fails(&service.get("/v1/face/pattern/extract").await, 400, "BPE-002002");
    fails(&post(&service, "pattern/compare", "text/plain", Vec::new()).await, 400, "BPE-002001");
    fails(&service.get("/v1/face/pattern/nothing").await, 400, "BPE-002006");

    let ada = template(&service, " face=ada").await;
    let compare = async |kind: &'static str, other: Vec<u8>| {
        let parts = vec![("bio_feature", OCTETS, ada.clone()), ("bio_template", kind, other)];
        send(&service, "pattern/compare", parts).await
    };
    fails(&compare(OCTETS, Vec::new()).await, 400, "BPE-002004");
    fails(&compare(OCTETS, ada[1..].to_vec()).await, 400, "BPE-002004");
    fails(&compare("text/plain", ada.clone()).await, 400, "BPE-002005");

    let one = vec![("bio_feature", OCTETS, ada.clone())];
    fails(&send(&service, "pattern/compare", one).await, 400, "BPE-002006");

    let foreign =
        oz_core::face::FeatureVector::normalized(oz_core::inference::ModelId::new("other"), vec![1.0; 128]);
    let foreign = oz_core::face::template::encode(&foreign.unwrap()).unwrap();
    fails(&compare(OCTETS, foreign).await, 400, "BPE-002004");
    service.stop().await;
}

#[tokio::test]
async fn liveness_of_one_image_is_a_score_and_a_verdict() {
    let service = service().await;
    let detect = async |words: &str| post(&service, "liveness/detect", "image/jpeg", jpeg(words)).await;
    let live = detect(" face=ada").await.ok(200);
    assert!(live["passed"] == true && number(&live, "score") < 0.5, "{live}");
    for words in [" face=ada attack", " face=ada inconclusive"] {
        let attack = detect(words).await.ok(200);
        assert!(attack["passed"] == false && number(&attack, "score") >= 0.5, "{attack}");
    }

    fails(&detect(" nobody").await, 400, "LDE-003002");
    fails(&detect(" face=ada faces=3").await, 400, "LDE-003003");
    fails(&detect(" corrupt").await, 400, "LDE-002004");
    fails(&post(&service, "liveness/detect", "audio/wav", vec![1]).await, 400, "LDE-002001");
    fails(&service.get("/v1/face/liveness/detect").await, 400, "LDE-002002");
    service.stop().await;
}

#[tokio::test]
async fn liveness_of_several_media_is_an_unstored_folder() {
    let service = service().await;
    let payload = br#"{"media:tags": {"video1": ["video_selfie", "video_selfie_smile"]}}"#.to_vec();
    let form = Form::new()
        .part("video1", Part::bytes(zip("face=ada")).file_name("a.zip"))
        .part("photo1", Part::bytes(jpeg(" face=ada attack")).file_name("b.jpg"))
        .part("payload", Part::bytes(payload));
    let request = service.request("POST", "/v1/face/liveness/detect", None).multipart(form);
    let folder = service.send(request).await.ok(200);

    assert_eq!(
        (&folder["resolution_status"], &folder["system_resolution"]),
        (&"FINISHED".into(), &"DECLINED".into())
    );
    assert!(folder["folder_id"].is_string() && folder["company_id"].is_null() && folder["user_id"].is_null());
    assert_eq!(folder["media"].as_array().unwrap().len(), 2);
    let results = folder["analyses"][0]["results_media"].as_array().unwrap();
    let scores: Vec<f64> =
        results.iter().map(|one| number(&one["results_data"], "confidence_spoofing")).collect();
    assert!(scores[0] < 0.5 && scores[1] >= 0.5, "{scores:?}");

    let broken =
        Form::new().part("payload", Part::bytes(b"{".to_vec())).part("a", Part::bytes(jpeg(" face=ada")));
    let request = service.request("POST", "/v1/face/liveness/detect", None).multipart(broken);
    fails(&service.send(request).await, 400, "LDE-002003");
    let text = Form::new().part("a", Part::bytes(b"just text".to_vec()));
    let request = service.request("POST", "/v1/face/liveness/detect", None).multipart(text);
    fails(&service.send(request).await, 400, "LDE-002004");
    let none = Form::new().part("payload", Part::bytes(b"{}".to_vec()));
    fails(
        &service.send(service.request("POST", "/v1/face/liveness/detect", None).multipart(none)).await,
        400,
        "LDE-002004",
    );
    service.stop().await;
}
