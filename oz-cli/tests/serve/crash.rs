//! Acknowledged writes survive crashes: the service is killed repeatedly under load, then its state is
//! checked.
//!
//! `OZ_CRASHES=100 cargo test --release --test serve crash` kills it a hundred times on each database.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::client::{Client, File, company_with};
use crate::postgres::Server as Postgres;
use crate::server::Start;
use serde_json::{Value, json};

/// Number of concurrent clients.
const CLIENTS: u64 = 4;

/// Writes that the service acknowledged, by ID.
#[derive(Debug, Default)]
struct Acknowledged {
    /// Existing folders.
    folders: BTreeMap<String, Kept>,
    /// Folders whose deletion was acknowledged.
    deleted: Vec<String>,
    /// Folders with a change or deletion in progress when the service was killed: both states are valid.
    pending: Vec<String>,
    /// Persons in the collection.
    persons: Vec<String>,
}

/// Expected content of a folder.
#[derive(Debug, Default, Clone)]
struct Kept {
    analyses: Vec<String>,
    /// Number in the metadata that was written last.
    step: Option<u64>,
}

#[test]
fn acknowledged_writes_survive_crashes_on_sqlite() {
    survive("sqlite", |start| start);
}

#[test]
fn acknowledged_writes_survive_crashes_on_postgresql() {
    let postgres = match Postgres::shared() {
        Ok(server) => server,
        Err(why) => {
            return crate::support::left_out("acknowledged_writes_survive_crashes_on_postgresql", why);
        }
    };
    survive("postgresql", |start| start.with("OZ__SERVICE__DATABASE", postgres.url()));
}

fn survive(name: &str, with_database: impl Fn(Start) -> Start) {
    let crashes: u64 = std::env::var("OZ_CRASHES").ok().and_then(|text| text.parse().ok()).unwrap_or(4);
    let folder = tempfile::tempdir().unwrap();
    let start = with_database(Start::in_folder(&folder.path().join("data")))
        .with("OZ__SERVICE__API__WORK__MAX_QUEUED", "100000")
        // Jobs of a killed process become available after this time.
        .with("OZ__SERVICE__API__WORK__LEASE", "5s")
        .with("OZ__SERVICE__LOG", "error");
    let server = start.run();
    let (company, client) = company_with(&server.administrator(), name, &json!({"is_admin": true}));
    let list = json!({"alias": "watchlist", "company_id": company});
    let list = client.post("/api/collections/", &list).good()["collection_id"].as_str().unwrap().to_owned();
    server.kill();

    let acknowledged = Arc::new(Mutex::new(Acknowledged::default()));
    let random = Arc::new(AtomicU64::new(0x9e37_79b9));
    for _ in 0..crashes {
        let server = start.run();
        let duration = Duration::from_millis(150 + draw(&random) % 1_500);
        load_for(duration, &client.at(&server.url), &list, &acknowledged, &random, || server.kill());
    }

    let server = start.run();
    let client = client.at(&server.url);
    let acknowledged = Arc::into_inner(acknowledged).unwrap().into_inner().unwrap();
    check(&client, &acknowledged, &list);
    assert!(server.stop(), "the service ends without an error");
    let (is_consistent, output) = start.command(&["check", "--sweep"]);
    assert!(is_consistent, "{output}");
    println!(
        "{name}: {crashes} crashes, {} folders kept, {} deleted, {} pending, {} persons",
        acknowledged.folders.len(),
        acknowledged.deleted.len(),
        acknowledged.pending.len(),
        acknowledged.persons.len()
    );
}

/// Writes from several clients, kills the service after `duration` and waits for the clients to end.
fn load_for(
    duration: Duration,
    client: &Client,
    list: &str,
    acknowledged: &Arc<Mutex<Acknowledged>>,
    random: &Arc<AtomicU64>,
    kill: impl FnOnce(),
) {
    let ended = AtomicBool::new(false);
    let portrait = crate::small_portrait();
    std::thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                while !ended.load(Ordering::SeqCst) {
                    if write(client, list, acknowledged, random, &portrait).is_err() {
                        break;
                    }
                }
            });
        }
        std::thread::sleep(duration);
        kill();
        ended.store(true, Ordering::SeqCst);
    });
}

/// Makes one random change. An error means that the service was killed before it responded.
fn write(
    client: &Client,
    list: &str,
    acknowledged: &Mutex<Acknowledged>,
    random: &AtomicU64,
    portrait: &[u8],
) -> Result<(), reqwest::Error> {
    match draw(random) % 8 {
        0 => enrol(client, list, acknowledged, portrait),
        1 | 2 => delete(client, acknowledged, random),
        3 => annotate(client, acknowledged, random),
        _ => upload(client, acknowledged, portrait),
    }
}

fn upload(
    client: &Client,
    acknowledged: &Mutex<Acknowledged>,
    portrait: &[u8],
) -> Result<(), reqwest::Error> {
    let file = File { key: "photo1", name: "p.jpg", content: portrait };
    let payload = json!({"media:tags": {"photo1": ["photo_selfie"]}, "folder:meta_data": {"step": 0}});
    let folder = client.try_upload("/api/folders/", &[file], &payload)?.good();
    let id = folder["folder_id"].as_str().unwrap().to_owned();
    acknowledged.lock().unwrap().folders.insert(id.clone(), Kept::default());
    let analyses = json!({"analyses": [{"type": "quality"}]});
    let started = client.try_post(&format!("/api/folders/{id}/analyses/"), &analyses)?;
    // Another client may have deleted the folder in the meantime.
    if started.status != 404 {
        let started = started.good();
        let started =
            started.as_array().unwrap().iter().map(|one| one["analyse_id"].as_str().unwrap().to_owned());
        if let Some(kept) = acknowledged.lock().unwrap().folders.get_mut(&id) {
            kept.analyses.extend(started);
        }
    }
    Ok(())
}

