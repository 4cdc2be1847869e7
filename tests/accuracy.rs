//! Accuracy on real photos and videos. Skipped, and reported as skipped, unless `OZ_EVAL_DATA` names a folder
//! of them.
//!
//! The folder contains `index.csv` (`file,part,label,…`), `pairs.csv` (`pair_id,file_a,file_b,same`) and the
//! media.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use oz::core::face::BoundingBox;
use oz::core::face::pad::PadLayer;
use oz::{AnalysisRequest, FeatureVector, Gesture, LivenessPolicy, Oz, PadVerdict, Sampling};

/// Similarities of mated and non-mated pairs.
struct Scores {
    mated: Vec<f32>,
    non_mated: Vec<f32>,
}

impl Scores {
    /// Equal error rate: FMR and FNMR where they are closest.
    fn equal_error_rate(&self) -> f64 {
        let mut thresholds: Vec<f32> = self.mated.iter().chain(&self.non_mated).copied().collect();
        thresholds.sort_by(f32::total_cmp);
        let gap = |t: f32| (self.fmr(t) - self.fnmr(t)).abs();
        let best = thresholds.into_iter().min_by(|a, b| gap(*a).total_cmp(&gap(*b))).unwrap();
        (self.fmr(best) + self.fnmr(best)) / 2.0
    }

    /// Share of mated pairs that match at the lowest threshold with at most this false match rate.
    fn true_accept_rate_at(&self, fmr: f64) -> f64 {
        let mut impostors = self.non_mated.clone();
        impostors.sort_by(|a, b| b.total_cmp(a));
        let threshold = impostors[(impostors.len() as f64 * fmr) as usize];
        self.mated.iter().filter(|s| **s > threshold).count() as f64 / self.mated.len() as f64
    }

    fn fmr(&self, threshold: f32) -> f64 {
        self.non_mated.iter().filter(|s| **s >= threshold).count() as f64 / self.non_mated.len() as f64
    }

    fn fnmr(&self, threshold: f32) -> f64 {
        self.mated.iter().filter(|s| **s < threshold).count() as f64 / self.mated.len() as f64
    }
}

/// Features of the photos of the LFW pairs. Photos without a detected face (failures to acquire) are absent.
fn lfw_features(oz: &Oz, data: &Path) -> HashMap<String, FeatureVector> {
    let mut files: Vec<_> = lfw_pairs(data).into_iter().flat_map(|(a, b, _)| [a, b]).collect();
    files.sort();
    files.dedup();
    let features = |file: String| oz.features(data.join(&file)).ok().map(|features| (file, features));
    files.into_iter().filter_map(features).collect()
}

fn lfw_pairs(data: &Path) -> Vec<(String, String, bool)> {
    support::csv(&data.join("pairs.csv"))
        .into_iter()
        .filter(|row| row["pair_id"].starts_with("lfw"))
        .map(|mut row| (row.remove("file_a").unwrap(), row.remove("file_b").unwrap(), row["same"] == "1"))
        .collect()
}

fn lfw_scores(features: &HashMap<String, FeatureVector>, data: &Path) -> Scores {
    let mut scores = Scores { mated: Vec::new(), non_mated: Vec::new() };
    for (a, b, same) in lfw_pairs(data) {
        // A failure to acquire never matches.
        let similarity = match (features.get(&a), features.get(&b)) {
            (Some(a), Some(b)) => a.similarity(b).unwrap(),
            _ => -1.0,
        };
        if same { scores.mated.push(similarity) } else { scores.non_mated.push(similarity) }
    }
    scores
}

