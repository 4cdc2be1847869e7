use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::analysis::EncodedPicture;
use crate::collection::SubjectId;
use crate::face::Calibration;
use crate::face::pad::PadVerdict;
use crate::face::{ComparisonDecision, Threshold};
use crate::folder::{AnalysisKind, AnalysisParams};
use crate::inference::ModelId;
use crate::media::{MediaKind, MediaType};
use crate::system::Uuid;

fn calibration() -> Calibration {
    Calibration::uncalibrated(0.3, 9.0).unwrap()
}

fn examination(verdict: PadVerdict, score: f32, features: &[f32]) -> Examination {
    let subject = SubjectExamination {
        verdict,
        score,
        reasons: vec!["because".into()],
        evidence: Vec::new(),
        gestures: Vec::new(),
        best_shot: EncodedPicture(vec![1]),
        best_shot_time: Duration::ZERO,
        quality: 77,
        features: FeatureVector::normalized(ModelId::new("m"), features.to_vec()).ok(),
    };
    Examination {
        media_type: MediaType::Jpeg,
        kind: MediaKind::Image,
        width: 4,
        height: 3,
        duration: Duration::ZERO,
        frames: 1,
        faces: 1,
        thumbnail: None,
        animation: None,
        subject: Some(subject),
        engine: "toy 1".into(),
        models: vec![ModelId::new("m"), ModelId::new("pad")],
    }
}

fn evidence(number: u128, examination: &Examination) -> Evidence<'_> {
    let media = Uuid::from_u128(number).into();
    Evidence { media, examination: Ok(examination), best_shot: None, candidates: &[] }
}

fn all(examinations: &[Examination]) -> Vec<Evidence<'_>> {
    (1..).zip(examinations).map(|(number, examination)| evidence(number, examination)).collect()
}

