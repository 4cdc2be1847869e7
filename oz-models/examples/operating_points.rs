//! Measures thresholds of extractors on labelled faces and prints them as entries of the ledger.
//!
//! ```sh
//! cargo run --release -p oz-models --features onnx --example operating_points -- \
//!     DATA "LFW View 2 folds 3-5" mobilefacenet_192 mobilefacenet_192+mirror,dlib_resnet_128+mirror
//! ```
//!
//! `DATA` is a folder with `index.csv`, with the columns `file`, `set` and `identity`; the rows of set `lfw`
//! are used. If the folder contains `pairs.csv`, with the columns `pair_id`, `file_a`, `file_b` and `same`,
//! the rates on the listed pairs are printed too. Every pair of two identities is an impostor pair.
//!
//! Comma-separated models are fused. A model is loaded from the file named by `OZ_MODEL_<ID IN CAPITALS>`,
//! from the packages `oz-weights-*` or from the cache of `oz models pull`, in this order.

#[path = "../tests/weights/mod.rs"]
mod weights;

use std::collections::HashMap;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use oz_core::face::port::{FaceDetector, FeatureExtractor, LandmarkEstimator};
use oz_core::face::{DetectedFace, FaceSample, FeatureVector, LocatedFace, Point};
use oz_core::inference::port::{Engine, Session};
use oz_core::inference::{Device, ModelArtifact, SessionOptions};
use oz_core::media::Image;
use oz_models::engine::{self, EngineConfig};
use oz_models::ledger::{Ledger, Manifest};
use oz_models::registry::{Registry, RegistryConfig};
use oz_models::{detection, landmarks, recognition};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// False match rates of the entries, in descending order.
const RATES: [f64; 5] = [1e-1, 1e-2, 1e-3, 1e-4, 1e-5];
/// Minimum number of false matches for which a rate is reported.
const MIN_FALSE_MATCHES: f64 = 10.0;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [data, set, extractors @ ..] = arguments.as_slice() else {
        return Err("usage: operating_points DATA SET EXTRACTOR...".into());
    };
    let models = Models::new()?;
    let extractors = extractors.iter().map(|name| models.extractor(name)).collect::<Outcome<Vec<_>>>()?;
    let data = Path::new(data);
    let faces = faces(data, &models, &extractors)?;
    let listed = listed_pairs(data)?;

    for (place, extractor) in extractors.iter().enumerate() {
        let all = Scores::of_all_pairs(&faces, place)?;
        eprintln!("{}: {}", extractor.model(), all.summary());
        if !listed.is_empty() {
            eprintln!(
                "{}: listed pairs: {}",
                extractor.model(),
                Scores::of_listed(&faces, &listed, place)?.summary()
            );
        }
        print_entries(extractor.model().as_str(), set, &all);
    }
    Ok(())
}

fn print_entries(space: &str, set: &str, scores: &Scores) {
    println!("# {space}");
    let pairs = scores.impostor.len();
    for rate in RATES.into_iter().filter(|rate| rate * pairs as f64 >= MIN_FALSE_MATCHES) {
        let threshold = scores.threshold(rate);
        println!("[[model.operating_point]]");
        println!("set = \"{set}, {pairs} impostor pairs\"");
        println!("metric = \"fmr\"\nvalue = {rate:e}\nthreshold = {threshold:.4}");
        println!("fnmr = {:.4}", scores.fnmr(threshold));
        println!("source = \"examples/operating_points.rs, {} genuine pairs\"\n", scores.genuine.len());
    }
}

/// Models of the ledger on the fastest available engine.
struct Models {
    engine: Arc<dyn Engine>,
    ledger: Ledger,
    registry: Registry,
}

impl Models {
    fn new() -> Outcome<Self> {
        let (engine, reason) = engine::auto(&EngineConfig::default(), Device::Cpu)?;
        eprintln!("{reason}");
        Ok(Self { engine, ledger: Ledger::bundled()?, registry: Registry::new(&RegistryConfig::default())? })
    }

    fn open(&self, id: &str) -> Outcome<(&Manifest, Arc<dyn Session>)> {
        let manifest = self.ledger.get(id)?;
        let artifact = |onnx| ModelArtifact { id: manifest.id.clone(), onnx };
        let bundled = weights::files().find(|(name, _)| *name == manifest.file);

        let artifact = match (std::env::var_os(format!("OZ_MODEL_{}", id.to_uppercase())), bundled) {
            (Some(path), _) => artifact(fs::read(path)?.into()),
            (None, Some((_, bytes))) => artifact(bytes.into()),
            (None, None) => self.registry.artifact(id)?,
        };
        Ok((manifest, self.engine.load(&artifact, &SessionOptions::default())?))
    }