fn enrol(
    client: &Client,
    list: &str,
    acknowledged: &Mutex<Acknowledged>,
    portrait: &[u8],
) -> Result<(), reqwest::Error> {
    let file = File { key: "image1", name: "p.jpg", content: portrait };
    let path = format!("/api/collections/{list}/persons/");
    let person = client.try_upload(&path, &[file], &json!({"person:meta_data": {}}))?.good();
    acknowledged.lock().unwrap().persons.push(person["person_id"].as_str().unwrap().to_owned());
    Ok(())
}

/// Reserves a random folder for a change, which is pending until [`settle`].
fn take(acknowledged: &Mutex<Acknowledged>, random: &AtomicU64) -> Option<(String, Kept)> {
    let mut known = acknowledged.lock().unwrap();
    let count = known.folders.len() as u64;
    let id = known.folders.keys().nth((draw(random) % count.max(1)) as usize)?.clone();
    let kept = known.folders.remove(&id)?;
    known.pending.push(id.clone());
    Some((id, kept))
}

fn settle(acknowledged: &Mutex<Acknowledged>, id: &str, settled: impl FnOnce(&mut Acknowledged)) {
    let mut known = acknowledged.lock().unwrap();
    known.pending.retain(|pending| pending != id);
    settled(&mut known);
}

fn delete(
    client: &Client,
    acknowledged: &Mutex<Acknowledged>,
    random: &AtomicU64,
) -> Result<(), reqwest::Error> {
    let Some((id, _)) = take(acknowledged, random) else { return Ok(()) };
    client.try_delete(&format!("/api/folders/{id}"))?.good();
    settle(acknowledged, &id, |known| known.deleted.push(id.clone()));
    Ok(())
}

fn annotate(
    client: &Client,
    acknowledged: &Mutex<Acknowledged>,
    random: &AtomicU64,
) -> Result<(), reqwest::Error> {
    let Some((id, mut kept)) = take(acknowledged, random) else { return Ok(()) };
    let step = draw(random);
    client.try_post(&format!("/api/folders/{id}/meta_data/"), &json!({"step": step.to_string()}))?.good();
    kept.step = Some(step);
    settle(acknowledged, &id, |known| {
        known.folders.insert(id.clone(), kept);
    });
    Ok(())
}

fn check(client: &Client, acknowledged: &Acknowledged, list: &str) {
    for (id, kept) in &acknowledged.folders {
        let folder = client.finished(id);
        let found: Vec<&str> = folder["analyses"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["analyse_id"].as_str().unwrap())
            .collect();
        kept.analyses.iter().for_each(|analysis| assert!(found.contains(&analysis.as_str()), "{folder}"));
        if let Some(step) = kept.step {
            assert_eq!(folder["meta_data"]["step"], step.to_string());
        }
        let (status, _) = client.download(folder["media"][0]["original_url"].as_str().unwrap());
        assert_eq!(status, 200, "{folder}");
    }
    for id in &acknowledged.deleted {
        assert_eq!(client.get(&format!("/api/folders/{id}")).status, 404);
    }
    for id in &acknowledged.pending {
        let answer = client.get(&format!("/api/folders/{id}?with_analyses=true"));
        assert!([200, 404].contains(&answer.status));
        if answer.status == 200 {
            client.finished(id);
        }
    }
    check_collection(client, acknowledged, list);
}

/// Checks the stored persons, and that a search finds exactly these: they all have the same portrait.
fn check_collection(client: &Client, acknowledged: &Acknowledged, list: &str) {
    let stored = client.get(&format!("/api/collections/{list}/persons/?limit=1000")).good();
    let mut stored: Vec<String> = ids(&stored);
    acknowledged.persons.iter().for_each(|person| assert!(stored.contains(person), "{person} is lost"));
    let portrait = crate::small_portrait();
    let file = File { key: "probe", name: "p.jpg", content: &portrait };
    let search = json!({"type": "collection", "params": {"collection_id": list, "decision_count": 1_000}});
    let folder = client.upload("/api/folders/", &[file], &json!({"analyses": [search]})).good();
    let folder = client.finished(folder["folder_id"].as_str().unwrap());
    let found = &folder["analyses"][0]["results_media"][0]["collection_persons"];
    let mut found = if found.is_null() { Vec::new() } else { ids(found) };
    stored.sort();
    found.sort();
    assert_eq!(found, stored, "the index matches the database");
}

fn ids(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|one| one["person_id"].as_str().unwrap().to_owned()).collect()
}

/// Pseudo-random number. Source: Marsaglia 2003, xorshift64.
fn draw(random: &AtomicU64) -> u64 {
    let next = |mut x: u64| {
        x ^= x << 13;
        x ^= x >> 7;
        x ^ x << 17
    };
    let before = random.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |x| Some(next(x))).unwrap();
    next(before) >> 11
}

#[test]
fn random_numbers_differ() {
    let random = AtomicU64::new(1);
    let numbers: std::collections::BTreeSet<u64> = (0..100).map(|_| draw(&random)).collect();
    assert_eq!(numbers.len(), 100);
}
