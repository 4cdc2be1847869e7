//! Deployments of the service: several processes, stateless, with TLS.

use serde_json::json;

use crate::client::{Client, File, company_with};
use crate::postgres::Server as Postgres;
use crate::server::Start;

#[test]
fn api_and_worker_processes_share_postgresql() {
    let postgres = match Postgres::start("off") {
        Ok(server) => server,
        Err(why) => {
            return crate::support::left_out("api_and_worker_processes_share_postgresql", why);
        }
    };
    let folder = tempfile::tempdir().unwrap();
    let start = Start::in_folder(folder.path()).with("OZ__SERVICE__DATABASE", postgres.url());
    let api = start.clone().argument("--role=api").run();
    let worker = start.argument("--role=worker").run();
    let (_, client) = company_with(&api.administrator(), "shared", &json!({"is_admin": true}));
    let portrait = crate::small_portrait();
    let photo = |key| File { key, name: "p.jpg", content: &portrait };
    let list = client.post("/api/collections/", &json!({"alias": "watchlist"})).good();
    let list = list["collection_id"].as_str().unwrap();
    // The worker learns about this person from the database.
    let person =
        client.upload(&format!("/api/collections/{list}/persons/"), &[photo("image1")], &json!({})).good();
    let payload = json!({"analyses": [{"type": "collection", "params": {"collection_id": list}}]});
    let uploaded = client.upload("/api/folders/", &[photo("probe")], &payload).good();
    let found = client.finished(uploaded["folder_id"].as_str().unwrap());
    let candidates = &found["analyses"][0]["results_media"][0]["collection_persons"];
    assert_eq!(candidates[0]["person_id"], person["person_id"], "{found}");
    assert_eq!(Client::anonymous(&worker.url).get("/api/version").status, 404, "a worker has no API");
    assert_eq!(worker.page("/readyz"), "ready\n");
    assert!(worker.stop() && api.stop());
}

#[test]
fn stateless_service_returns_results_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let server = Start::in_folder(&folder.path().join("data")).argument("--stateless").run();
    let client = Client::anonymous(&server.url);
    let portrait = crate::small_portrait();
    let file = File { key: "photo1", name: "p.jpg", content: &portrait };
    let answer =
        client.upload("/api/instant/folders/", &[file], &json!({"analyses": [{"type": "quality"}]})).good();
    assert_eq!(answer["analyses"][0]["state"], "FINISHED", "{answer}");
    assert_eq!(client.get("/api/folders/").status, 404);
    assert!(server.stop());
    assert!(!folder.path().join("data").exists(), "no data folder is created");
}

#[test]
fn tls_uses_the_configured_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let generated = rcgen::generate_simple_self_signed(vec!["localhost".into()]).unwrap();
    let (certificate, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    std::fs::write(&certificate, generated.cert.pem()).unwrap();
    std::fs::write(&key, generated.signing_key.serialize_pem()).unwrap();
    let server = Start::in_folder(&folder.path().join("data"))
        .with("OZ__SERVICE__TLS__CERTIFICATE", certificate.to_string_lossy())
        .with("OZ__SERVICE__TLS__KEY", key.to_string_lossy())
        .run();
    assert!(server.url.starts_with("https://"), "{}", server.url);
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = || reqwest::blocking::Client::builder().no_proxy();
    let trusting = client().danger_accept_invalid_certs(true).build().unwrap();
    let url = format!("{}/api/version", server.url);
    assert!(trusting.get(&url).send().unwrap().status().is_success());
    assert!(client().build().unwrap().get(&url).send().is_err(), "the certificate is self-signed");
}
