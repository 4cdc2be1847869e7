//! `oz keys`: keys of a service are listed and rotated, and its data stay readable.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(dead_code, reason = "other tests use the rest of the shared modules")]

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

#[path = "serve/client.rs"]
mod client;
#[path = "serve/server.rs"]
mod server;
#[path = "../../tests/support/mod.rs"]
mod support;

use client::{Client, File, company_with};
use server::{Server, Start};

/// A service with a company that has uploaded a photo.
struct Scene {
    start: Start,
    company: String,
    client: Client,
    folder: tempfile::TempDir,
}

impl Scene {
    fn new() -> (Self, Server) {
        let folder = tempfile::tempdir().unwrap();
        let start = Start::in_folder(&folder.path().join("data"));
        let server = start.run();
        let (company, client) = company_with(&server.administrator(), "keyed", &json!({"is_admin": true}));
        (Self { start, company, client, folder }, server)
    }

    fn data(&self) -> PathBuf {
        self.start.data.clone()
    }

    /// Uploads the portrait and returns the ID of its folder.
    fn upload(&self) -> String {
        let portrait = std::fs::read(support::portrait()).unwrap();
        let photo = File { key: "photo1", name: "p.png", content: &portrait };
        let uploaded = self.client.upload("/api/folders/", &[photo], &json!({})).good();
        uploaded["folder_id"].as_str().unwrap().to_owned()
    }

    /// Enrols a person, whose name and template are sealed in the database, and returns its path.
    fn enrol(&self) -> String {
        let list = self.client.post("/api/collections/", &json!({"alias": "staff"})).good();
        let list = format!("/api/collections/{}/persons/", list["collection_id"].as_str().unwrap());
        let portrait = std::fs::read(support::portrait()).unwrap();
        let photo = File { key: "image1", name: "p.png", content: &portrait };
        let payload = json!({"person:meta_data": {"person_info": {"name": "Ada"}}});
        let person = self.client.upload(&list, &[photo], &payload).good();
        format!("{list}{}", person["person_id"].as_str().unwrap())
    }

    #[track_caller]
    fn ensure_readable(&self, client: &Client, folder: &str) {
        let found = client.get(&format!("/api/folders/{folder}")).good();
        let (status, original) = client.download(found["media"][0]["original_url"].as_str().unwrap());
        assert!(status == 200 && original == std::fs::read(support::portrait()).unwrap(), "status {status}");
    }

    /// Runs `oz keys`, which must succeed.
    #[track_caller]
    fn keys(&self, arguments: &[&str]) -> String {
        let (succeeded, printed) = self.start.command(&[&["keys"], arguments].concat());
        assert!(succeeded, "{printed}");
        printed
    }

    fn list(&self) -> Value {
        serde_json::from_str(&self.keys(&["list", "--json"])).unwrap()
    }

    /// Keys of the company.
    fn company_keys(&self) -> Vec<Value> {
        let list = self.list();
        let keys = list["keys"].as_array().unwrap().iter();
        keys.filter(|key| key["company"] == self.company.as_str()).cloned().collect()
    }

