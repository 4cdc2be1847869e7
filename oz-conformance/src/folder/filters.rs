//! Claims about filtering, order and slices of lists.

use std::sync::Arc;

use serde_json::json;

use super::Database;
use super::fixture::{
    ALL, at, company, group_of, id, metadata, new_analysis, new_folder, new_group, passed, plain_result,
    resolved, user, with_group,
};
use crate::{AsyncClaim, async_claims};
use oz_core::account::Scope;
use oz_core::collection::{Candidate, SubjectId};
use oz_core::face::{ComparisonDecision, ComparisonScore};
use oz_core::folder::{
    Analysis, AnalysisFilter, AnalysisKind, AnalysisResults, AnalysisState, AnalysisStatus, CustomKind,
    Folder, FolderContent, FolderFilter, FolderStatus, FolderVerdict, MediaResult, OperatorDecision,
    Resolution,
};
use oz_core::listing::{Choice, Slice, SortKey, Sorting, TimeRange};
use oz_core::metadata::{Metadata, MetadataCondition};

pub(super) fn claims() -> &'static [AsyncClaim<Database>] {
    async_claims![
        folders_are_filtered_by_id_company_and_owner,
        folders_are_filtered_by_inclusive_time_ranges,
        folders_are_filtered_by_status_and_verdict,
        folders_are_filtered_by_cleared,
        folders_are_filtered_by_metadata,
        replaced_metadata_is_not_matched,
        folders_are_filtered_by_their_analyses,
        analyses_of_custom_kinds_are_stored_and_filtered,
        analyses_are_filtered_by_id_folder_group_kind_and_time,
        analyses_are_filtered_by_state_and_status,
        analyses_are_filtered_by_candidate_subject,
        folders_of_equal_time_are_ordered_by_id_across_slices,
        analyses_of_equal_time_are_ordered_by_id_across_slices,
    ]
}

async fn check_in(db: &Database, scope: &Scope, filter: FolderFilter, expected: &[u128]) {
    let listed = db.folders.folders(scope, &filter, &Slice::default()).await.unwrap();
    let ids: Vec<u128> = listed.iter().map(|folder| folder.id.uuid().as_u128()).collect();
    assert_eq!(ids, expected, "{filter:?}");
    assert_eq!(db.folders.count_folders(scope, &filter).await.unwrap(), expected.len() as u64, "{filter:?}");
}

async fn check(db: &Database, filter: FolderFilter, expected: &[u128]) {
    check_in(db, &ALL, filter, expected).await;
}

async fn check_analyses(db: &Database, filter: AnalysisFilter, expected: &[u128]) {
    let listed = db.folders.analyses(&ALL, &filter, &Slice::default()).await.unwrap();
    let ids: Vec<u128> = listed.iter().map(|analysis| analysis.id.uuid().as_u128()).collect();
    assert_eq!(ids, expected, "{filter:?}");
    assert_eq!(db.folders.count_analyses(&ALL, &filter).await.unwrap(), expected.len() as u64, "{filter:?}");
}

fn any() -> FolderFilter {
    FolderFilter::default()
}

fn one_of<T>(include: Vec<T>) -> Choice<T> {
    Choice { include, exclude: vec![] }
}

fn none_of<T>(exclude: Vec<T>) -> Choice<T> {
    Choice { include: vec![], exclude }
}

async fn put(db: &Database, folder: Folder) {
    db.put(&folder, &FolderContent::default()).await;
}

async fn folders_are_filtered_by_id_company_and_owner(db: Arc<Database>) {
    put(&db, new_folder(1)).await;
    put(&db, Folder { owner: user(2), ..new_folder(2) }).await;
    put(&db, Folder { company: company(2), owner: user(3), ..new_folder(3) }).await;

    check(&db, any(), &[1, 2, 3]).await;
    check(&db, FolderFilter { ids: one_of(vec![id(3), id(1), id(99)]), ..any() }, &[1, 3]).await;
    check(&db, FolderFilter { ids: none_of(vec![id(1)]), ..any() }, &[2, 3]).await;
    let both = Choice { include: vec![id(1), id(2)], exclude: vec![id(2), id(3)] };
    check(&db, FolderFilter { ids: both, ..any() }, &[1]).await;

    check(&db, FolderFilter { companies: one_of(vec![company(2)]), ..any() }, &[3]).await;
    check(&db, FolderFilter { companies: none_of(vec![company(2)]), ..any() }, &[1, 2]).await;

    check(&db, FolderFilter { owners: one_of(vec![user(1), user(3)]), ..any() }, &[1, 3]).await;
    check(&db, FolderFilter { owners: none_of(vec![user(1), user(3)]), ..any() }, &[2]).await;

    let mixed = FolderFilter { owners: none_of(vec![user(1)]), companies: one_of(vec![company(1)]), ..any() };
    check(&db, mixed, &[2]).await;
    let foreign = FolderFilter { companies: one_of(vec![company(2)]), ..any() };
    check_in(&db, &Scope::Company(company(1)), foreign, &[]).await;
}