    fn detector(&self) -> Outcome<detection::Cascade> {
        let open = |id| {
            let (manifest, session) = self.open(id)?;
            Ok(detection::from_manifest(manifest, session)?)
        };
        let detectors = ["face_detection_short", "face_detection_full"].map(open);
        Ok(detection::Cascade::new(detectors.into_iter().collect::<Outcome<_>>()?))
    }

    fn extractor(&self, name: &str) -> Outcome<Arc<dyn FeatureExtractor>> {
        let parts = name.split(',').map(|name| self.part(name)).collect::<Outcome<Vec<_>>>()?;
        Ok(recognition::joined(parts)?)
    }

    fn part(&self, name: &str) -> Outcome<Arc<dyn FeatureExtractor>> {
        let (id, mirrored) = name.strip_suffix("+mirror").map_or((name, false), |id| (id, true));
        let (manifest, session) = self.open(id)?;
        // Only similarities are used, so the calibration of a space that has none yet does not matter.
        let calibration = recognition::calibration_of(manifest)?;
        let extractor = recognition::from_manifest(manifest, session, calibration.clone())?;
        Ok(if mirrored {
            Arc::new(recognition::Mirrored::new(extractor, calibration))
        } else {
            Arc::new(extractor)
        })
    }
}

/// A detected face and its feature vector from each extractor.
struct Face {
    file: String,
    identity: String,
    vectors: Vec<FeatureVector>,
}

fn faces(data: &Path, models: &Models, extractors: &[Arc<dyn FeatureExtractor>]) -> Outcome<Vec<Face>> {
    let rows: Vec<_> =
        table(&data.join("index.csv"))?.into_iter().filter(|row| row["set"] == "lfw").collect();
    let detector = models.detector()?;
    let landmarks = landmarks::from_manifest(models.open("face_landmarks_478")?, None)?;
    let describe = |row: &HashMap<String, String>| -> Outcome<Option<Face>> {
        let image = read(&data.join(&row["file"]))?;
        let Some(face) = locate(&image, &detector, &landmarks)? else {
            eprintln!("no face in {}", row["file"]);
            return Ok(None);
        };
        let sample = FaceSample { image: &image, face: &face };
        let vectors = extractors.iter().map(|extractor| Ok(extractor.extract(&[sample])?.remove(0)));
        let vectors = vectors.collect::<Outcome<_>>()?;
        Ok(Some(Face { file: row["file"].clone(), identity: row["identity"].clone(), vectors }))
    };

    let workers = thread::available_parallelism()?.get();
    let share = rows.len().div_ceil(workers).max(1);
    let work = |rows: &[HashMap<String, String>]| rows.iter().map(describe).collect::<Outcome<Vec<_>>>();
    let results = thread::scope(|scope| {
        let running: Vec<_> = rows.chunks(share).map(|rows| scope.spawn(move || work(rows))).collect();
        running
            .into_iter()
            .map(|worker| worker.join().expect("the worker does not panic"))
            .collect::<Outcome<Vec<_>>>()
    })?;

    Ok(results.into_iter().flatten().flatten().collect())
}

/// Finds the face nearest to the centre of the image, where LFW shows the subject.
fn locate(
    image: &Image,
    detector: &dyn FaceDetector,
    landmarks: &dyn LandmarkEstimator,
) -> Outcome<Option<LocatedFace>> {
    let centre = Point::new(image.width() as f32 / 2.0, image.height() as f32 / 2.0);
    let offset = |face: &DetectedFace| face.bounding_box.center().distance(centre);
    let Some(face) = detector.detect(image)?.into_iter().min_by(|a, b| offset(a).total_cmp(&offset(b)))
    else {
        return Ok(None);
    };
    let mesh = landmarks.estimate(image, &[face])?.remove(0);
    Ok(Some(LocatedFace::new(face, mesh)))
}

/// Similarities, in descending order.
struct Scores {
    genuine: Vec<f32>,
    impostor: Vec<f32>,
}