#[test]
fn lfw_error_rates_are_low_and_engines_agree() {
    let Some(data) = support::evaluation_data("lfw_error_rates_are_low_and_engines_agree") else { return };
    let mut features_of_engines = Vec::new();
    for oz in support::every_oz() {
        let features = lfw_features(&oz, &data);
        let scores = lfw_scores(&features, &data);
        let (eer, tar) = (scores.equal_error_rate(), scores.true_accept_rate_at(1e-2));
        println!("{}: LFW EER {eer:.4}, TAR at FMR 1e-2 {tar:.4}", oz.engine().name);
        assert!(eer <= 0.012 && tar >= 0.985, "{}: EER {eer}, TAR {tar}", oz.engine().name);
        features_of_engines.push((oz, features));
    }

    if let [(oz, one), (_, other)] = features_of_engines.as_slice() {
        let lowest = one.iter().map(|(file, a)| a.similarity(&other[file]).unwrap()).fold(1.0, f32::min);
        println!("engines: minimum cosine of the features of a photo {lowest:.6}");
        assert!(lowest >= 0.9999, "{lowest}");
        assert_eq!(flipped_decisions(oz, one, other, &data), 0);
    }
}

fn flipped_decisions(
    oz: &Oz,
    one: &HashMap<String, FeatureVector>,
    other: &HashMap<String, FeatureVector>,
    data: &Path,
) -> usize {
    let decide = |features: &HashMap<String, FeatureVector>, a: &str, b: &str| {
        let (a, b) = (features.get(a)?, features.get(b)?);
        Some(oz.compare_features(a, b, &AnalysisRequest::default()).unwrap().decision)
    };
    lfw_pairs(data).iter().filter(|(a, b, _)| decide(one, a, b) != decide(other, a, b)).count()
}

/// Checks every sixth photo: both engines find the same faces, in the same order.
#[test]
fn engines_find_the_same_faces() {
    let Some(data) = support::evaluation_data("engines_find_the_same_faces") else { return };
    let engines = support::every_oz();
    let [one, other] = engines.as_slice() else {
        return support::left_out("engines_find_the_same_faces", "only one engine is available");
    };
    let boxes = |oz: &Oz, file: &Path| -> Vec<BoundingBox> {
        oz.inspect(file).unwrap().1.iter().map(|found| found.face.detection.bounding_box).collect()
    };
    let (mut lowest, mut faces, mut different) = (1.0_f32, 0, Vec::new());
    let files = support::files_below(&data.join("lfw"));
    for file in files.iter().step_by(6) {
        let (one, other) = (boxes(one, file), boxes(other, file));
        faces += one.len();
        lowest = one.iter().zip(&other).map(|(one, other)| one.iou(other)).fold(lowest, f32::min);
        if one.len() != other.len() {
            different.push(format!("{}: {} and {} faces", file.display(), one.len(), other.len()));
        }
    }

    println!("engines: {faces} faces, minimum overlap {lowest:.5}, {} photos differ", different.len());
    assert!(faces > 0 && different.is_empty(), "{}", different.join("\n"));
    assert!(lowest >= 0.99, "{lowest}");
}

/// Request that samples five frames per second, enough for faces and turns.
fn sparse() -> AnalysisRequest {
    let sampling = Sampling { faces_every: Duration::from_millis(190), ..Sampling::default() };
    AnalysisRequest { sampling, ..AnalysisRequest::default() }
}

#[test]
fn videos_and_selfies_show_an_upright_face() {
    let Some(data) = support::evaluation_data("videos_and_selfies_show_an_upright_face") else { return };
    let oz = support::shared_oz();
    for file in support::files_below(&data.join("videos"))
        .into_iter()
        .chain(support::files_below(&data.join("selfies")))
    {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let outcome =
            oz.analyze(&file, &sparse()).unwrap_or_else(|error| panic!("{name}: {}", error.chain()));
        let mut rolls: Vec<f32> =
            outcome.recording.subjects().map(|(_, face)| face.face.pose.roll.abs()).collect();
        rolls.sort_by(f32::total_cmp);
        let seen = rolls.len() as f64 / outcome.recording.frames.len() as f64;
        println!(
            "{name}: face in {:.0} % of frames, median roll {:?}",
            seen * 100.0,
            rolls.get(rolls.len() / 2)
        );
        assert!(seen > 0.5, "{name}: face in only {seen:.2} of the frames");
        assert!(rolls[rolls.len() / 2] < 30.0, "{name} is not upright");
    }
}