async fn folders_are_filtered_by_inclusive_time_ranges(db: Arc<Database>) {
    for number in [1, 2, 3] {
        let seconds = number as i64;
        put(&db, Folder { created: at(seconds), updated: at(10 - seconds), ..new_folder(number) }).await;
    }
    let range = |min: Option<i64>, max: Option<i64>| TimeRange { min: min.map(at), max: max.map(at) };
    check(&db, FolderFilter { created: range(Some(2), None), ..any() }, &[2, 3]).await;
    check(&db, FolderFilter { created: range(None, Some(2)), ..any() }, &[1, 2]).await;
    check(&db, FolderFilter { created: range(Some(2), Some(2)), ..any() }, &[2]).await;
    check(&db, FolderFilter { created: range(Some(3), Some(2)), ..any() }, &[]).await;
    check(&db, FolderFilter { updated: range(Some(8), Some(9)), ..any() }, &[1, 2]).await;
    let both = FolderFilter { created: range(Some(2), None), updated: range(Some(8), None), ..any() };
    check(&db, both, &[2]).await;
}

async fn folders_are_filtered_by_cleared(db: Arc<Database>) {
    for number in [1, 2] {
        put(&db, new_folder(number)).await;
    }
    db.folders.clear_folder(&ALL, id(2), at(1)).await.unwrap();
    let cleared = |cleared| FolderFilter { cleared, ..any() };
    check(&db, cleared(None), &[1, 2]).await;
    check(&db, cleared(Some(false)), &[1]).await;
    check(&db, cleared(Some(true)), &[2]).await;
}

async fn folders_are_filtered_by_status_and_verdict(db: Arc<Database>) {
    put(&db, new_folder(1)).await;
    for (number, resolution) in [(2, Resolution::Success), (3, Resolution::Declined)] {
        db.put(&new_folder(number), &with_group(new_group(number, number, &[number]))).await;
        db.answer(number, &[resolved(number, resolution, AnalysisResults::default())], 1).await;
    }
    db.put(&new_folder(4), &with_group(new_group(4, 4, &[4]))).await;
    db.answer(4, &[], 1).await;
    db.put(&new_folder(5), &with_group(new_group(5, 5, &[5]))).await;

    let status = |statuses| FolderFilter { statuses, ..any() };
    check(&db, status(one_of(vec![FolderStatus::Initial, FolderStatus::Processing])), &[1, 5]).await;
    check(&db, status(one_of(vec![FolderStatus::Finished])), &[2, 3]).await;
    check(&db, status(none_of(vec![FolderStatus::Finished])), &[1, 4, 5]).await;

    let verdict = |verdicts| FolderFilter { verdicts, ..any() };
    check(&db, verdict(one_of(vec![FolderVerdict::Declined, FolderVerdict::Failed])), &[3, 4]).await;
    check(&db, verdict(none_of(vec![FolderVerdict::Success])), &[1, 3, 4, 5]).await;
}

fn with_metadata(path: &str, value: &str, negated: bool) -> FolderFilter {
    with_metadata_conditions(&[(path, value, negated)])
}

fn with_metadata_conditions(conditions: &[(&str, &str, bool)]) -> FolderFilter {
    let condition = |(path, value, negated): &(&str, &str, bool)| MetadataCondition {
        path: (*path).into(),
        value: (*value).into(),
        negated: *negated,
    };
    FolderFilter { metadata: conditions.iter().map(condition).collect(), ..any() }
}