    fn key_file(&self, version: u32) -> PathBuf {
        self.data().join(format!("keys/{}/{version}.key", self.company))
    }
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn data_written_before_a_rotation_are_readable_after_rotate_rewrap_and_restart() {
    let (scene, server) = Scene::new();
    let (first, person) = (scene.upload(), scene.enrol());
    let original = scene.client.get(&person).good();
    let old_master = read(&scene.data().join("master.key"));

    // While the service runs: it uses the new keys without a restart.
    assert!(scene.keys(&["rotate", &scene.company]).contains("1 data keys added"));
    let second = scene.upload();
    assert!(scene.keys(&["rotate", "--master"]).contains("data keys encrypted anew"));
    let third = scene.upload();
    for folder in [&first, &second, &third] {
        scene.ensure_readable(&scene.client, folder);
    }
    assert!(scene.keys(&["rotate"]).contains("data keys added"));
    assert!(scene.keys(&["rewrap"]).contains("0 data keys encrypted anew"));
    assert!(server.stop());

    let versions: Vec<_> = scene.company_keys().iter().map(|key| key["version"].as_u64().unwrap()).collect();
    assert_eq!(versions, [1, 2, 3]);
    assert_ne!(read(&scene.data().join("master.key")), old_master);

    let server = scene.start.run();
    let client = scene.client.at(&server.url);
    for folder in [&first, &second, &third] {
        scene.ensure_readable(&client, folder);
    }
    assert_eq!(client.get(&person).good()["meta_data"], original["meta_data"]);
    assert!(scene.start.command(&["audit", "verify"]).0, "rotations are entries of the audit trail");
}

#[test]
fn interrupted_rotation_is_completed_by_rewrap_while_the_service_runs() {
    let (scene, server) = Scene::new();
    let folder = scene.upload();
    let old = read(&scene.data().join("master.key"));
    scene.keys(&["rotate", &scene.company]);

    // State after an interruption: the new master key is written, no data key is encrypted with it.
    std::fs::write(scene.data().join("master.key"), format!("{}\n{old}", "ab".repeat(32))).unwrap();
    let masters = scene.list()["masters"].clone();
    assert_eq!((&masters[0]["active"], &masters[0]["data_keys"]), (&json!(true), &json!(0)));
    assert_eq!((&masters[1]["active"], masters.as_array().unwrap().len()), (&json!(false), 2));
    let waiting = masters[1]["data_keys"].as_u64().unwrap();
    assert!(waiting >= 2);

    assert!(scene.keys(&["rewrap"]).contains(&format!("{waiting} data keys encrypted anew")));
    assert!(scene.keys(&["rewrap"]).contains("0 data keys encrypted anew"));
    assert_eq!(read(&scene.data().join("master.key")).lines().count(), 1);
    scene.ensure_readable(&scene.client, &folder);
    drop(server);

    let server = scene.start.run();
    scene.ensure_readable(&scene.client.at(&server.url), &folder);
}

#[test]
fn list_names_company_creation_and_active_key_and_reports_missing_keys() {
    let (scene, server) = Scene::new();
    scene.upload();
    scene.keys(&["rotate", &scene.company]);
    let created = scene.company_keys()[0]["created"].clone();
    scene.keys(&["rotate", "--master"]);
    assert!(server.stop());

    let keys = scene.company_keys();
    assert_eq!((&keys[0]["name"], &keys[0]["active"]), (&json!("keyed"), &json!(false)));
    assert_eq!((&keys[1]["active"], &keys[1]["problem"]), (&json!(true), &json!(null)));
    assert_eq!(keys[0]["created"], created, "a new master key does not change the time of creation");
    let secret = read(&scene.data().join("master.key"));
    let table = scene.keys(&["list"]);
    assert!(table.contains(&scene.company) && !table.contains(secret.trim()), "{table}");

    std::fs::remove_file(scene.key_file(1)).unwrap();
    std::fs::write(scene.key_file(2), "damaged").unwrap();
    let (usable, printed) = scene.start.command(&["keys", "list", "--json"]);
    assert!(!usable && printed.contains("is missing") && printed.contains("not a key file"), "{printed}");
    let (complete, printed) = scene.start.command(&["keys", "rotate", "--master"]);
    assert!(!complete && printed.contains("version 2") && printed.contains("older master keys"), "{printed}");
    assert!(printed.contains("version 1") && printed.contains("is missing"), "{printed}");
}

#[test]
fn rewrap_fails_while_a_key_is_missing_and_repairs_after_it_was_restored() {
    let (scene, server) = Scene::new();
    let folder = scene.upload();
    scene.keys(&["rotate", &scene.company]);
    let copy = std::fs::read(scene.key_file(1)).unwrap();
    std::fs::remove_file(scene.key_file(1)).unwrap();
    assert!(server.stop());

    // First without an older master key in the file, then with one.
    let (complete, printed) = scene.start.command(&["keys", "rewrap"]);
    assert!(!complete && printed.contains("version 1") && printed.contains("is missing"), "{printed}");
    assert!(!scene.start.command(&["keys", "rotate", "--master"]).0);
    assert!(!scene.start.command(&["keys", "rewrap"]).0);
    assert_eq!(read(&scene.data().join("master.key")).lines().count(), 2);

    std::fs::write(scene.key_file(1), copy).unwrap();
    assert!(scene.keys(&["rewrap"]).contains("1 data keys encrypted anew"));
    assert_eq!(read(&scene.data().join("master.key")).lines().count(), 1);
    let server = scene.start.run();
    scene.ensure_readable(&scene.client.at(&server.url), &folder);
}

#[test]
fn wrong_use_is_refused_with_the_reason() {
    let (scene, server) = Scene::new();
    scene.upload();
    assert!(server.stop());
    let refused = |arguments: &[&str], reason: &str| {
        let (succeeded, printed) = scene.start.command(arguments);
        assert!(!succeeded && printed.contains(reason), "{printed}");
    };

    refused(&["keys", "rotate", "00000000-0000-4000-8000-000000000000"], "storage.not_found");
    refused(&["keys", "rotate", "--master", &scene.company], "cannot be used with");
    let plain = scene.start.clone().with("OZ__SERVICE__ENCRYPTION", "false");
    let (succeeded, printed) = plain.command(&["keys", "list"]);
    assert!(!succeeded && printed.contains("service.encryption"), "{printed}");

    let master = scene.data().join("master.key");
    std::fs::rename(&master, scene.folder.path().join("elsewhere")).unwrap();
    for command in ["list", "rotate", "rewrap"] {
        refused(&["keys", command], "unknown master key");
        assert!(!master.exists(), "a lost master key is not replaced");
    }
}

#[test]
fn backup_updated_after_a_rotation_is_readable_with_its_own_keys() {
    let (scene, server) = Scene::new();
    let folder = scene.upload();
    let copy = scene.folder.path().join("copy");
    let create = || {
        let (created, printed) = scene.start.command(&["backup", "create", copy.to_str().unwrap()]);
        assert!(created, "{printed}");
    };
    create();
    scene.keys(&["rotate"]);
    scene.keys(&["rotate", "--master"]);
    let later = scene.upload();
    create();
    assert!(server.stop());

    ensure_restorable(&scene, &copy, &[folder, later]);
}

#[test]
fn backup_keeps_lost_keys_and_reports_them() {
    let (scene, server) = Scene::new();
    let folder = scene.upload();
    scene.keys(&["rotate", &scene.company]);
    let later = scene.upload();
    assert!(server.stop());
    let copy = scene.folder.path().join("copy");
    let create = || scene.start.command(&["backup", "create", copy.to_str().unwrap()]);
    assert!(create().0);

    std::fs::remove_file(scene.key_file(1)).unwrap();
    let (complete, printed) = create();
    let named = format!("key 1 of company {}: its file is missing", scene.company);
    assert!(!complete && printed.contains(&named), "{printed}");

    std::fs::remove_dir_all(scene.data().join("keys")).unwrap();
    std::fs::remove_file(scene.data().join("master.key")).unwrap();
    let (complete, printed) = create();
    assert!(!complete && printed.contains(&named) && printed.contains("key 2 of company"), "{printed}");
    ensure_restorable(&scene, &copy, &[folder, later]);
}

#[track_caller]
fn ensure_restorable(scene: &Scene, copy: &Path, folders: &[String]) {
    let restored = Start::in_folder(&scene.folder.path().join("restored"));
    let (restores, printed) = restored.command(&["backup", "restore", copy.to_str().unwrap()]);
    assert!(restores, "{printed}");
    let server = restored.run();
    let client = Client::sign_in(&server.url, "keyed@example.org", "Correct-horse-7");
    for folder in folders {
        scene.ensure_readable(&client, folder);
    }
}
