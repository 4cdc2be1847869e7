//! Analyses: starting, polling, results and decisions.

use oz_core::account::{AnalysisRights, Role};
use serde_json::{Value, json};

use super::{path_of, post, text};
use crate::support::{Person, Service, jpeg, mp4, zip};

async fn folder_of(service: &Service, user: &Person, media: &[(&str, &str, Vec<u8>)]) -> Value {
    post(service, user, "/api/folders", &Value::Null, media).await.ok(201)
}

fn analyses_path(folder: &Value) -> String {
    format!("/api/folders/{}/analyses/", text(folder, "folder_id"))
}

#[tokio::test]
async fn shot_set_has_one_liveness_result() {
    let service = Service::start().await;
    let user = service.service_user().await;
    let payload = json!({"media:tags": {"video1": ["video_selfie_blank"]}});
    let media = [("video1", "frames.zip", zip("face=ada"))];
    let folder = post(&service, &user, "/api/folders", &payload, &media).await.ok(201);
    let started = service
        .call("POST", &analyses_path(&folder), &user.token, json!({"analyses": [{"type": "quality"}]}))
        .await;
    let started = started.ok(201);

    assert_eq!(
        (&started[0]["state"], &started[0]["resolution_status"]),
        (&json!("PROCESSING"), &json!("PROCESSING"))
    );
    assert_eq!(started[0]["type"], "QUALITY");
    assert_eq!(started[0]["analyse_id"], started[0]["analysis_id"]);

    assert_eq!(service.work().await, 1);
    let path = format!("/api/analyses/{}", text(&started[0], "analyse_id"));
    let done = service.call("GET", &path, &user.token, Value::Null).await.ok(200);
    assert_eq!((&done["state"], &done["resolution"]), (&json!("FINISHED"), &json!("SUCCESS")));
    let results = done["results_media"].as_array().unwrap();
    assert_eq!(results.len(), 1);
    assert!(results[0]["results_data"]["confidence_spoofing"].as_f64().unwrap() < 0.5);
    assert_eq!(results[0]["source_shots_set_id"], folder["media"][0]["media_id"]);
    let shot = service.get(&path_of(&results[0]["output_images"][0]["original_url"])).await;
    assert_eq!((shot.status, shot.header("content-type")), (200, Some("image/jpeg")));
    assert!(shot.bytes.ends_with(b"best shot of ada"));
    service.stop().await;
}

#[tokio::test]
async fn client_spellings_of_types_and_sources_are_accepted() {
    let service = Service::start().await;
    let user = service.service_user().await;
    let media = [("a", "a.jpg", jpeg("face=ada")), ("b", "b.jpg", jpeg("face=ada"))];
    let folder = folder_of(&service, &user, &media).await;
    let first = text(&folder["media"][0], "media_id");
    let body = json!({"params": {"x": 1}, "analyses": [
        {"type": "quality", "source_media": [first], "params": {"threshold_spoofing": 0.4},
         "meta_data": {"step": 2}},
        {"type": "BIOMETRY"},
        {"type": "Quality", "params": {"source_media": [first], "extract_best_shot": false}},
    ]});
    let started = service.call("POST", &analyses_path(&folder), &user.token, body).await.ok(201);

    let sources = |at: usize| started[at]["source_media"].as_array().unwrap().len();
    assert_eq!((sources(0), sources(1), sources(2)), (1, 2, 1));
    assert_eq!(started[0]["confs"], json!({"extract_best_shot": true, "threshold_spoofing": 0.4}));
    assert_eq!(started[1]["confs"], json!({"threshold_min": 0.85, "threshold_max": 0.85}));
    assert_eq!(started[0]["meta_data"], json!({"step": 2}));
    assert_eq!(started[0]["group_id"], started[2]["group_id"]);

    service.work().await;
    let listed = service.call("GET", &analyses_path(&folder), &user.token, Value::Null).await.ok(200);
    assert_eq!(listed[2]["results_media"][0]["output_images"], json!([]), "no best shot was requested");

    for body in [json!({}), json!({"analyses": []}), json!({"analyses": null})] {
        service.call("POST", &analyses_path(&folder), &user.token, body).await.is_error(400, 3);
    }
    let unknown =
        json!({"analyses": [{"type": "QUALITY", "source_media": ["00000000-0000-4000-8000-000000000000"]}]});
    service.call("POST", &analyses_path(&folder), &user.token, unknown).await.is_error(400, 4);
    service.stop().await;
}

