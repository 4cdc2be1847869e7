//! Erasure, retention and the search index.

use std::time::Duration;

use oz_core::account::Scope;
use oz_core::folder::AnalysisKind;
use oz_core::storage::BlobKey;
use oz_http::config::{Period, RetentionConfig};
use oz_http::work::{Retained, retain};

use crate::case::{Case, Plan, until};

const LIVENESS: &[AnalysisKind] = &[AnalysisKind::Liveness];
const DAY: Duration = Duration::from_secs(86_400);

fn plan() -> Plan<'static> {
    Plan { media: &["face=ada", "face=ada"], kinds: LIVENESS, ..Plan::default() }
}

#[tokio::test]
async fn sweep_erases_all_blobs_without_a_record() {
    let case = Case::new().await;
    let (kept, deleted) = (case.file(plan()).await, case.file(plan()).await);
    let workers = case.workers();
    case.ended(&kept).await;
    case.ended(&deleted).await;
    let (ports, state) = (case.service.ports(), &case.service.state);

    // Blob of an aborted upload.
    let stray = BlobKey { owner: case.company, id: state.ids().next_id() };
    ports.erasures.stage(&[stray], state.now().after(DAY)).await.unwrap();
    ports.blobs.put(stray, b"half an upload").await.unwrap();
    ports.folders.delete_folder(&Scope::Everything, deleted.folder, state.now()).await.unwrap();
    state.signals().blobs_to_erase();

    until(async || (case.blobs().await.len() == 7).then_some(())).await;
    assert!(case.blobs().await.contains(&stray), "the upload may still be running");
    case.service.clock.advance(DAY);
    state.signals().blobs_to_erase();
    case.swept().await;

    let media = ports.folders.media_of(&Scope::Everything, &[kept.folder]).await.unwrap();
    let mut named: Vec<BlobKey> = media.iter().flat_map(oz_core::folder::StoredMedia::blobs).collect();
    named.extend(
        case.analyses(&kept)
            .await
            .iter()
            .flat_map(|analysis| analysis.results.iter().flat_map(oz_core::folder::AnalysisResults::blobs)),
    );
    named.sort();
    let mut stored = case.blobs().await;
    stored.sort();
    assert_eq!(stored, named);
    workers.stop(DAY).await;
}

#[tokio::test]
async fn dry_run_counts_what_retention_then_deletes() {
    let case = Case::new().await;
    let old = case.file(plan()).await;
    case.service.clock.advance(DAY * 10);
    let older = case.file(plan()).await;
    case.service.clock.advance(DAY * 10);
    let new = case.file(plan()).await;
    let running = case.file(plan()).await;
    let workers = case.workers();
    for filed in [&old, &older, &new, &running] {
        case.ended(filed).await;
    }
    workers.stop(DAY).await;

    let config = RetentionConfig {
        folders: Some(Period::days(15)),
        media: Some(Period::days(5)),
        ..RetentionConfig::default()
    };
    let (ports, now) = (case.service.ports(), case.service.state.now());

    let expected = Retained { folders: 1, cleared: 1, media: 4 };
    for _ in 0..2 {
        assert_eq!(retain(ports, &config, now, true).await.unwrap(), expected, "a dry run changes nothing");
    }
    assert_eq!(retain(ports, &config, now, false).await.unwrap(), expected);
    assert_eq!(retain(ports, &config, now, false).await.unwrap(), Retained::default());

    let folder =
        async |filed: &crate::case::Filed| ports.folders.folder(&Scope::Everything, filed.folder).await;
    assert_eq!(folder(&old).await.unwrap_err().code(), "storage.not_found");
    assert!(folder(&older).await.unwrap().cleared);
    assert!(!folder(&new).await.unwrap().cleared);
}

#[tokio::test]
async fn index_is_loaded_from_storage_once() {
    use oz_core::collection::ReferenceSample;
    use oz_core::metadata::Metadata;
    let case = Case::new().await;
    let collections = &case.service.ports().collections;
    let list = collections.create(case.company, "list", Metadata::default()).await.unwrap().id;
    for name in ["ada", "bob"] {
        let template = crate::support::examiner::features(name);
        let samples = vec![ReferenceSample { template, image: None }];
        collections.enrol(list, Metadata::default(), samples).await.unwrap();
    }

    let index = oz_core::collection::LiveIndex::new(
        collections.repository.clone(),
        std::sync::Arc::new(oz_storage::memory::MemoryVectorIndex::default()),
    );
    let mut restarted = case.service.ports().clone();
    restarted.collections.index = std::sync::Arc::new(index);

    assert_eq!(oz_http::work::fill_index(&restarted).await.unwrap(), 2);
    let model = crate::support::examiner::model();
    assert_eq!(restarted.collections.index.count(list, &model), 2);
    assert_eq!(oz_http::work::fill_index(&restarted).await.unwrap(), 0);
}