impl Scores {
    fn of_all_pairs(faces: &[Face], extractor: usize) -> Outcome<Self> {
        let pairs = faces.iter().enumerate().flat_map(|(at, a)| faces[at + 1..].iter().map(move |b| (a, b)));
        Self::of(pairs.map(|(a, b)| (a, b, a.identity == b.identity)), extractor)
    }

    fn of_listed(faces: &[Face], pairs: &[(String, String, bool)], extractor: usize) -> Outcome<Self> {
        let by_file: HashMap<_, _> = faces.iter().map(|face| (face.file.as_str(), face)).collect();
        let found = pairs
            .iter()
            .filter_map(|(a, b, same)| Some((*by_file.get(a.as_str())?, *by_file.get(b.as_str())?, *same)));
        Self::of(found, extractor)
    }

    fn of<'a>(pairs: impl Iterator<Item = (&'a Face, &'a Face, bool)>, extractor: usize) -> Outcome<Self> {
        let (mut genuine, mut impostor) = (Vec::new(), Vec::new());
        for (a, b, same) in pairs {
            let similarity = a.vectors[extractor].similarity(&b.vectors[extractor])?;
            if same { genuine.push(similarity) } else { impostor.push(similarity) }
        }
        genuine.sort_by(|a, b| b.total_cmp(a));
        impostor.sort_by(|a, b| b.total_cmp(a));
        if genuine.is_empty() || impostor.is_empty() {
            return Err("genuine and impostor pairs are required".into());
        }
        Ok(Self { genuine, impostor })
    }

    /// Lowest threshold at which the false match rate is at most `fmr`.
    fn threshold(&self, fmr: f64) -> f32 {
        self.impostor[((fmr * self.impostor.len() as f64) as usize).min(self.impostor.len() - 1)]
    }

    fn fnmr(&self, threshold: f32) -> f64 {
        1.0 - above(&self.genuine, threshold) as f64 / self.genuine.len() as f64
    }

    /// Equal error rate: the rate at which false matches and false non-matches are equally frequent.
    fn equal_error_rate(&self) -> f64 {
        let rates = self.genuine.iter().enumerate().map(|(matched, &threshold)| {
            let fnmr = 1.0 - matched as f64 / self.genuine.len() as f64;
            let fmr = above(&self.impostor, threshold) as f64 / self.impostor.len() as f64;
            ((fnmr - fmr).abs(), (fnmr + fmr) / 2.0)
        });
        rates.min_by(|a, b| a.0.total_cmp(&b.0)).map_or(0.0, |(_, rate)| rate)
    }

    fn summary(&self) -> String {
        let rates = RATES.into_iter().filter(|rate| rate * self.impostor.len() as f64 >= 1.0);
        let rates: Vec<_> = rates
            .map(|rate| {
                format!(
                    "TAR@{rate:e} {:.4} ({:.4})",
                    1.0 - self.fnmr(self.threshold(rate)),
                    self.threshold(rate)
                )
            })
            .collect();
        let (genuine, impostor, eer) = (self.genuine.len(), self.impostor.len(), self.equal_error_rate());
        format!("{genuine} genuine, {impostor} impostor pairs, EER {eer:.4}, {}", rates.join(", "))
    }
}

/// Number of values of a descending list that exceed a threshold.
fn above(descending: &[f32], threshold: f32) -> usize {
    descending.partition_point(|&value| value > threshold)
}

fn listed_pairs(data: &Path) -> Outcome<Vec<(String, String, bool)>> {
    let path = data.join("pairs.csv");
    let rows = if path.is_file() { table(&path)? } else { Vec::new() };
    let listed = rows.into_iter().filter(|row| row["pair_id"].starts_with("lfw"));
    Ok(listed.map(|row| (row["file_a"].clone(), row["file_b"].clone(), row["same"] == "1")).collect())
}

/// Rows of a CSV file without quoted cells, keyed by the column names of its first line.
fn table(path: &Path) -> Outcome<Vec<HashMap<String, String>>> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut lines = text.lines();
    let names: Vec<_> = lines.next().unwrap_or_default().split(',').map(str::to_owned).collect();
    Ok(lines.map(|line| names.iter().cloned().zip(line.split(',').map(str::to_owned)).collect()).collect())
}

fn read(path: &Path) -> Outcome<Image> {
    let image = image::open(path)?.to_rgb8();
    Ok(Image::from_rgb(image.width(), image.height(), image.into_raw())?)
}