#[tokio::test]
async fn documents_are_excluded_from_liveness() {
    let service = Service::start().await;
    let user = service.service_user().await;
    let payload = json!({"media:tags": {"id": ["photo_id", "photo_id_front"], "v": ["video_selfie"]}});
    let media = [("id", "id.jpg", jpeg("face=ada")), ("v", "v.mp4", mp4("face=ada"))];
    let folder = post(&service, &user, "/api/folders", &payload, &media).await.ok(201);
    let body = json!({"analyses": [{"type": "QUALITY"}, {"type": "BIOMETRY"}]});
    let started = service.call("POST", &analyses_path(&folder), &user.token, body).await.ok(201);
    let sources: Vec<usize> =
        started.as_array().unwrap().iter().map(|a| a["source_media"].as_array().unwrap().len()).collect();
    assert_eq!(sources, [1, 2]);
    service.stop().await;
}

#[tokio::test]
async fn all_polling_requests_report_finished_analyses() {
    let service = Service::start().await;
    let user = service.service_user().await;
    let media = [("a", "a.jpg", jpeg("face=ada")), ("b", "b.jpg", jpeg("face=ada"))];
    let folder = folder_of(&service, &user, &media).await;
    let path = format!("/api/folders/{}", text(&folder, "folder_id"));
    let body = json!({"analyses": [{"type": "QUALITY"}, {"type": "BIOMETRY"}]});
    let started = service.call("POST", &analyses_path(&folder), &user.token, body).await.ok(201);
    let finished = format!("{}?type=BIOMETRY,QUALITY&state=FINISHED", analyses_path(&folder));
    let get = async |path: &str| service.call("GET", path, &user.token, Value::Null).await.ok(200);
    assert_eq!(get(&format!("{path}?with_analyses=true")).await["resolution_status"], "PROCESSING");
    assert_eq!(get(&finished).await, json!([]));

    service.work().await;
    let seen = get(&format!("{path}?with_analyses=true")).await;
    assert_eq!(
        (&seen["resolution_status"], &seen["system_resolution"]),
        (&json!("FINISHED"), &json!("SUCCESS"))
    );
    assert_eq!(seen["analyses"].as_array().unwrap().len(), 2);
    assert_eq!(get(&finished).await.as_array().unwrap().len(), 2);

    let one =
        get(&format!("{}?type.exclude=QUALITY&resolution_status=SUCCESS", analyses_path(&folder))).await;
    assert_eq!((one.as_array().unwrap().len(), &one[0]["type"]), (1, &json!("BIOMETRY")));
    assert_eq!(get(&format!("{}?type=DOCUMENTS", analyses_path(&folder))).await, json!([]));
    let id = text(&started[0], "analyse_id");
    assert_eq!(get(&format!("{}?analyse_id={id}", analyses_path(&folder))).await[0]["analyse_id"], id);
    assert_eq!(get("/api/analyses?state=FINISHED").await.as_array().unwrap().len(), 2);
    let wrong = format!("{}?state=DONE", analyses_path(&folder));
    service.call("GET", &wrong, &user.token, Value::Null).await.is_error(400, 4);
    service.stop().await;
}