async fn folders_are_filtered_by_metadata(db: Arc<Database>) {
    let values = [
        json!({"iin": "900101", "person": {"age": 30, "ok": true, "tags": ["a", "b"]}}),
        json!({"iin": 900_101, "person": {"age": 31, "tags": "a"}}),
        json!({"iin": "O'Brien; DROP--", "person.age": "30", "quota": 1.5}),
        json!({}),
    ];
    for (number, value) in (1..).zip(values) {
        put(&db, Folder { metadata: Metadata::new(value).unwrap(), ..new_folder(number) }).await;
    }

    check(&db, with_metadata("iin", "900101", false), &[1, 2]).await;
    check(&db, with_metadata("iin", "900101", true), &[3, 4]).await;
    check(&db, with_metadata("iin", "O'Brien; DROP--", false), &[3]).await;
    check(&db, with_metadata("person.age", "30", false), &[1, 3]).await;
    check(&db, with_metadata("person.ok", "true", false), &[1]).await;
    check(&db, with_metadata("person.tags", "b", false), &[1]).await;
    check(&db, with_metadata("person.tags", "a", true), &[3, 4]).await;
    check(&db, with_metadata("quota", "1.5", false), &[3]).await;

    check(&db, with_metadata("iin", "9001", false), &[]).await;
    check(&db, with_metadata("iin", "90010_", false), &[]).await;
    check(&db, with_metadata("absent", "x", true), &[1, 2, 3, 4]).await;

    check(&db, with_metadata_conditions(&[("iin", "900101", false), ("person.age", "30", true)]), &[2]).await;
    check(&db, with_metadata_conditions(&[("person.tags", "a", false), ("person.tags", "b", false)]), &[1])
        .await;
}

