//! Claims about statistics.

use std::sync::Arc;
use std::time::Duration;

use super::Database;
use super::fixture::{
    ALL, at, group_of, id, metadata, new_analysis, new_folder, passed, resolved, with_group,
};
use crate::{AsyncClaim, async_claims};
use oz_core::folder::{
    Analysis, AnalysisCount, AnalysisKind, AnalysisResults, AnalysisStatus, AttemptCount, Folder,
    FolderContent, FolderCount, FolderVerdict, OperatorDecision, Resolution, Statistics,
};
use oz_core::listing::TimeRange;
use oz_core::system::Timestamp;

pub(super) fn claims() -> &'static [AsyncClaim<Database>] {
    async_claims![
        an_empty_repository_has_empty_statistics,
        folders_are_counted_by_day_and_verdict,
        analyses_are_counted_by_day_kind_and_status_with_their_duration,
        persons_are_counted_by_number_of_attempts,
        only_records_created_in_the_range_are_counted,
    ]
}

const DAY: i64 = 86_400;

/// Start of a day, counted from the day of [`at`].
fn day(number: i64) -> Timestamp {
    at(number * DAY)
}

async fn count(db: &Database, range: TimeRange) -> Statistics {
    db.folders.statistics(&ALL, &range, "iin").await.unwrap()
}

async fn an_empty_repository_has_empty_statistics(db: Arc<Database>) {
    assert_eq!(count(&db, TimeRange::default()).await, Statistics::default());
}

async fn folders_are_counted_by_day_and_verdict(db: Arc<Database>) {
    for (number, seconds) in [(1, 0), (2, DAY - 1), (3, DAY), (4, -1)] {
        let folder = Folder { created: at(seconds), ..new_folder(number) };
        db.put(&folder, &FolderContent::default()).await;
    }
    let folder = Folder { created: at(5), ..new_folder(5) };
    db.put(&folder, &with_group(group_of(vec![new_analysis(1, 7, 5)]))).await;
    let counted = |day, verdict, count| FolderCount { day, verdict, count };
    let expected = [
        counted(day(-1), FolderVerdict::Initial, 1),
        counted(day(0), FolderVerdict::Initial, 2),
        counted(day(0), FolderVerdict::Processing, 1),
        counted(day(1), FolderVerdict::Initial, 1),
    ];
    assert_eq!(count(&db, TimeRange::default()).await.folders, expected);
}

async fn analyses_are_counted_by_day_kind_and_status_with_their_duration(db: Arc<Database>) {
    let matching = |number| Analysis { kind: AnalysisKind::Matching, ..new_analysis(number, 7, 1) };
    let group = vec![new_analysis(1, 7, 1), new_analysis(2, 7, 1), matching(3), matching(4), matching(5)];
    db.put(&new_folder(1), &with_group(group_of(group))).await;
    let declined = resolved(3, Resolution::Declined, AnalysisResults::default());
    let asks = resolved(4, Resolution::OperatorRequired, AnalysisResults::default());
    db.answer(7, &[passed(1), passed(2), declined, asks], 3).await;
    let decision =
        OperatorDecision { resolution: Resolution::Declined, comment: None, by: id(1), at: at(50) };
    db.folders.decide(&ALL, id(4), &decision).await.unwrap();
    let next = Analysis { created: day(1), ..new_analysis(6, 8, 1) };
    db.folders.start(&ALL, id(1), &group_of(vec![next]), day(1)).await.unwrap();

    let counted = |day, kind, status, count, seconds| {
        let duration = Duration::from_secs(seconds);
        AnalysisCount { day, kind, status, count, duration }
    };
    let expected = [
        counted(day(0), AnalysisKind::Liveness, AnalysisStatus::Success, 2, 6),
        counted(day(0), AnalysisKind::Matching, AnalysisStatus::Failed, 1, 3),
        counted(day(0), AnalysisKind::Matching, AnalysisStatus::Declined, 2, 6),
        counted(day(1), AnalysisKind::Liveness, AnalysisStatus::Processing, 1, 0),
    ];
    assert_eq!(count(&db, TimeRange::default()).await.analyses, expected);
}

async fn persons_are_counted_by_number_of_attempts(db: Arc<Database>) {
    let persons = ["a", "b", "a", "c", "a", "b", "d"].map(|name| format!(r#"{{"iin": "{name}", "x": "a"}}"#));
    let texts = persons.into_iter().chain(["{}".to_owned()]);
    for (number, text) in (1..).zip(texts) {
        let folder = Folder { metadata: metadata(&text), ..new_folder(number) };
        db.put(&folder, &FolderContent::default()).await;
    }
    let counted = |attempts, persons| AttemptCount { attempts, persons };
    let expected = [counted(1, 2), counted(2, 1), counted(3, 1)];
    assert_eq!(count(&db, TimeRange::default()).await.attempts, expected);
    let unknown = db.folders.statistics(&ALL, &TimeRange::default(), "absent").await.unwrap();
    assert_eq!(unknown.attempts, []);
}

async fn only_records_created_in_the_range_are_counted(db: Arc<Database>) {
    for number in [1, 2, 3] {
        let created = at(number as i64);
        let analysis = Analysis { created: at(10 + number as i64), ..new_analysis(number, number, number) };
        let folder = Folder { created, ..new_folder(number) };
        db.put(&folder, &with_group(group_of(vec![analysis]))).await;
    }
    let range = |min, max| TimeRange { min: Some(at(min)), max: Some(at(max)) };
    let counted = count(&db, range(2, 3)).await;
    assert_eq!((counted.folders[0].count, counted.analyses.len()), (2, 0));
    assert_eq!(counted.attempts, [AttemptCount { attempts: 2, persons: 1 }]);
    let counted = count(&db, range(12, 12)).await;
    assert_eq!((counted.folders.len(), counted.analyses[0].count), (0, 1));
    assert_eq!(counted.attempts, []);
}
