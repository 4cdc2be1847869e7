//! Maintenance commands on the machine of the service.

use std::process::Command;

use serde_json::json;

use crate::client::{Client, File, company_with};
use crate::server::Start;

#[test]
fn service_starts_from_a_restored_backup() {
    let folder = tempfile::tempdir().unwrap();
    let (copy, restored) = (folder.path().join("copy"), folder.path().join("restored"));
    let copy = copy.to_str().unwrap();
    let start = Start::in_folder(&folder.path().join("data"));
    let server = start.run();
    let (_, client) = company_with(&server.administrator(), "kept", &json!({}));
    let portrait = crate::small_portrait();
    let photo = || File { key: "photo1", name: "p.jpg", content: &portrait };
    let uploaded =
        client.upload("/api/folders/", &[photo()], &json!({"analyses": [{"type": "quality"}]})).good();

    let (is_copied, output) = start.command(&["backup", "create", copy]);
    assert!(is_copied, "while the service runs: {output}");
    let later = client.upload("/api/folders/", &[photo()], &json!({})).good();
    assert!(server.stop());

    let again = Start::in_folder(&restored);
    let (is_restored, output) = again.command(&["backup", "restore", copy]);
    assert!(is_restored && output.contains("1 folders"), "{output}");
    assert!(!again.command(&["backup", "restore", copy]).0, "existing data are not overwritten");

    let server = again.run();
    let client = Client::sign_in(&server.url, "kept@example.org", "Correct-horse-7");
    let found = client.get(&format!("/api/folders/{}", uploaded["folder_id"].as_str().unwrap())).good();
    let (status, original) = client.download(found["media"][0]["original_url"].as_str().unwrap());
    assert_eq!((status, original), (200, portrait.clone()));
    assert_eq!(client.get(&format!("/api/folders/{}", later["folder_id"].as_str().unwrap())).status, 404);
}

#[test]
fn records_audit_trail_and_passwords_are_maintained() {
    let folder = tempfile::tempdir().unwrap();
    let start = Start::in_folder(folder.path());
    let server = start.run();
    let (company, client) = company_with(&server.administrator(), "maintained", &json!({}));
    let portrait = crate::small_portrait();
    let photo = || File { key: "photo1", name: "p.jpg", content: &portrait };
    client.upload("/api/folders/", &[photo()], &json!({})).good();

    let (is_consistent, output) = start.command(&["check"]);
    assert!(is_consistent, "{output}");
    let (has_head, head) = start.command(&["audit", "head"]);
    assert!(has_head, "{head}");
    assert!(
        start.command(&["audit", "verify", "--head", head.trim()]).0,
        "the trail contains its last entry"
    );
    assert!(!start.command(&["audit", "verify", "--head", "7:00"]).0, "the trail has no such entry");

    let (is_reset, password) = start.command(&["users", "reset-password", "maintained@example.org"]);
    assert!(is_reset, "{password}");
    assert_eq!(client.get("/api/folders/").status, 401, "sessions ended with the old password");
    let client = Client::sign_in(&server.url, "maintained@example.org", password.trim());
    assert!(!start.command(&["users", "reset-password", "nobody@example.org"]).0);

    let (has_secret, secret) = start.command(&["webhooks", "secret", &company]);
    assert!(has_secret && secret.starts_with("whsec_"), "{secret}");

    let (is_planned, output) = start.command(&["purge", "--older-than", "0s", "--everything", "--dry-run"]);
    assert!(is_planned && output.contains("Would delete 1 folders"), "{output}");
    assert_eq!(client.get("/api/folders/").good().as_array().unwrap().len(), 1, "a dry run deletes nothing");
    let (is_done, output) = start.command(&["purge", "--older-than", "0s", "--everything"]);
    assert!(is_done && output.contains("Deleted 1 folders"), "{output}");
    assert_eq!(client.get("/api/folders/").good().as_array().unwrap().len(), 0);
    let (is_consistent, output) = start.command(&["check", "--json"]);
    assert!(is_consistent && output.contains("\"stored\":0"), "{output}");
}

#[test]
fn photos_of_a_folder_are_imported() {
    let folder = tempfile::tempdir().unwrap();
    let people = folder.path().join("people");
    std::fs::create_dir(&people).unwrap();
    std::fs::write(people.join("Eileen Collins.jpg"), crate::small_portrait()).unwrap();
    std::fs::write(people.join("damaged.jpg"), b"no picture").unwrap();
    let start = Start::in_folder(&folder.path().join("data"));
    let server = start.run();
    let (company, client) = company_with(&server.administrator(), "importing", &json!({"is_admin": true}));
    let arguments = ["collections", "import", "--company", &company, "guests", people.to_str().unwrap()];
    let (is_complete, output) = start.command(&arguments);
    assert!(!is_complete && output.contains("1 of 2 people enrolled"), "{output}");
    assert!(output.contains("damaged: "), "{output}");

    let list = client.get("/api/collections/").good()[0]["collection_id"].as_str().unwrap().to_owned();
    let payload = json!({"analyses": [{"type": "collection", "params": {"collection_id": list}}]});
    let portrait = crate::small_portrait();
    let file = File { key: "probe", name: "p.jpg", content: &portrait };
    let uploaded = client.upload("/api/folders/", &[file], &payload).good();
    let found = client.finished(uploaded["folder_id"].as_str().unwrap());
    let person = &found["analyses"][0]["results_media"][0]["collection_persons"][0]["person_id"];
    let person = client.get(&format!("/api/collections/{list}/persons/{}", person.as_str().unwrap())).good();
    assert_eq!(person["meta_data"]["person_info"]["name"], "Eileen Collins");
}

#[test]
fn health_and_configuration_are_checked() {
    let folder = tempfile::tempdir().unwrap();
    let server = Start::in_folder(folder.path()).run();
    let oz = |arguments: &[&str]| {
        let mut program = Command::new(env!("CARGO_BIN_EXE_oz"));
        // As in minimal container images, which have no root certificates.
        program.env("SSL_CERT_FILE", "/dev/null").env("SSL_CERT_DIR", folder.path());
        let run = program.args(arguments).output().unwrap();
        (
            run.status.code(),
            String::from_utf8_lossy(&run.stdout).into_owned() + &String::from_utf8_lossy(&run.stderr),
        )
    };
    let url = format!("{}/readyz", server.url);
    assert_eq!(oz(&["health", &url]).0, Some(0));
    server.kill();
    assert_eq!(oz(&["health", &url]).0, Some(1));

    let file = folder.path().join("oz.toml");
    std::fs::write(&file, "[service]\nlissten = \"127.0.0.1:1\"\n").unwrap();
    let (code, output) = oz(&["--config", file.to_str().unwrap(), "config", "check"]);
    assert!(code == Some(2) && output.contains("lissten"), "{output}");
    std::fs::write(&file, "[service]\ndatabase = \"postgres://oz:hunter2@h/oz\"\n").unwrap();
    let (code, output) = oz(&["--config", file.to_str().unwrap(), "config", "print"]);
    assert!(code == Some(0) && output.contains("(hidden)") && !output.contains("hunter2"), "{output}");
}