async fn replaced_metadata_is_not_matched(db: Arc<Database>) {
    put(&db, new_folder(1)).await;
    check(&db, with_metadata("iin", "900101", false), &[1]).await;
    let metadata = Some(metadata(r#"{"iin": "7", "person": {"age": 30}}"#));
    let change = oz_core::folder::FolderChange { metadata, endpoint: None };
    db.folders.update_folder(&ALL, id(1), &change, at(1)).await.unwrap();
    check(&db, with_metadata("iin", "900101", false), &[]).await;
    check(&db, with_metadata("iin", "7", false), &[1]).await;
    check(&db, with_metadata("person.age", "30", false), &[1]).await;
    db.folders.delete_folder(&ALL, id(1), at(2)).await.unwrap();
    put(&db, Folder { metadata: Metadata::default(), ..new_folder(1) }).await;
    check(&db, with_metadata("iin", "7", false), &[]).await;
}

fn of_kind(number: u128, group: u128, folder: u128, kind: AnalysisKind) -> Analysis {
    Analysis { kind, ..new_analysis(number, group, folder) }
}

async fn folders_are_filtered_by_their_analyses(db: Arc<Database>) {
    use AnalysisKind::{Liveness, Matching, Search};
    put(&db, new_folder(1)).await;
    let both = vec![of_kind(1, 2, 2, Liveness), of_kind(2, 2, 2, Matching)];
    db.put(&new_folder(2), &with_group(group_of(both))).await;
    db.answer(2, &[passed(1), resolved(2, Resolution::OperatorRequired, AnalysisResults::default())], 1)
        .await;
    db.put(&new_folder(3), &with_group(group_of(vec![of_kind(3, 3, 3, Search)]))).await;

    let kinds = |analysis_kinds| FolderFilter { analysis_kinds, ..any() };
    check(&db, kinds(one_of(vec![Liveness])), &[2]).await;
    check(&db, kinds(one_of(vec![Liveness, Search])), &[2, 3]).await;
    check(&db, kinds(none_of(vec![Matching])), &[1, 3]).await;
    check(&db, kinds(Choice { include: vec![Liveness], exclude: vec![Matching] }), &[]).await;

    let statuses = |analysis_statuses| FolderFilter { analysis_statuses, ..any() };
    check(&db, statuses(one_of(vec![AnalysisStatus::OperatorRequired])), &[2]).await;
    check(&db, statuses(one_of(vec![AnalysisStatus::Processing, AnalysisStatus::Success])), &[2, 3]).await;
    check(&db, statuses(none_of(vec![AnalysisStatus::Processing])), &[1, 2]).await;

    let different_analyses = FolderFilter {
        analysis_kinds: one_of(vec![Liveness]),
        ..statuses(one_of(vec![AnalysisStatus::OperatorRequired]))
    };
    check(&db, different_analyses, &[2]).await;

    let decision =
        OperatorDecision { resolution: Resolution::Declined, comment: None, by: user(1), at: at(2) };
    db.folders.decide(&ALL, id(2), &decision).await.unwrap();
    check(&db, statuses(one_of(vec![AnalysisStatus::OperatorRequired])), &[]).await;
    check(&db, statuses(one_of(vec![AnalysisStatus::Declined])), &[2]).await;

    db.folders.delete_analysis(&ALL, id(2), at(3)).await.unwrap();
    check(&db, kinds(none_of(vec![Matching])), &[1, 2, 3]).await;
}

async fn analyses_of_custom_kinds_are_stored_and_filtered(db: Arc<Database>) {
    let custom = |name| AnalysisKind::Custom(CustomKind::new(name).unwrap());
    let analyses = vec![
        of_kind(1, 7, 1, custom("age_estimation")),
        of_kind(2, 7, 1, custom("age")),
        of_kind(3, 7, 1, AnalysisKind::Liveness),
    ];
    db.put(&new_folder(1), &with_group(group_of(analyses.clone()))).await;
    put(&db, new_folder(2)).await;

    assert_eq!(db.analysis(1).await, analyses[0]);
    let kinds = |name| AnalysisFilter { kinds: one_of(vec![custom(name)]), ..AnalysisFilter::default() };
    check_analyses(&db, kinds("age"), &[2]).await;
    check_analyses(&db, kinds("other"), &[]).await;
    let folders = |name| FolderFilter { analysis_kinds: one_of(vec![custom(name)]), ..any() };
    check(&db, folders("age_estimation"), &[1]).await;
    check(&db, folders("other"), &[]).await;
}

async fn analyses_are_filtered_by_id_folder_group_kind_and_time(db: Arc<Database>) {
    use AnalysisKind::{Liveness, Matching, Search};
    let timed = |analysis: Analysis, seconds| Analysis {
        created: at(seconds),
        updated: at(10 - seconds),
        ..analysis
    };

    let first = vec![timed(of_kind(1, 7, 1, Liveness), 1), timed(of_kind(2, 7, 1, Matching), 2)];
    db.put(&new_folder(1), &with_group(group_of(first))).await;
    db.put(&new_folder(2), &with_group(group_of(vec![timed(of_kind(3, 8, 2, Search), 3)]))).await;

    let any = AnalysisFilter::default;
    check_analyses(&db, any(), &[1, 2, 3]).await;
    check_analyses(&db, AnalysisFilter { ids: one_of(vec![id(3), id(1)]), ..any() }, &[1, 3]).await;
    check_analyses(&db, AnalysisFilter { ids: none_of(vec![id(3)]), ..any() }, &[1, 2]).await;
    check_analyses(&db, AnalysisFilter { folders: one_of(vec![id(2)]), ..any() }, &[3]).await;
    check_analyses(&db, AnalysisFilter { groups: one_of(vec![id(7)]), ..any() }, &[1, 2]).await;
    check_analyses(&db, AnalysisFilter { groups: none_of(vec![id(7)]), ..any() }, &[3]).await;
    check_analyses(&db, AnalysisFilter { kinds: one_of(vec![Matching, Search]), ..any() }, &[2, 3]).await;
    check_analyses(&db, AnalysisFilter { kinds: none_of(vec![Matching]), ..any() }, &[1, 3]).await;

    let from = |seconds| TimeRange { min: Some(at(seconds)), max: None };
    let until = |seconds| TimeRange { min: None, max: Some(at(seconds)) };
    check_analyses(&db, AnalysisFilter { created: from(2), ..any() }, &[2, 3]).await;
    check_analyses(&db, AnalysisFilter { updated: until(8), ..any() }, &[2, 3]).await;
    check_analyses(&db, AnalysisFilter { created: until(2), updated: until(8), ..any() }, &[2]).await;
}

async fn analyses_are_filtered_by_state_and_status(db: Arc<Database>) {
    let group = vec![new_analysis(1, 7, 1), new_analysis(2, 7, 1), new_analysis(3, 7, 1)];
    db.put(&new_folder(1), &with_group(group_of(group))).await;
    db.answer(7, &[passed(1), resolved(2, Resolution::OperatorRequired, AnalysisResults::default())], 1)
        .await;
    db.put(&new_folder(2), &with_group(group_of(vec![new_analysis(4, 8, 2)]))).await;

    let states = |states| AnalysisFilter { states, ..AnalysisFilter::default() };
    check_analyses(&db, states(one_of(vec![AnalysisState::Finished])), &[1, 2]).await;
    check_analyses(&db, states(none_of(vec![AnalysisState::Finished])), &[3, 4]).await;

    let statuses = |statuses| AnalysisFilter { statuses, ..AnalysisFilter::default() };
    check_analyses(&db, statuses(one_of(vec![AnalysisStatus::Failed, AnalysisStatus::Success])), &[1, 3])
        .await;
    check_analyses(&db, statuses(none_of(vec![AnalysisStatus::Processing])), &[1, 2, 3]).await;

    let decision =
        OperatorDecision { resolution: Resolution::Success, comment: None, by: user(1), at: at(2) };
    db.folders.decide(&ALL, id(2), &decision).await.unwrap();
    check_analyses(&db, statuses(one_of(vec![AnalysisStatus::Success])), &[1, 2]).await;
}

fn results_with_candidates(subjects: &[u128]) -> AnalysisResults {
    let score = ComparisonScore { value: 0.9, similarity: 0.5 };
    let decision = ComparisonDecision::Match;
    let candidate = |number: &u128| Candidate { subject: id(*number), reference: id(1), score, decision };
    let media = |_| MediaResult { candidates: subjects.iter().map(candidate).collect(), ..plain_result() };
    AnalysisResults { media: (0..2).map(media).collect(), ..AnalysisResults::default() }
}

async fn analyses_are_filtered_by_candidate_subject(db: Arc<Database>) {
    let search = |number| of_kind(number, 7, 1, AnalysisKind::Search);
    db.put(&new_folder(1), &with_group(group_of(vec![search(1), search(2)]))).await;
    let answers = [
        resolved(1, Resolution::Declined, results_with_candidates(&[5, 6])),
        resolved(2, Resolution::Declined, results_with_candidates(&[6])),
    ];
    db.answer(7, &answers, 1).await;

    let of =
        |subject| AnalysisFilter { subject: Some(id::<SubjectId>(subject)), ..AnalysisFilter::default() };
    check_analyses(&db, of(5), &[1]).await;
    check_analyses(&db, of(6), &[1, 2]).await;
    check_analyses(&db, of(7), &[]).await;
    check_analyses(&db, AnalysisFilter { ids: none_of(vec![id(1)]), ..of(6) }, &[2]).await;

    db.folders.delete_analysis(&ALL, id(1), at(2)).await.unwrap();
    check_analyses(&db, of(5), &[]).await;
    check_analyses(&db, of(6), &[2]).await;
}

/// Slices of records stored in the order 3, 1, 2, 4, all created at 0 and updated at 5, 5, 1 and 9.
fn slices() -> Vec<(Slice, &'static [u128])> {
    let slice =
        |offset, limit, key, descending| Slice { offset, limit, sorting: Sorting { key, descending } };
    vec![
        (slice(0, 2, SortKey::Created, false), &[1, 2]),
        (slice(2, 2, SortKey::Created, false), &[3, 4]),
        (slice(4, 2, SortKey::Created, false), &[]),
        (slice(0, 0, SortKey::Created, false), &[]),
        (slice(0, 3, SortKey::Created, true), &[4, 3, 2]),
        (slice(0, 9, SortKey::Updated, false), &[2, 1, 3, 4]),
        (slice(1, 2, SortKey::Updated, true), &[3, 1]),
    ]
}

async fn folders_of_equal_time_are_ordered_by_id_across_slices(db: Arc<Database>) {
    for (number, updated) in [(3, 5), (1, 5), (2, 1), (4, 9)] {
        put(&db, Folder { updated: at(updated), ..new_folder(number) }).await;
    }
    for (slice, expected) in slices() {
        let listed = db.folders.folders(&ALL, &any(), &slice).await.unwrap();
        let ids: Vec<u128> = listed.iter().map(|folder| folder.id.uuid().as_u128()).collect();
        assert_eq!(ids, expected, "{slice:?}");
    }
}

async fn analyses_of_equal_time_are_ordered_by_id_across_slices(db: Arc<Database>) {
    let group = [(3, 5), (1, 5), (2, 1), (4, 9)]
        .map(|(number, updated)| Analysis { updated: at(updated), ..new_analysis(number, 7, 1) });
    db.put(&new_folder(1), &with_group(group_of(group.to_vec()))).await;
    for (slice, expected) in slices() {
        let listed = db.folders.analyses(&ALL, &AnalysisFilter::default(), &slice).await.unwrap();
        let ids: Vec<u128> = listed.iter().map(|analysis| analysis.id.uuid().as_u128()).collect();
        assert_eq!(ids, expected, "{slice:?}");
    }
}
