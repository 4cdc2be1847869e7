//! Start-up and search times with a collection of 100,000 persons.
//!
//! `cargo test --release --test serve large -- --ignored --nocapture`; `OZ_PERSONS` sets another number.

use std::time::{Duration, Instant};

use oz_core::collection::{CollectionId, ReferenceSample};
use oz_core::face::FeatureVector;
use oz_core::inference::ModelId;
use oz_core::metadata::Metadata;
use oz_server::{ServiceSettings, Stores};
use serde_json::json;

use crate::client::{Client, File, company_with};
use crate::server::Start;

/// Maximum start-up time with this number of persons.
const READY: Duration = Duration::from_secs(5);

/// Model and length of the default feature vectors.
const SPACE: (&str, usize) = ("mobilefacenet_192", 192);

#[test]
#[ignore = "enrols 100,000 persons: cargo test --release --test serve large -- --ignored --nocapture"]
fn large_collection_is_loaded_and_searched_quickly() {
    let persons = std::env::var("OZ_PERSONS").ok().and_then(|text| text.parse().ok()).unwrap_or(100_000);
    let folder = tempfile::tempdir().unwrap();
    let start = Start::in_folder(folder.path()).with("OZ__SERVICE__LOG", "error");
    let server = start.run();
    let (_, client) = company_with(&server.administrator(), "large", &json!({"is_admin": true}));
    let list = client.post("/api/collections/", &json!({"alias": "large"})).good();
    let list = list["collection_id"].as_str().unwrap().to_owned();
    let portrait = crate::small_portrait();
    let photo = || File { key: "image1", name: "p.jpg", content: &portrait };
    let known = client.upload(&format!("/api/collections/{list}/persons/"), &[photo()], &json!({})).good();
    assert!(server.stop());
    enrol(folder.path(), list.parse().unwrap(), persons);

    let starting = Instant::now();
    let server = start.run();
    let ready = starting.elapsed();
    println!("ready after {ready:.2?} with {persons} persons");

    let client = Client::sign_in(&server.url, "large@example.org", "Correct-horse-7");
    let payload = json!({"analyses": [{"type": "collection", "params": {"collection_id": list}}]});
    let mut times: Vec<Duration> = (0..20)
        .map(|_| {
            let start = Instant::now();
            let uploaded = client.upload("/api/folders/", &[photo()], &payload).good();
            let found = client.finished(uploaded["folder_id"].as_str().unwrap());
            let candidates = &found["analyses"][0]["results_media"][0]["collection_persons"];
            assert_eq!(candidates[0]["person_id"], known["person_id"], "{found}");
            start.elapsed()
        })
        .collect();
    times.sort();
    println!("upload, analysis and search: median {:.0?}, slowest {:.0?}", times[10], times[19]);
    assert!(ready < READY, "{ready:?}");
}

/// Enrols synthetic persons through the ports, since they have no photos.
fn enrol(folder: &std::path::Path, collection: CollectionId, persons: u64) {
    let settings = ServiceSettings { data_dir: Some(folder.into()), ..ServiceSettings::default() };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let stores = Stores::open(&settings).await.unwrap();
        for number in 0..persons {
            let sample = ReferenceSample { template: template(number), image: None };
            stores.ports().collections.enrol(collection, Metadata::default(), vec![sample]).await.unwrap();
        }
        stores.close().await;
    });
}

/// Pseudo-random unit vector.
fn template(number: u64) -> FeatureVector {
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1 << 24) as f32 - 0.5
    };
    FeatureVector::normalized(ModelId::new(SPACE.0), (0..SPACE.1).map(|_| next()).collect()).unwrap()
}
