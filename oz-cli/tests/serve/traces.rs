//! Absence of remnants: of requests in Instant mode, and of deleted data.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::client::{File, company_with};
use crate::server::Start;

/// Maximum time until deleted data are overwritten.
const ERASED: Duration = Duration::from_secs(60);

/// Contents of all files below a folder.
fn content(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.append(&mut content(&path));
            found.insert(path, Vec::new());
        } else {
            // A file that was deleted in the meantime counts as empty.
            found.insert(path.clone(), std::fs::read(&path).unwrap_or_default());
        }
    }
    found
}

/// Polls a condition, since the service does not report when it has swept.
fn wait_until(description: &str, holds: impl Fn() -> bool) {
    let end = Instant::now() + ERASED;
    while !holds() {
        assert!(Instant::now() < end, "{description}: not in time");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Files with different content, and files that exist only before or after.
fn differences(before: &BTreeMap<PathBuf, Vec<u8>>, after: &BTreeMap<PathBuf, Vec<u8>>) -> Vec<PathBuf> {
    let changed = |path: &&PathBuf| before.get(*path) != after.get(*path);
    let mut paths: Vec<PathBuf> = before.keys().chain(after.keys()).filter(changed).cloned().collect();
    // Shared memory with the locks of readers. It contains no data of the database.
    paths.retain(|path| !path.to_string_lossy().ends_with("-shm"));
    paths.dedup();
    paths
}

/// `OZ_INSTANT=500 cargo test --release --test serve instant` sends 500 requests.
#[test]
fn instant_mode_stores_nothing() {
    let requests = std::env::var("OZ_INSTANT").ok().and_then(|text| text.parse().ok()).unwrap_or(20);
    let (data, temporary) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let server = Start::in_folder(data.path())
        .with("TMPDIR", temporary.path().to_string_lossy())
        // Each use of a sliding session would write its new expiry.
        .with("OZ__SERVICE__API__SESSIONS__SLIDING", "false")
        .run();
    let (_, client) = company_with(&server.administrator(), "instant", &json!({}));
    let portrait = crate::small_portrait();
    let send = || {
        let photo = |key| File { key, name: "p.jpg", content: &portrait };
        let payload = json!({"analyses": [{"type": "quality"}, {"type": "biometry"}]});
        let answer = client.upload("/api/instant/folders/", &[photo("a"), photo("b")], &payload).good();
        assert_eq!(answer["analyses"][0]["state"], "FINISHED", "{answer}");
    };

    send();
    let log = data.path().join("oz.sqlite3-wal");
    wait_until("the log is emptied", || std::fs::metadata(&log).is_ok_and(|log| log.len() == 0));
    let before = [data.path(), temporary.path()].map(content);
    (0..requests).for_each(|_| send());
    let after = [data.path(), temporary.path()].map(content);
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(differences(before, after), Vec::<PathBuf>::new());
    }
}

#[test]
fn deleted_data_leave_no_remnant_in_any_file() {
    let data = tempfile::tempdir().unwrap();
    // Without encryption, so that the markers can be found in the files.
    let start = Start::in_folder(data.path()).with("OZ__SERVICE__ENCRYPTION", "false");
    let server = start.run();
    let (_, client) = company_with(&server.administrator(), "forgotten", &json!({"is_admin": true}));
    let list = client.post("/api/collections/", &json!({"alias": "watchlist"})).good();
    let persons = format!("/api/collections/{}/persons/", list["collection_id"].as_str().unwrap());
    // Decoders ignore trailing bytes of a JPEG, and the stored original contains them.
    let marked = [crate::small_portrait().as_slice(), b"marker-in-media"].concat();
    let photo = || File { key: "photo1", name: "marker-in-name.jpg", content: &marked };
    let payload = json!({
        "folder:meta_data": {"note": "marker-in-folder"},
        "media:meta_data": {"photo1": {"note": "marker-in-medium"}},
        "analyses": [{"type": "quality"}],
    });
    let folder = client.upload("/api/folders/", &[photo()], &payload).good();
    let folder = folder["folder_id"].as_str().unwrap();
    client.finished(folder);
    let person = json!({"person:meta_data": {"note": "marker-in-person"}});
    let person = client.upload(&persons, &[photo()], &person).good();
    let files_with = |marker: &str| {
        let has = |bytes: &Vec<u8>| bytes.windows(marker.len()).any(|window| window == marker.as_bytes());
        content(data.path())
            .iter()
            .filter(|(_, bytes)| has(bytes))
            .map(|(path, _)| path.clone())
            .collect::<Vec<_>>()
    };
    let markers =
        ["in-media", "in-name", "in-folder", "in-medium", "in-person"].map(|what| format!("marker-{what}"));
    for marker in &markers {
        assert!(!files_with(marker).is_empty(), "{marker} is stored before the deletion");
    }

    client.delete(&format!("/api/folders/{folder}")).good();
    client.delete(&format!("{persons}{}", person["person_id"].as_str().unwrap())).good();
    for marker in &markers {
        wait_until(&format!("{marker} is gone"), || files_with(marker).is_empty());
    }
    assert!(server.stop());
    assert!(
        markers.iter().all(|marker| files_with(marker).is_empty()),
        "nothing reappears when the service ends"
    );
    let pictures = content(&data.path().join("blobs"));
    assert!(pictures.values().all(Vec::is_empty), "thumbnails and best shots are deleted as well");
}
