//! Support code of the tests of this package.

#![allow(dead_code, reason = "each test binary uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(unreachable_pub, reason = "test binaries share a module by including its file")]

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use oz::{Config, Oz};
pub use oz_conformance::left_out;

/// The public-domain portrait of the fixtures.
pub fn portrait() -> PathBuf {
    const PORTRAIT: &str = "tests/fixtures/astronaut.png";
    let folders = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    folders
        .map(|folder| folder.join(PORTRAIT))
        .find(|path| path.exists())
        .expect("the repository has a portrait")
}

/// A handle on an engine. If the engine is not available, reports the tests as skipped and returns `None`.
pub fn oz_on(engine: &str) -> Option<Oz> {
    match Oz::builder().config(Config { engine: engine.into(), ..Config::default() }).build() {
        Ok(oz) => Some(oz),
        Err(error) if error.code() == "inference.engine_unavailable" => {
            left_out(format_args!("engine {engine}"), error.chain());
            None
        }
        Err(error) => panic!("engine {engine}: {}", error.chain()),
    }
}

/// A handle on each available engine. Candle is always available.
pub fn every_oz() -> Vec<Oz> {
    ["candle", "onnx"].into_iter().filter_map(oz_on).collect()
}

/// One handle for all tests of a binary that do not depend on the engine.
pub fn shared_oz() -> &'static Oz {
    static SHARED: OnceLock<Oz> = OnceLock::new();
    SHARED.get_or_init(|| Oz::builder().build().expect("candle is always available"))
}

/// The folder of real media for accuracy checks, from `OZ_EVAL_DATA`. Reports the test as skipped without it.
pub fn evaluation_data(test: &str) -> Option<PathBuf> {
    match std::env::var_os("OZ_EVAL_DATA") {
        Some(folder) if !folder.is_empty() => Some(folder.into()),
        _ => {
            left_out(test, "OZ_EVAL_DATA is not set");
            None
        }
    }
}

/// Results of `work` for the numbers below `count`, in order, on two threads. More threads do not help, since
/// the models use several themselves.
pub fn in_threads<T: Send>(count: u64, work: impl Fn(u64) -> T + Sync) -> Vec<T> {
    let next = std::sync::atomic::AtomicU64::new(0);
    let process = || {
        let mut results = Vec::new();
        loop {
            let number = next.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            if number >= count {
                return results;
            }
            results.push((number, work(number)));
        }
    };

    let mut results = std::thread::scope(|scope| {
        let other = scope.spawn(process);
        let mut results = process();
        results.extend(other.join().unwrap());
        results
    });

    results.sort_by_key(|(number, _)| *number);
    results.into_iter().map(|(_, result)| result).collect()
}

/// Every file below a folder, sorted.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() { folders.push(entry) } else { found.push(entry) }
        }
    }
    found.sort();
    found
}

/// Rows of a CSV file as cells by column name. Quoted cells are not supported.
pub fn csv(path: &Path) -> Vec<std::collections::HashMap<String, String>> {
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines = text.lines();
    let header: Vec<_> = lines.next().unwrap().split(',').map(str::to_owned).collect();
    lines.map(|line| header.iter().cloned().zip(line.split(',').map(str::to_owned)).collect()).collect()
}

/// Quality assessor that counts its calls and returns empty reports.
#[derive(Debug, Default)]
pub struct CountingQuality(std::sync::atomic::AtomicUsize);

impl CountingQuality {
    /// Number of calls.
    pub fn calls(&self) -> usize {
        self.0.load(std::sync::atomic::Ordering::SeqCst)
    }
}

impl oz::core::face::port::QualityAssessor for CountingQuality {
    fn assess(
        &self,
        _: &oz::Image,
        faces: &[oz::core::face::LocatedFace],
    ) -> oz::core::Result<Vec<oz::QualityReport>> {
        self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        Ok(faces.iter().map(|_| oz::QualityReport::from_components(Vec::new())).collect())
    }
}

/// The default extractor, with a count of the faces passed to it.
#[derive(Debug)]
pub struct CountingExtractor {
    extractor: std::sync::Arc<dyn oz::core::face::port::FeatureExtractor>,
    faces: std::sync::atomic::AtomicUsize,
}

impl Default for CountingExtractor {
    fn default() -> Self {
        let extractor = shared_oz().pipeline().stages().extractor.clone().unwrap();
        Self { extractor, faces: Default::default() }
    }
}

impl CountingExtractor {
    /// Number of faces passed to it.
    pub fn faces(&self) -> usize {
        self.faces.load(std::sync::atomic::Ordering::SeqCst)
    }
}

impl oz::core::face::port::FeatureExtractor for CountingExtractor {
    fn model(&self) -> &oz::core::inference::ModelId {
        self.extractor.model()
    }

    fn calibration(&self) -> &oz::core::face::Calibration {
        self.extractor.calibration()
    }

    fn extract(
        &self,
        faces: &[oz::core::face::FaceSample<'_>],
    ) -> oz::core::Result<Vec<oz::core::face::FeatureVector>> {
        self.faces.fetch_add(faces.len(), std::sync::atomic::Ordering::SeqCst);
        self.extractor.extract(faces)
    }
}