#[tokio::test]
async fn least_similar_pair_decides_a_matching() {
    let service = Service::start().await;
    let user = service.service_user().await;
    let media = [
        ("a", "a.jpg", jpeg("face=ada 1")),
        ("b", "b.jpg", jpeg("face=ada 2")),
        ("c", "c.jpg", jpeg("face=bob")),
    ];
    let folder = folder_of(&service, &user, &media).await;
    let first = text(&folder["media"][0], "media_id");
    let body = json!({"analyses": [{"type": "BIOMETRY"}, {"type": "BIOMETRY", "source_media": [first]}]});
    let started = service.call("POST", &analyses_path(&folder), &user.token, body).await.ok(201);
    service.work().await;

    let get = async |at: usize| {
        let path = format!("/api/analyses/{}", text(&started[at], "analyse_id"));
        service.call("GET", &path, &user.token, Value::Null).await.ok(200)
    };
    let three = get(0).await;
    assert_eq!(three["resolution_status"], "DECLINED");
    let data = &three["results_data"];
    assert!(
        data["min_confidence"].as_f64().unwrap() < 0.85 && data["max_confidence"].as_f64().unwrap() > 0.85
    );
    let least = three["results_media"].as_array().unwrap().iter();
    let least =
        least.map(|result| result["results_data"]["min_confidence"].as_f64().unwrap()).fold(1.0, f64::min);
    assert_eq!(data["min_confidence"].as_f64().unwrap(), least);

    let one = get(1).await;
    assert_eq!((&one["state"], &one["resolution_status"]), (&json!("FAILED"), &json!("FAILED")));
    assert_eq!(one["error_code"], 202);
    assert!(text(&one, "error_message").contains("at least 2 media"), "{one}");

    let path = format!("/api/folders/{}", text(&folder, "folder_id"));
    let folder = service.call("GET", &path, &user.token, Value::Null).await.ok(200);
    assert_eq!(
        (&folder["resolution_status"], &folder["system_resolution"]),
        (&json!("FAILED"), &json!("FAILED"))
    );
    service.stop().await;
}

#[tokio::test]
async fn attack_is_declined_and_media_without_a_face_fail() {
    let service = Service::start().await;
    let user = service.service_user().await;
    let media = [
        ("a", "a.mp4", mp4("face=ada attack")),
        ("b", "b.mp4", mp4("nobody")),
        ("c", "c.mp4", mp4("corrupt")),
    ];
    let folder = folder_of(&service, &user, &media).await;
    let only = |at: usize| json!({"type": "QUALITY", "source_media": [folder["media"][at]["media_id"]]});
    let body = json!({"analyses": [only(0), only(1), only(2)]});
    service.call("POST", &analyses_path(&folder), &user.token, body).await.ok(201);
    service.work().await;

    let listed = service.call("GET", &analyses_path(&folder), &user.token, Value::Null).await.ok(200);
    let by = |status: &str| -> Vec<&Value> {
        listed.as_array().unwrap().iter().filter(|analysis| analysis["resolution_status"] == status).collect()
    };
    let declined = by("DECLINED");
    assert!(declined[0]["results_media"][0]["results_data"]["confidence_spoofing"].as_f64().unwrap() >= 0.5);
    assert_eq!(declined[0]["results_media"][0]["details"]["verdict"], "ATTACK");
    let failed = by("FAILED");
    assert_eq!(failed.len(), 2);
    assert!(
        failed.iter().all(|analysis| analysis["error_code"] == 202 && analysis["error_message"].is_string())
    );
    service.stop().await;
}

#[tokio::test]
async fn unimplemented_and_forbidden_analyses_are_refused() {
    let service = Service::start().await;
    let company = service.company("acme").await;
    let user = service.person(Role::ClientService, Some(company)).await;
    let folder = folder_of(&service, &user, &[("a", "a.jpg", jpeg("face=ada"))]).await;
    let path = analyses_path(&folder);
    let order = |kind: &str| json!({"analyses": [{"type": kind}]});
    service.call("POST", &path, &user.token, order("documents")).await.is_error(501, 2);

    let rights = AnalysisRights { liveness: false, matching: true, search: false, documents: false };
    let limited = service.person_with_rights(company, rights).await;
    for kind in ["QUALITY", "COLLECTION", "DOCUMENTS"] {
        service.call("POST", &path, &limited.token, order(kind)).await.is_error(403, 9);
    }
    service.call("POST", &path, &limited.token, order("BIOMETRY")).await.ok(201);

    let whole = json!({"analyses": [{"type": "QUALITY"}]});
    let refused = post(&service, &limited, "/api/folders", &whole, &[("a", "a.jpg", jpeg(""))]).await;
    refused.is_error(403, 9);
    assert_eq!(super::blobs(&service, &user).await, (1, 0));
    service.stop().await;
}