#[test]
fn replays_are_not_judged_as_bona_fide() {
    let Some(data) = support::evaluation_data("replays_are_not_judged_as_bona_fide") else { return };
    for file in support::files_below(&data.join("videos/spoof")) {
        let outcome = support::shared_oz().analyze(&file, &sparse()).unwrap();
        assert_ne!(outcome.liveness.verdict, PadVerdict::BonaFide, "{}", file.display());
    }
}

/// The layers other than the appearance raise no false alarm on live subjects.
#[test]
fn layers_without_a_model_accept_live_subjects() {
    let name = "layers_without_a_model_accept_live_subjects";
    let Some(data) = support::evaluation_data(name) else { return };
    let policy = LivenessPolicy::default();
    let rows = support::csv(&data.join("index.csv"));
    let live = |row: &&HashMap<String, String>| row["label"] == "live" || row["part"] == "lfw";
    let files: Vec<_> =
        rows.iter().filter(live).map(|row| (row["part"].clone(), data.join(&row["file"]))).collect();

    assert!(!files.is_empty(), "the folder contains no live media");
    let verdicts = support::in_threads(files.len() as u64, |number| {
        let outcome = support::shared_oz().analyze(&files[number as usize].1, &sparse()).unwrap();
        let others = outcome.liveness.evidence.into_iter().filter(|e| e.layer != PadLayer::Appearance);
        policy.decide(others.collect())
    });

    for part in ["videos", "selfies", "webcam", "nuaa", "lfw"] {
        println!("{part}: {} live media", files.iter().filter(|(of, _)| of == part).count());
    }
    let wrong = files.iter().zip(&verdicts).filter(|(_, liveness)| liveness.verdict == PadVerdict::Attack);
    let wrong: Vec<_> = wrong.map(|((_, file), liveness)| (file, &liveness.reasons)).collect();
    assert!(wrong.is_empty(), "{} of {}: {wrong:?}", wrong.len(), files.len());
}

#[test]
fn turns_in_phone_videos_are_detected() {
    let Some(data) = support::evaluation_data("turns_in_phone_videos_are_detected") else { return };
    for row in support::csv(&data.join("index.csv")) {
        if row["set"] != "td_real" || row["part"] != "videos" {
            continue;
        }
        let outcome = support::shared_oz().analyze(data.join(&row["file"]), &sparse()).unwrap();
        let seen: Vec<_> = outcome.gestures.iter().map(|event| event.gesture).collect();
        println!("{}: {:?}", row["identity"], outcome.gestures);
        assert!(
            seen.contains(&Gesture::Left) && seen.contains(&Gesture::Right),
            "{}: {seen:?}",
            row["identity"]
        );
        let turns: Vec<_> =
            outcome.gestures.iter().filter(|e| matches!(e.gesture, Gesture::Left | Gesture::Right)).collect();
        let nods = outcome.gestures.iter().filter(|e| matches!(e.gesture, Gesture::Up | Gesture::Down));
        let during =
            nods.filter(|nod| turns.iter().any(|turn| turn.start <= nod.peak && nod.peak <= turn.end));
        assert_eq!(
            during.count(),
            0,
            "{}: nod detected during a turn: {:?}",
            row["identity"],
            outcome.gestures
        );
    }
}

#[test]
fn documents_and_quality_photos_are_inspected_without_an_error() {
    let Some(data) = support::evaluation_data("documents_and_quality_photos_are_inspected_without_an_error")
    else {
        return;
    };
    let mut with_faces = 0;
    for file in support::files_below(&data.join("documents"))
        .into_iter()
        .chain(support::files_below(&data.join("quality")))
    {
        let (_, faces) = support::shared_oz()
            .inspect(&file)
            .unwrap_or_else(|e| panic!("{}: {}", file.display(), e.chain()));
        with_faces += usize::from(!faces.is_empty());
    }

    println!("faces in {with_faces} documents and quality photos");
    assert!(with_faces > 0);
}
