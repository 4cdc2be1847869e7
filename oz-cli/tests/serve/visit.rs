//! One client session: uploads and their results.

use serde_json::{Value, json};

use crate::client::{Client, File, company_with};
use crate::server::Start;

fn kinds(folder: &Value) -> Vec<&str> {
    folder["analyses"].as_array().unwrap().iter().map(|one| one["type"].as_str().unwrap()).collect()
}

#[test]
fn portrait_is_analysed_compared_and_found() {
    let folder = tempfile::tempdir().unwrap();
    let server = Start::in_folder(folder.path()).run();
    let (_, client) = company_with(&server.administrator(), "visit", &json!({"is_admin": true}));
    let portrait = crate::small_portrait();
    let photo = |key| File { key, name: "p.jpg", content: &portrait };

    let list = client.post("/api/collections/", &json!({"alias": "watchlist"})).good();
    let list = list["collection_id"].as_str().unwrap();
    let persons = format!("/api/collections/{list}/persons/");
    let person = client.upload(&persons, &[photo("image1")], &json!({})).good();

    let search = json!({"type": "collection", "params": {"collection_id": list}});
    let payload = json!({"analyses": [{"type": "quality"}, {"type": "biometry"}, search]});
    let uploaded = client.upload("/api/folders/", &[photo("a"), photo("b")], &payload).good();
    let folder = client.finished(uploaded["folder_id"].as_str().unwrap());
    assert_eq!(kinds(&folder), ["QUALITY", "BIOMETRY", "COLLECTION"]);
    for analysis in folder["analyses"].as_array().unwrap() {
        assert_eq!(analysis["state"], "FINISHED", "{analysis}");
    }
    let [quality, biometry, collection] = [0, 1, 2].map(|at| &folder["analyses"][at]);
    let spoofing = quality["results_media"][0]["results_data"]["confidence_spoofing"].as_f64().unwrap();
    assert!((0.0..0.5).contains(&spoofing), "a portrait of a person: {spoofing}");
    assert_eq!(biometry["resolution"], "SUCCESS", "both photos are identical: {biometry}");
    assert_eq!(collection["results_media"][0]["collection_persons"][0]["person_id"], person["person_id"]);

    let (status, original) = client.download(folder["media"][0]["original_url"].as_str().unwrap());
    assert_eq!((status, original.as_slice()), (200, portrait.as_slice()), "originals are returned unchanged");
    let metrics = server.page("/metrics");
    for name in [
        "oz_analyses_total{kind=\"liveness\"",
        "oz_examination_seconds_count{outcome=\"ok\"}",
        "oz_queue_ready",
        "oz_engine{engine=",
    ] {
        assert!(metrics.contains(name), "{name} is not in\n{metrics}");
    }
    assert_eq!(server.page("/readyz"), "ready\n");
    assert!(server.stop(), "SIGTERM ends the service without an error");
}

#[test]
fn invalid_media_are_refused_and_not_stored() {
    let folder = tempfile::tempdir().unwrap();
    let server = Start::in_folder(folder.path()).run();
    let (_, client) = company_with(&server.administrator(), "refused", &json!({}));
    let file = File { key: "photo1", name: "p.jpg", content: b"not a picture at all" };
    let answer = client.upload("/api/folders/", &[file], &json!({}));
    assert_eq!(answer.status, 400, "{}", answer.body);
    assert!(answer.body.to_string().contains("media."), "{}", answer.body);
    assert_eq!(client.get("/api/folders/").good().as_array().unwrap().len(), 0);
    let answer = Client::anonymous(&server.url).get("/api/folders/");
    assert_eq!(answer.status, 401);
}