#[tokio::test]
async fn search_is_limited_to_collections_of_the_company() {
    let service = Service::start().await;
    let user = service.service_user().await;
    let folder = folder_of(&service, &user, &[("a", "a.jpg", jpeg("face=eve"))]).await;
    let collections = &service.ports().collections;
    let own = collections.create(user.user.company.unwrap(), "blacklist", Default::default()).await.unwrap();
    let other = service.company("other").await;
    let foreign = collections.create(other, "blacklist", Default::default()).await.unwrap();
    let sample =
        oz_core::collection::ReferenceSample { template: crate::support::features("eve"), image: None };
    let enrolled = collections.enrol(own.id, Default::default(), vec![sample]).await.unwrap();

    let order = |id: String| json!({"analyses": [{"type": "COLLECTION", "params": {"collection_id": id}}]});
    let path = analyses_path(&folder);
    for id in [foreign.id.to_string(), "00000000-0000-4000-8000-000000000000".into()] {
        service.call("POST", &path, &user.token, order(id)).await.is_error(404, 10);
    }

    service.call("POST", &path, &user.token, order(own.id.to_string())).await.ok(201);
    service.work().await;
    let found = service.call("GET", &path, &user.token, Value::Null).await.ok(200);
    assert_eq!(found[0]["resolution_status"], "DECLINED");
    assert_eq!(found[0]["collection"], json!({"collection_id": own.id.to_string(), "alias": "blacklist"}));
    assert_eq!(found[0]["results_media"][0]["person_id"], enrolled.subject.id.to_string());

    let filtered =
        service.call("GET", "/api/folders/?analyse.type=COLLECTION", &user.token, Value::Null).await;
    assert_eq!(filtered.ok(200).as_array().unwrap().len(), 1);
    service.stop().await;
}

#[tokio::test]
async fn operator_decides_only_finished_analyses() {
    let service = Service::start().await;
    let company = service.company("acme").await;
    let user = service.person(Role::ClientService, Some(company)).await;
    let operator = service.person(Role::ClientOperator, Some(company)).await;
    let folder = folder_of(&service, &user, &[("a", "a.mp4", mp4("face=ada attack"))]).await;
    let body = json!({"analyses": [{"type": "QUALITY"}]});
    let started = service.call("POST", &analyses_path(&folder), &user.token, body).await.ok(201);
    let path = format!("/api/analyses/{}", text(&started[0], "analyse_id"));
    let decision = json!({"resolution_status": "success", "operator_comment": "known person"});

    service.call("PATCH", &path, &operator.token, decision.clone()).await.is_error(409, 4);
    service.work().await;
    service.call("PATCH", &path, &user.token, decision.clone()).await.is_error(403, 9);
    let wrong = json!({"resolution_status": "OPERATOR_REQUIRED"});
    service.call("PATCH", &path, &operator.token, wrong).await.is_error(400, 4);
    service.call("PATCH", &path, &operator.token, json!({})).await.is_error(400, 3);

    let decided = service.call("PATCH", &path, &operator.token, decision).await.ok(200);
    assert_eq!(
        (&decided["resolution"], &decided["resolution_status"]),
        (&json!("SUCCESS"), &json!("SUCCESS"))
    );
    assert_eq!(
        (&decided["system_resolution"], &decided["operator_status"]),
        (&json!("DECLINED"), &json!("SUCCESS"))
    );
    assert_eq!(decided["operator_comment"], "known person");
    let last = service.ports().audit.last().await.unwrap().unwrap().event;
    assert_eq!(last.action, "analysis.decided");
    service.stop().await;
}

#[tokio::test]
async fn full_queue_refuses_analyses_before_storing_anything() {
    let service = Service::with(|config| config.work.max_queued = 0).await;
    let user = service.service_user().await;
    let folder = folder_of(&service, &user, &[("a", "a.jpg", jpeg("face=ada"))]).await;
    let body = json!({"analyses": [{"type": "QUALITY"}]});
    service.call("POST", &analyses_path(&folder), &user.token, body.clone()).await.ok(201);
    let refused = service.call("POST", &analyses_path(&folder), &user.token, body.clone()).await;
    assert_eq!((refused.status, refused.header("retry-after").is_some()), (503, true));

    let refused = post(&service, &user, "/api/folders", &body, &[("a", "a.jpg", jpeg(""))]).await;
    assert_eq!((refused.status, super::blobs(&service, &user).await), (503, (1, 0)));
    service.stop().await;
}
