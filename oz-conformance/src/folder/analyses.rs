//! Claims about analyses.

use std::sync::Arc;
use std::time::Duration;

use super::Database;
use super::fixture::{
    ALL, LEASE, at, failure, group_of, id, metadata, new_analysis, new_folder, new_group, new_media, passed,
    plain_result, resolved, user, with_best_shots, with_group, with_media,
};
use crate::{AsyncClaim, assert_code, async_claims};
use oz_core::collection::Candidate;
use oz_core::face::gesture::{Gesture, GestureEvent};
use oz_core::face::pad::{PadEvidence, PadLayer, PadVerdict};
use oz_core::face::{ComparisonDecision, ComparisonScore, Threshold};
use oz_core::folder::{
    Analysis, AnalysisKind, AnalysisParams, AnalysisResult, AnalysisResults, AnalysisState, AnalysisStatus,
    FolderStatus, FolderVerdict, LivenessFinding, MatchFinding, MediaResult, NewGroup, OperatorDecision,
    Resolution, SearchParams, group_job,
};

pub(super) fn claims() -> &'static [AsyncClaim<Database>] {
    async_claims![
        an_analysis_is_read_back_unchanged,
        a_group_is_started_atomically,
        results_are_read_back_unchanged,
        the_state_of_a_folder_follows_from_its_analyses,
        an_operator_decision_replaces_an_earlier_one,
        only_a_finished_analysis_can_be_decided,
        metadata_of_an_analysis_is_replaced,
        deleting_the_last_analysis_of_a_group_deletes_its_job,
    ]
}

