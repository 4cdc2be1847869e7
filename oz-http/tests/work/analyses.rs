//! Results of analyses and previews.

use oz_core::account::Scope;
use oz_core::collection::ReferenceSample;
use oz_core::folder::{AnalysisKind, AnalysisParams, AnalysisState, FolderVerdict, Resolution, SearchParams};
use oz_core::license::Feature;
use oz_core::metadata::Metadata;

use crate::case::{Case, Plan, until};
use crate::support::examiner::{features, jpeg};

const LIVENESS: &[AnalysisKind] = &[AnalysisKind::Liveness];

#[tokio::test]
async fn group_is_analysed_from_one_examination_per_media() {
    let case = Case::new().await;
    let collections = &case.service.ports().collections;
    let list = collections.create(case.company, "list", Metadata::default()).await.unwrap().id;
    let sample = ReferenceSample { template: features("ada"), image: None };
    let ada = collections.enrol(list, Metadata::default(), vec![sample]).await.unwrap().subject.id;
    let search = Some(SearchParams { collection: list, limit: 5 });

    let plan = Plan {
        media: &["face=ada smile", "face=ada"],
        kinds: &[AnalysisKind::Liveness, AnalysisKind::Matching, AnalysisKind::Search],
        params: AnalysisParams { search, ..AnalysisParams::default() },
        ..Plan::default()
    };

    let filed = case.file(plan).await;
    let workers = case.workers();
    let analyses = case.ended(&filed).await;
    let resolutions: Vec<_> = analyses.iter().map(|analysis| analysis.resolution).collect();
    assert_eq!(
        resolutions,
        [Some(Resolution::Success), Some(Resolution::Success), Some(Resolution::Declined)]
    );

    let liveness = analyses[0].results.as_ref().unwrap();
    let shot = liveness.media[0].best_shot.unwrap();
    assert_eq!(case.service.ports().blobs.read(shot).await.unwrap(), jpeg("best shot of ada"));
    assert_eq!(liveness.media[0].gestures.len(), 1);

    assert!(analyses[1].results.as_ref().unwrap().scores.unwrap().min > 0.99);
    assert_eq!(analyses[2].results.as_ref().unwrap().subjects(), [ada]);
    let folder = case.service.ports().folders.folder(&Scope::Everything, filed.folder).await.unwrap();
    assert_eq!(folder.state.verdict, FolderVerdict::Declined);

    case.swept().await;
    assert_eq!(case.blobs().await.len(), 6, "two originals, two best shots, two thumbnails");
    workers.stop(std::time::Duration::from_secs(5)).await;
    case.service.stop().await;
}

#[tokio::test]
async fn unexaminable_media_fails_only_its_own_analyses() {
    let case = Case::new().await;
    let good = case.file(Plan { media: &["face=ada"], kinds: LIVENESS, ..Plan::default() }).await;
    let bad = case.file(Plan { media: &["face=ada", "corrupt"], kinds: LIVENESS, ..Plan::default() }).await;
    let faceless = case.file(Plan { media: &["nobody"], kinds: LIVENESS, ..Plan::default() }).await;

    let workers = case.workers();
    assert_eq!(case.ended(&good).await[0].resolution, Some(Resolution::Success));
    let failed = case.ended(&bad).await.remove(0);
    assert_eq!(
        (failed.state, failed.failure.unwrap().code.as_str()),
        (AnalysisState::Failed, "media.corrupt")
    );
    assert_eq!(case.ended(&faceless).await[0].failure.as_ref().unwrap().code, "analysis.no_face");

    case.swept().await;
    assert_eq!(
        case.blobs().await.len(),
        4 + 1 + 3,
        "no best shot of failed analyses, no thumbnail of corrupt media"
    );
    drop(workers);
}

#[tokio::test]
async fn failure_names_the_deleted_media() {
    let case = Case::new().await;
    let filed =
        case.file(Plan { media: &["face=ada", "face=bob"], kinds: LIVENESS, ..Plan::default() }).await;
    let (ports, now) = (case.service.ports(), case.service.state.now());
    ports.folders.delete_media(&Scope::Everything, filed.media[1], now).await.unwrap();
    let workers = case.workers();
    let failure = case.ended(&filed).await.remove(0).failure.unwrap();
    assert_eq!(failure.code, "analysis.media_gone");
    assert!(failure.message.contains(&filed.media[1].to_string()), "{}", failure.message);
    let used = case.service.ports().license.used(Feature::Liveness).await.unwrap();
    assert_eq!(used, 0, "an analysis of media that are gone is not counted");
    drop(workers);
}

#[tokio::test]
async fn previews_have_pictures_dimensions_and_length() {
    let case = Case::new().await;
    let filed = case.file(Plan { media: &["zip width=320", "zip corrupt"], ..Plan::default() }).await;
    let workers = case.workers();
    for media in &filed.media {
        let job = case.order_preview(*media).await;
        let jobs = &case.service.ports().jobs;
        until(async || jobs.job(job).await.unwrap().state.is_final().then_some(())).await;
    }

    let media = async |at: usize| {
        case.service.ports().folders.media(&Scope::Everything, filed.media[at]).await.unwrap().preview
    };

    let preview = media(0).await;
    assert_eq!(
        (preview.width, preview.height, preview.frames, preview.duration_ms),
        (Some(320), Some(480), Some(15), Some(1_500))
    );
    let picture = case.service.ports().blobs.read(preview.thumbnail.unwrap()).await.unwrap();
    assert_eq!(picture, jpeg("thumbnail 256"));
    assert!(preview.animation.is_some());
    assert_eq!(media(1).await, oz_core::folder::Preview::default(), "corrupt media has an empty preview");
    drop(workers);
}

#[tokio::test]
async fn concurrent_workers_run_every_group_once() {
    let case = Case::new().await;
    let mut filed = Vec::new();
    for number in 0..40 {
        let words = format!("face={number}");
        filed.push(case.file(Plan { media: &[&words], kinds: LIVENESS, ..Plan::default() }).await);
    }

    let (here, there) = (case.workers(), case.workers());
    for one in &filed {
        assert_eq!(case.ended(one).await[0].resolution, Some(Resolution::Success));
        let job = case.service.ports().jobs.job(oz_core::folder::group_job(one.group)).await.unwrap();
        assert_eq!(job.attempts, 1);
    }

    case.swept().await;
    assert_eq!(case.blobs().await.len(), 3 * 40, "original, best shot, thumbnail");
    here.stop(std::time::Duration::from_secs(5)).await;
    there.stop(std::time::Duration::from_secs(5)).await;
}
