//! Comparison accuracy of the face pipeline on labelled faces, which are not part of the repository.
//!
//! `OZ_EVAL_DATA` is a folder with `pairs.csv` (`pair_id`, `file_a`, `file_b`, `same`); pairs whose id starts
//! with `lfw` are used. If it is not set, the tests are reported as skipped.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod face_support;

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use face_support::{Models, engine, locate, read, root};
use oz_conformance::left_out;
use oz_core::face::port::FeatureExtractor;
use oz_core::face::{FaceSample, FeatureVector};
use oz_models::recognition;
use oz_models::registry::{Registry, RegistryConfig};

struct Pair {
    files: [String; 2],
    same: bool,
}

fn data() -> Option<(PathBuf, Vec<Pair>)> {
    let Some(folder) = std::env::var_os("OZ_EVAL_DATA").map(PathBuf::from) else {
        left_out("accuracy of extractors", "OZ_EVAL_DATA is not set");
        return None;
    };
    let text = fs::read_to_string(folder.join("pairs.csv")).unwrap();
    let rows =
        text.lines().filter(|line| line.starts_with("lfw")).map(|line| line.split(',').collect::<Vec<_>>());
    let pairs = rows.map(|row| Pair { files: [row[1].to_owned(), row[2].to_owned()], same: row[3] == "1" });
    Some((folder, pairs.collect()))
}

/// Mated (`genuine`) and non-mated (`impostor`) comparison scores, and the number of pairs without a detected
/// face.
struct Scores {
    genuine: Vec<f32>,
    impostor: Vec<f32>,
    missing: usize,
}

impl Scores {
    fn of(extractor: &dyn FeatureExtractor, models: &Models, folder: &Path, pairs: &[Pair]) -> Self {
        let (detector, landmarks) = (models.cascade(), models.landmarks());
        let describe = |file: &String| {
            let image = read(&folder.join(file));
            let face = locate(&image, &detector, &landmarks)?;
            Some(extractor.extract(&[FaceSample { image: &image, face: &face }]).unwrap().remove(0))
        };

        let files: HashSet<&String> = pairs.iter().flat_map(|pair| &pair.files).collect();
        let vectors: HashMap<&String, Option<FeatureVector>> =
            files.into_iter().map(|file| (file, describe(file))).collect();

        let mut scores = Self { genuine: Vec::new(), impostor: Vec::new(), missing: 0 };
        for Pair { files: [a, b], same } in pairs {
            match (&vectors[a], &vectors[b]) {
                (Some(a), Some(b)) if *same => scores.genuine.push(a.similarity(b).unwrap()),
                (Some(a), Some(b)) => scores.impostor.push(a.similarity(b).unwrap()),
                _ => scores.missing += 1,
            }
        }

        scores
    }

    /// Share of scores at or above the threshold.
    fn reaching(values: &[f32], threshold: f32) -> f64 {
        values.iter().filter(|value| **value >= threshold).count() as f64 / values.len() as f64
    }

    /// Mean of FMR and FNMR at the threshold where they differ least.
    fn equal_error_rate(&self) -> f64 {
        let rates = self.genuine.iter().chain(&self.impostor).map(|&threshold| {
            let fnmr = 1.0 - Self::reaching(&self.genuine, threshold);
            let fmr = Self::reaching(&self.impostor, threshold);
            ((fnmr - fmr).abs(), (fnmr + fmr) / 2.0)
        });
        rates.min_by(|a, b| a.0.total_cmp(&b.0)).unwrap().1
    }

    /// 1 - FNMR at the threshold that at most `fmr` of the non-mated scores exceed.
    fn match_rate(&self, fmr: f64) -> f64 {
        let mut impostor = self.impostor.clone();
        impostor.sort_by(|a, b| b.total_cmp(a));
        let threshold = impostor[(fmr * impostor.len() as f64) as usize];
        self.genuine.iter().filter(|value| **value > threshold).count() as f64 / self.genuine.len() as f64
    }
}

fn check(
    extractor: &dyn FeatureExtractor,
    models: &Models,
    folder: &Path,
    pairs: &[Pair],
    eer: f64,
    tar: f64,
) {
    let scores = Scores::of(extractor, models, folder, pairs);
    let (found_eer, found_tar) = (scores.equal_error_rate(), scores.match_rate(1e-2));
    println!(
        "{}: EER {found_eer:.4}, TAR@1e-2 {found_tar:.4}, {} pairs without a face",
        extractor.model(),
        scores.missing
    );
    assert!(scores.missing <= pairs.len() / 200, "no face in {} pairs", scores.missing);
    assert!(found_eer <= eer, "EER {found_eer} > {eer}");
    assert!(found_tar >= tar, "TAR@1e-2 {found_tar} < {tar}");
}

#[test]
fn mobilefacenet_reaches_its_accuracy() {
    let Some(((folder, pairs), engine)) = data().zip(engine()) else { return };
    let models = Models::on(engine);
    let plain = models.extractor("mobilefacenet_192");
    check(&plain, &models, &folder, &pairs, 0.012, 0.985);
    check(&recognition::mirrored(plain).unwrap(), &models, &folder, &pairs, 0.012, 0.985);
}

#[test]
fn fusion_is_more_accurate_than_mobilefacenet() {
    let Some(((folder, pairs), engine)) = data().zip(engine()) else { return };
    let models = Models::on(engine);
    let registry = Registry::new(&RegistryConfig::default()).unwrap();
    let session = match std::env::var_os("OZ_MODEL_DLIB_RESNET_128") {
        Some(path) => models.load("dlib_resnet_128", &root().join(path)),
        None => match registry.artifact("dlib_resnet_128") {
            Ok(artifact) => models.load_artifact(&artifact),
            Err(error) => return left_out("accuracy of the fusion", error),
        },
    };

    let parts = [models.extractor("mobilefacenet_192"), models.extractor_on("dlib_resnet_128", session)];
    let plain = recognition::joined(parts.iter().cloned().map(|part| Arc::new(part) as _).collect()).unwrap();
    check(&*plain, &models, &folder, &pairs, 0.009, 0.990);

    let mirrored = parts.into_iter().map(|part| Arc::new(recognition::mirrored(part).unwrap()) as _);
    check(&*recognition::joined(mirrored.collect()).unwrap(), &models, &folder, &pairs, 0.009, 0.990);
}