async fn an_analysis_is_read_back_unchanged(db: Arc<Database>) {
    let params = AnalysisParams {
        best_shot: false,
        spoofing_threshold: 0.25,
        threshold: Threshold::new(0.4, 0.9).unwrap(),
        search: Some(SearchParams { collection: id(4), limit: 20 }),
        custom: metadata(r#"{"max_age": 30}"#),
    };

    let search = Analysis {
        kind: AnalysisKind::Search,
        params,
        owner: user(5),
        sources: vec![id(2), id(1)],
        metadata: metadata(r#"{"x": [0.1]}"#),
        created: at(3),
        updated: at(3),
        ..new_analysis(2, 7, 1)
    };
    let matching = Analysis { kind: AnalysisKind::Matching, created: at(3), ..new_analysis(1, 7, 1) };

    db.put(&new_folder(1), &with_media(vec![new_media(1, 1), new_media(2, 1)])).await;
    let group = group_of(vec![search.clone(), matching.clone()]);
    db.folders.start(&ALL, id(1), &group, at(3)).await.unwrap();

    assert_eq!(db.analysis(2).await, search);
    assert_eq!(db.analysis(1).await, matching);
    assert_eq!(db.folders.group(id(7)).await.unwrap(), [search, matching]);
    assert_eq!(db.folder(1).await.state.status, FolderStatus::Processing);
}

async fn a_group_is_started_atomically(db: Arc<Database>) {
    db.put(&new_folder(1), &with_group(new_group(7, 1, &[1]))).await;
    db.put(&new_folder(2), &with_media(vec![new_media(5, 2)])).await;
    db.answer(7, &[passed(1)], 1).await;
    let folder = db.folder(1).await;

    let mut absent = new_group(8, 1, &[2, 3]);
    absent.analyses[1].sources = vec![id(5)];
    let refused = [
        ("source in another folder", absent, "storage.not_found"),
        ("analysis taken", new_group(8, 1, &[2, 1]), "storage.conflict"),
        (
            "group taken",
            NewGroup { job: new_group(7, 1, &[1]).job, ..new_group(8, 1, &[2]) },
            "storage.conflict",
        ),
    ];

    for (why, group, code) in refused {
        let result = db.folders.start(&ALL, id(1), &group, at(2)).await;
        assert_eq!(result.err().map(|error| error.code()), Some(code), "{why}");
        assert_code(db.folders.analysis(&ALL, id(2)).await, "storage.not_found");
        assert!(!db.has_job(group_job(id(8))).await, "{why}");
        assert_eq!(db.folder(1).await, folder, "{why}");
    }
}

/// Results with all fields set.
fn full_results() -> AnalysisResults {
    let milliseconds = Duration::from_millis;
    let gesture = GestureEvent {
        gesture: Gesture::Smile,
        start: milliseconds(1),
        peak: milliseconds(20),
        end: milliseconds(300),
        extent: 0.7,
    };
    let evidence = PadEvidence::new(PadLayer::Motion, -0.25, 0.1, "it moves");
    let liveness = LivenessFinding {
        spoofing: 0.1 + 0.2,
        verdict: PadVerdict::Inconclusive,
        reasons: vec!["ö".into(), "second".into()],
        evidence: vec![evidence],
    };

    let candidate = Candidate {
        subject: id(61),
        reference: id(62),
        score: ComparisonScore { value: 0.912_345, similarity: -0.1 },
        decision: ComparisonDecision::Match,
    };

    let media = MediaResult {
        liveness: Some(liveness),
        quality: Some(87),
        gestures: vec![gesture],
        scores: Some(MatchFinding { min: 1.0 / 3.0, max: 2.0 / 3.0 }),
        candidates: vec![candidate, Candidate { subject: id(60), ..candidate }],
        ..plain_result()
    };

    AnalysisResults {
        media: vec![media, plain_result()],
        spoofing: Some(1e-9),
        scores: Some(MatchFinding { min: 0.0, max: 1.0 }),
        custom: metadata(r#"{"age": 28.5}"#),
        engine: Some("candle".into()),
        models: vec!["b".into(), "a".into()],
    }
}

async fn results_are_read_back_unchanged(db: Arc<Database>) {
    db.put(&new_folder(1), &with_group(new_group(7, 1, &[1, 2, 3]))).await;
    db.stage_blobs(&[21]).await;
    let results = [
        resolved(1, Resolution::OperatorRequired, full_results()),
        resolved(2, Resolution::Declined, with_best_shots(&[21])),
        AnalysisResult { analysis: id(3), outcome: Err(failure()) },
    ];
    db.answer(7, &results, 4).await;

    let ended = |number| Analysis { updated: at(4), finished: Some(at(4)), ..new_analysis(number, 7, 1) };
    let finished = |number, resolution, results| Analysis {
        state: AnalysisState::Finished,
        resolution: Some(resolution),
        results: Some(results),
        ..ended(number)
    };

    assert_eq!(db.analysis(1).await, finished(1, Resolution::OperatorRequired, full_results()));
    assert_eq!(db.analysis(2).await, finished(2, Resolution::Declined, with_best_shots(&[21])));
    let failed = Analysis { state: AnalysisState::Failed, failure: Some(failure()), ..ended(3) };
    assert_eq!(db.analysis(3).await, failed);
    assert_eq!(db.group(7).await, [1, 2, 3]);
}

async fn check(db: &Database, status: FolderStatus, verdict: FolderVerdict, why: &str) {
    let state = db.folder(1).await.state;
    assert_eq!((state.status, state.verdict), (status, verdict), "{why}");
}

async fn the_state_of_a_folder_follows_from_its_analyses(db: Arc<Database>) {
    let started = |group: u128, number: u128| {
        let created = at(i64::try_from(group).unwrap());
        let other = Analysis { created, ..new_analysis(number + 1, group, 1) };
        group_of(vec![Analysis { created, ..new_analysis(number, group, 1) }, other])
    };

    db.put(&new_folder(1), &with_group(started(1, 11))).await;
    check(&db, FolderStatus::Processing, FolderVerdict::Processing, "the first group runs").await;
    let declined = resolved(12, Resolution::Declined, AnalysisResults::default());
    db.answer(1, &[passed(11), declined], 1).await;
    check(&db, FolderStatus::Finished, FolderVerdict::Declined, "the worst resolution counts").await;

    db.folders.start(&ALL, id(1), &started(2, 21), at(2)).await.unwrap();
    check(&db, FolderStatus::Processing, FolderVerdict::Processing, "the second group runs").await;
    db.answer(2, &[passed(21), passed(22)], 3).await;
    check(&db, FolderStatus::Finished, FolderVerdict::Success, "the last group counts").await;

    db.folders.start(&ALL, id(1), &started(3, 31), at(4)).await.unwrap();
    db.answer(3, &[passed(31)], 5).await;
    check(&db, FolderStatus::Failed, FolderVerdict::Failed, "one analysis has no result").await;

    db.folders.delete_analysis(&ALL, id(32), at(6)).await.unwrap();
    check(&db, FolderStatus::Finished, FolderVerdict::Success, "the failed analysis is deleted").await;
    for number in [31, 21, 22] {
        db.folders.delete_analysis(&ALL, id(number), at(7)).await.unwrap();
    }
    check(&db, FolderStatus::Finished, FolderVerdict::Declined, "only the first group is left").await;
    for number in [11, 12] {
        db.folders.delete_analysis(&ALL, id(number), at(8)).await.unwrap();
    }
    check(&db, FolderStatus::Initial, FolderVerdict::Initial, "no analysis is left").await;
}

fn decision(resolution: Resolution, seconds: i64) -> OperatorDecision {
    OperatorDecision { resolution, comment: Some("seen by eye, ö".into()), by: user(8), at: at(seconds) }
}

async fn an_operator_decision_replaces_an_earlier_one(db: Arc<Database>) {
    db.put(&new_folder(1), &with_group(new_group(7, 1, &[1]))).await;
    db.answer(7, &[resolved(1, Resolution::OperatorRequired, AnalysisResults::default())], 1).await;
    let before = db.analysis(1).await;
    let without_comment = OperatorDecision { comment: None, ..decision(Resolution::Success, 3) };
    for decision in [decision(Resolution::Declined, 2), without_comment] {
        let decided = db.folders.decide(&ALL, id(1), &decision).await.unwrap();
        let updated = decision.at;
        assert_eq!(decided, Analysis { decision: Some(decision), updated, ..before.clone() });
        assert_eq!(db.analysis(1).await, decided);
    }
    assert_eq!(db.analysis(1).await.status(), AnalysisStatus::Success);
    check(&db, FolderStatus::Finished, FolderVerdict::OperatorRequired, "the automatic verdict is kept")
        .await;
}

async fn only_a_finished_analysis_can_be_decided(db: Arc<Database>) {
    db.put(&new_folder(1), &with_group(new_group(7, 1, &[1, 2]))).await;
    let decision = decision(Resolution::Success, 9);
    assert_code(db.folders.decide(&ALL, id(1), &decision).await, "storage.conflict");
    db.answer(7, &[passed(1)], 1).await;
    assert_code(db.folders.decide(&ALL, id(2), &decision).await, "storage.conflict");
    assert_eq!(db.analysis(2).await.decision, None);
    assert_eq!(db.folder(1).await.updated, at(1));
}

async fn metadata_of_an_analysis_is_replaced(db: Arc<Database>) {
    db.put(&new_folder(1), &with_group(new_group(7, 1, &[1]))).await;
    let attributes = metadata(r#"{"note": {"ö": [true]}}"#);
    let changed = db.folders.update_analysis(&ALL, id(1), &attributes, at(2)).await.unwrap();
    assert_eq!(changed, Analysis { metadata: attributes, updated: at(2), ..new_analysis(1, 7, 1) });
    assert_eq!(db.analysis(1).await, changed);
}

async fn deleting_the_last_analysis_of_a_group_deletes_its_job(db: Arc<Database>) {
    db.put(&new_folder(1), &with_group(new_group(7, 1, &[1, 2]))).await;
    db.folders.delete_analysis(&ALL, id(1), at(1)).await.unwrap();
    assert_code(db.folders.analysis(&ALL, id(1)).await, "storage.not_found");
    assert_eq!(db.group(7).await, [2]);
    assert!(db.has_job(group_job(id(7))).await, "one analysis is left");
    db.folders.delete_analysis(&ALL, id(2), at(2)).await.unwrap();
    assert!(!db.has_job(group_job(id(7))).await);
    check(&db, FolderStatus::Initial, FolderVerdict::Initial, "no analysis is left").await;

    db.folders.start(&ALL, id(1), &new_group(8, 1, &[3]), at(3)).await.unwrap();
    let lease = db.lease(8, 3).await;
    db.folders.delete_analysis(&ALL, id(3), at(4)).await.unwrap();
    let cancelled = db.jobs.heartbeat(&lease, LEASE, at(5)).await.unwrap().cancel_requested;
    assert!(cancelled, "the heartbeat of the running job reports the cancellation");
}