fn answer(
    kind: AnalysisKind,
    params: &AnalysisParams,
    media: &[Evidence<'_>],
) -> (Resolution, AnalysisResults) {
    Judges::default().judge(kind, params, media, &calibration()).unwrap()
}

fn refused(kind: AnalysisKind, media: &[Evidence<'_>]) -> Failure {
    let params = AnalysisParams::default();
    Judges::default().judge(kind, &params, media, &calibration()).unwrap_err().into()
}

fn candidate(subject: u128, similarity: f32) -> Candidate {
    let score = calibration().score(similarity);
    let subject = SubjectId::from(Uuid::from_u128(subject));
    let reference = Uuid::from_u128(900).into();
    Candidate { subject, reference, score, decision: ComparisonDecision::NonMatch }
}

#[test]
fn liveness_passes_only_below_the_spoofing_threshold() {
    let check = |verdict, score, spoofing_threshold, expected| {
        let found = [examination(verdict, score, &[1.0])];
        let params = AnalysisParams { spoofing_threshold, ..Default::default() };

        let (resolution, results) = answer(AnalysisKind::Liveness, &params, &all(&found));

        assert_eq!(
            resolution, expected,
            "{verdict:?} {score} at {spoofing_threshold}: {:?}",
            results.spoofing
        );
        assert_eq!(results.media[0].liveness.as_ref().unwrap().reasons, ["because"]);
    };

    check(PadVerdict::BonaFide, 0.9, 0.5, Resolution::Success);
    check(PadVerdict::BonaFide, 0.4, 0.5, Resolution::Success);
    check(PadVerdict::BonaFide, 0.9, 0.05, Resolution::Declined);
    check(PadVerdict::Attack, 0.6, 0.5, Resolution::Declined);
    check(PadVerdict::Inconclusive, 0.99, 0.5, Resolution::Declined);
    check(PadVerdict::Attack, 0.2, 0.9, Resolution::Success);
    check(PadVerdict::BonaFide, 0.9, f64::NAN, Resolution::Declined);
}

#[test]
fn highest_attack_score_decides_on_liveness() {
    let found = [(0.9, PadVerdict::BonaFide), (0.2, PadVerdict::Attack), (0.8, PadVerdict::BonaFide)]
        .map(|(score, verdict)| examination(verdict, score, &[1.0]));

    let (resolution, results) = answer(AnalysisKind::Liveness, &AnalysisParams::default(), &all(&found));

    assert_eq!(resolution, Resolution::Declined);
    assert!((results.spoofing.unwrap() - 0.8).abs() < 1e-6);
    assert_eq!(results.engine.as_deref(), Some("toy 1"));
    assert_eq!(results.models, ["m", "pad"]);
}

#[test]
fn best_shots_are_kept_only_on_request_and_for_liveness() {
    let found = [examination(PadVerdict::BonaFide, 0.9, &[1.0])];
    let shot = BlobKey { owner: Uuid::from_u128(1).into(), id: Uuid::from_u128(2) };
    let media = [Evidence { best_shot: Some(shot), ..evidence(1, &found[0]) }];

    let kept = |kind, best_shot| {
        answer(kind, &AnalysisParams { best_shot, ..Default::default() }, &media).1.blobs().count()
    };

    assert_eq!(kept(AnalysisKind::Liveness, true), 1);
    assert_eq!(kept(AnalysisKind::Liveness, false), 0);
    assert_eq!(kept(AnalysisKind::Search, true), 0);
}

#[test]
fn lowest_comparison_score_decides_on_matching() {
    let found = [[1.0, 0.0], [0.95, 0.312], [0.0, 1.0]]
        .map(|features| examination(PadVerdict::BonaFide, 0.9, &features));
    let params = AnalysisParams { threshold: Threshold::sharp(0.85).unwrap(), ..Default::default() };

    let (resolution, results) = answer(AnalysisKind::Matching, &params, &all(&found));
    assert_eq!(resolution, Resolution::Declined);
    let (low, high) = (calibration().score(0.0).value, calibration().score(0.95).value);
    let scores = results.scores.unwrap();
    assert!((scores.min - f64::from(low)).abs() < 1e-4 && (scores.max - f64::from(high)).abs() < 1e-2);
    let first = results.media[0].scores.unwrap();
    assert_eq!((first.min, first.max), (scores.min, scores.max));

    let (resolution, _) = answer(AnalysisKind::Matching, &params, &all(&found)[..2]);
    assert_eq!(resolution, Resolution::Success);
}

#[test]
fn operator_is_required_only_between_two_distinct_thresholds() {
    let found = [[1.0, 0.0], [0.4, 0.9165]].map(|features| examination(PadVerdict::BonaFide, 0.9, &features));
    let resolution = |low, high| {
        let threshold = Threshold::new(low, high).unwrap();
        answer(AnalysisKind::Matching, &AnalysisParams { threshold, ..Default::default() }, &all(&found)).0
    };
    assert_eq!(resolution(0.5, 0.85), Resolution::OperatorRequired);
    assert_eq!(resolution(0.85, 0.85), Resolution::Declined);
    assert_eq!(resolution(0.5, 0.5), Resolution::Success);
}

#[test]
fn found_subjects_are_declined_and_kept_up_to_the_limit() {
    let found = examination(PadVerdict::BonaFide, 0.9, &[1.0]);
    let candidates =
        [candidate(3, 0.1), candidate(2, 0.7), candidate(1, 0.7), candidate(4, 0.9), candidate(5, 0.8)];
    let collection = Uuid::from_u128(1).into();
    let search = Some(crate::folder::SearchParams { collection, limit: 3 });
    let params = AnalysisParams { threshold: Threshold::sharp(0.85).unwrap(), search, ..Default::default() };
    let media = [Evidence { candidates: &candidates, ..evidence(1, &found) }, evidence(2, &found)];

    let (resolution, results) = answer(AnalysisKind::Search, &params, &media);
    assert_eq!(resolution, Resolution::Declined);
    let kept: Vec<u128> =
        results.media[0].candidates.iter().map(|candidate| candidate.subject.uuid().as_u128()).collect();
    assert_eq!(kept, [4, 5, 1]);
    assert!(results.media[1].candidates.is_empty());

    assert_eq!(answer(AnalysisKind::Search, &params, &media[1..]).0, Resolution::Success);
    let doubtful = AnalysisParams { threshold: Threshold::new(0.5, 1.0).unwrap(), ..params };
    assert_eq!(answer(AnalysisKind::Search, &doubtful, &media).0, Resolution::OperatorRequired);
}

#[test]
fn failure_names_the_missing_input_and_the_media() {
    let good = examination(PadVerdict::BonaFide, 0.9, &[1.0]);
    let faceless = Examination { subject: None, ..good.clone() };
    let featureless = examination(PadVerdict::BonaFide, 0.9, &[]);
    let broken = Failure { code: "media.corrupt".into(), message: "the media is corrupt".into() };
    let unreadable = Evidence { examination: Err(&broken), ..evidence(7, &good) };

    for kind in [AnalysisKind::Liveness, AnalysisKind::Matching, AnalysisKind::Search] {
        let with = |last| refused(kind, &[evidence(1, &good), last]);
        let no_face = with(evidence(9, &faceless));
        assert_eq!(no_face.code, "analysis.no_face");
        assert!(no_face.message.contains("00000000-0000-0000-0000-000000000009"), "{}", no_face.message);
        assert_eq!(with(unreadable).code, "media.corrupt");
        assert_eq!(refused(kind, &[]).code, "analysis.too_few_media");
    }

    assert_eq!(refused(AnalysisKind::Matching, &[evidence(1, &good)]).code, "analysis.too_few_media");
    assert_eq!(refused(AnalysisKind::Search, &[evidence(1, &featureless)]).code, "analysis.no_features");
    assert!(
        Judges::default()
            .judge(
                AnalysisKind::Liveness,
                &AnalysisParams::default(),
                &[evidence(1, &featureless)],
                &calibration()
            )
            .is_ok()
    );
}

fn verdicts() -> impl Strategy<Value = PadVerdict> {
    prop_oneof![Just(PadVerdict::BonaFide), Just(PadVerdict::Attack), Just(PadVerdict::Inconclusive)]
}

fn examinations() -> impl Strategy<Value = Vec<Examination>> {
    let one = (verdicts(), 0.0f32..=1.0, prop::collection::vec(0.05f32..1.0, 4));
    prop::collection::vec(
        one.prop_map(|(verdict, score, features)| examination(verdict, score, &features)),
        2..6,
    )
}

/// Resolution of an analysis; a greater one is stricter.
fn rank(kind: AnalysisKind, params: &AnalysisParams, media: &[Evidence<'_>]) -> Resolution {
    answer(kind, params, media).0
}

proptest! {
    #[test]
    fn order_of_media_does_not_affect_the_outcome(found in examinations(), turn in 0usize..6) {
        let media = all(&found);
        let mut turned = media.clone();
        turned.rotate_left(turn % media.len());
        turned.reverse();
        for kind in [AnalysisKind::Liveness, AnalysisKind::Matching] {
            let (resolution, results) = answer(kind, &AnalysisParams::default(), &media);
            let (other, mut turned_results) = answer(kind, &AnalysisParams::default(), &turned);
            prop_assert_eq!(resolution, other);
            prop_assert_eq!(results.spoofing, turned_results.spoofing);
            prop_assert_eq!(results.scores, turned_results.scores);
            turned_results.media.sort_by_key(|result| result.media);
            prop_assert_eq!(results.media, turned_results.media);
        }
    }

    #[test]
    fn a_stricter_threshold_never_passes_more(found in examinations(), a in 0.0f32..=1.0, b in 0.0f32..=1.0) {
        let media = all(&found);
        let (low, high) = (a.min(b), a.max(b));
        let spoofing = |at: f32| AnalysisParams { spoofing_threshold: f64::from(at), ..Default::default() };
        let lax = rank(AnalysisKind::Liveness, &spoofing(high), &media);
        prop_assert!(rank(AnalysisKind::Liveness, &spoofing(low), &media) >= lax);
        let sharp = |at| AnalysisParams { threshold: Threshold::sharp(at).unwrap(), ..Default::default() };
        let lax = rank(AnalysisKind::Matching, &sharp(low), &media);
        prop_assert!(rank(AnalysisKind::Matching, &sharp(high), &media) >= lax);
        prop_assert!(lax != Resolution::OperatorRequired);
        let two = AnalysisParams { threshold: Threshold::new(low, high).unwrap(), ..Default::default() };
        let between = rank(AnalysisKind::Matching, &two, &media);
        prop_assert!(lax <= between && between <= rank(AnalysisKind::Matching, &sharp(high), &media));
    }

    #[test]
    fn additional_media_never_soften_the_resolution(found in examinations()) {
        let media = all(&found);
        for kind in [AnalysisKind::Liveness, AnalysisKind::Matching] {
            let fewer = rank(kind, &AnalysisParams::default(), &media[..2]);
            prop_assert!(rank(kind, &AnalysisParams::default(), &media) >= fewer);
        }
    }

    #[test]
    fn matching_is_symmetric_and_its_range_is_ordered(found in examinations()) {
        let media = all(&found);
        let (_, results) = answer(AnalysisKind::Matching, &AnalysisParams::default(), &media);
        let scores = results.scores.unwrap();
        prop_assert!(scores.min <= scores.max);

        let pair = |i: usize, j: usize| {
            answer(AnalysisKind::Matching, &AnalysisParams::default(), &[media[i], media[j]]).1
        };
        prop_assert_eq!(pair(0, 1).scores, pair(1, 0).scores);

        let least = results.media.iter().map(|result| result.scores.unwrap().min).fold(f64::MAX, f64::min);
        prop_assert_eq!(least, scores.min);
    }

    #[test]
    fn only_bona_fide_presentations_score_below_one_half(verdict in verdicts(), score in 0.0f32..=1.0) {
        let spoofing = spoofing(verdict, score);
        prop_assert!((0.0..=1.0).contains(&spoofing));
        prop_assert_eq!(spoofing < 0.5, verdict == PadVerdict::BonaFide);
    }

    #[test]
    fn order_of_candidates_does_not_affect_the_outcome(
        similarities in prop::collection::vec(-1.0f32..1.0, 0..12)
    ) {
        let found = examination(PadVerdict::BonaFide, 0.9, &[1.0]);
        let candidates: Vec<_> =
            (1..).zip(similarities).map(|(subject, similarity)| candidate(subject, similarity)).collect();
        let turned: Vec<_> = candidates.iter().rev().copied().collect();
        let judged = |candidates: &[Candidate]| {
            let media = [Evidence { candidates, ..evidence(1, &found) }];
            answer(AnalysisKind::Search, &AnalysisParams::default(), &media)
        };
        prop_assert_eq!(judged(&candidates), judged(&turned));
    }
}
