//! Engines of an application: registry, builder, benchmark.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use oz::core::inference::port::{Engine, Session};
use oz::core::inference::{EngineCapabilities, ModelArtifact, Signature, Tensor, TensorView};
use oz::core::{Error, Result};
use oz::models::engine::{EngineConfig, EngineKind};
use oz::{Config, Device, Engines, Oz, SessionOptions};
use oz_evaluation::bench::{AgreementVerdict, BenchPlan, BenchReport, bench};

/// candle, counting its runs and adding an error to the outputs.
#[derive(Debug)]
struct OwnEngine {
    candle: Arc<dyn Engine>,
    runs: Arc<AtomicUsize>,
    error: f32,
}

#[derive(Debug)]
struct OwnSession {
    candle: Arc<dyn Session>,
    runs: Arc<AtomicUsize>,
    error: f32,
}

impl OwnEngine {
    fn new(error: f32) -> Self {
        let candle = EngineKind::Candle.create(&EngineConfig::default()).unwrap();
        Self { candle, runs: Arc::default(), error }
    }
}

impl Engine for OwnEngine {
    fn name(&self) -> &'static str {
        "own"
    }

    fn capabilities(&self) -> EngineCapabilities {
        EngineCapabilities { version: "7.1".into(), ..self.candle.capabilities() }
    }

    fn load(&self, model: &ModelArtifact, options: &SessionOptions) -> Result<Arc<dyn Session>> {
        let candle = self.candle.load(model, options)?;
        Ok(Arc::new(OwnSession { candle, runs: self.runs.clone(), error: self.error }))
    }
}

impl Session for OwnSession {
    fn signature(&self) -> &Signature {
        self.candle.signature()
    }

    fn run(&self, inputs: &[TensorView<'_>]) -> Result<Vec<Tensor>> {
        self.runs.fetch_add(1, Ordering::Relaxed);
        let shifted = |output: Tensor| {
            let shape = output.shape().to_vec();
            Tensor::new(shape, output.values().iter().map(|value| value + self.error).collect())
        };
        self.candle.run(inputs)?.into_iter().map(shifted).collect()
    }
}

fn built_in() -> Engines {
    Engines::built_in(&EngineConfig::default())
}

/// The built-in engines, one that agrees with candle, one that does not, and one that does not start.
fn engines() -> Engines {
    let absent = |_: &SessionOptions| -> Result<Arc<dyn Engine>> {
        let (reason, remedy) = ("no accelerator".into(), "insert one".into());
        Err(Error::EngineUnavailable { name: "absent".into(), reason, remedy })
    };
    built_in()
        .with("own", |_| Ok(Arc::new(OwnEngine::new(0.0))))
        .and_then(|engines| engines.with("wrong", |_| Ok(Arc::new(OwnEngine::new(0.5)))))
        .and_then(|engines| engines.with("absent", absent))
        .unwrap()
}

fn compare(engines: &[&str], models: &[&str]) -> BenchReport {
    let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    let plan = BenchPlan {
        engines: names(engines),
        models: names(models),
        iterations: NonZeroUsize::new(2).unwrap(),
        time_limit: Duration::from_millis(100),
        ..BenchPlan::default()
    };
    bench(&plan, &self::engines(), &Config::default(), &mut |_| {}).unwrap()
}

#[test]
fn own_engine_runs_the_library() {
    let own = OwnEngine::new(0.0);
    let runs = own.runs.clone();
    let oz = Oz::builder().custom_engine(Arc::new(own)).build().unwrap();
    let features = oz.features(support::portrait()).unwrap();
    assert!(runs.load(Ordering::Relaxed) >= 3, "detection, mesh and features");
    assert_eq!((&*oz.engine().name, &*oz.engine().version), ("own", "7.1"));

    let candle = Oz::builder().engine("candle").build().unwrap();
    assert_eq!(features, candle.features(support::portrait()).unwrap());
}

#[test]
fn configuration_selects_a_registered_engine() {
    let config = Config { engine: "own".into(), ..Config::default() };
    let oz = Oz::builder().config(config).engines(engines()).build().unwrap();
    assert_eq!(oz.engine().name, "own");
    let oz = Oz::builder().engines(engines()).engine("candle").build().unwrap();
    assert_eq!(oz.engine().name, "candle");
}

#[test]
fn engine_that_does_not_start_is_an_error_with_its_remedy() {
    let error = Oz::builder().engines(engines()).engine("absent").build().unwrap_err();
    assert_eq!(error.code(), "inference.engine_unavailable");
    assert!(error.to_string().contains("insert one"), "{error}");
}

#[test]
fn error_of_an_unknown_engine_lists_the_registered_ones() {
    let error = Oz::builder().engines(engines()).engine("abacus").build().unwrap_err();
    assert_eq!(error.code(), "inference.engine_unknown");
    assert!(error.to_string().contains("onnx, candle, own, wrong, absent"), "{error}");
}

#[test]
fn factory_receives_device_and_threads() {
    let seen = Arc::new(std::sync::Mutex::new(None));
    let copy = seen.clone();
    let factory = move |options: &SessionOptions| -> Result<Arc<dyn Engine>> {
        *copy.lock().unwrap() = Some(options.clone());
        Err(Error::InferenceUnsupportedOption { name: "own".into(), option: options.device.to_string() })
    };
    let engines = built_in().with("own", factory).unwrap();
    let threads = NonZeroUsize::new(3).unwrap();
    let config = Config { engine: "own".into(), device: Device::Cuda(1), threads, ..Config::default() };
    let error = Oz::builder().config(config).engines(engines).build().unwrap_err();
    assert_eq!(error.code(), "inference.unsupported_option");
    let options = seen.lock().unwrap().clone().unwrap();
    assert_eq!((options.device, options.threads), (Device::Cuda(1), threads));
}

#[test]
fn benchmark_finds_agreement_difference_and_failure() {
    let report = compare(&["candle", "own", "wrong", "absent"], &["face_blendshapes"]);
    let [candle, own, wrong, absent] = &*report.models else { panic!("{report}") };
    let verdict = |row: &oz_evaluation::bench::ModelRow| {
        row.outcome.measured().unwrap().agreement.as_ref().map(|agreement| agreement.verdict)
    };
    assert_eq!(verdict(candle), None, "the reference is not compared with itself");
    assert_eq!(verdict(own), Some(AgreementVerdict::Agrees));
    assert_eq!(verdict(wrong), Some(AgreementVerdict::Differs));
    assert_eq!(absent.outcome.error().unwrap().code, "inference.engine_unavailable");
    assert!(!report.is_clean());
    assert!(compare(&["candle", "own"], &["face_blendshapes"]).is_clean());

    let text = report.to_string();
    for words in ["reference", "agrees", "DIFFERS", "failed: inference.engine_unavailable", "insert one"] {
        assert!(text.contains(words), "{words} is missing in\n{text}");
    }
}

#[test]
fn benchmark_without_engines_measures_all_that_start() {
    let report = compare(&[], &["face_blendshapes"]);
    let has_row = |name: &str| report.models.iter().any(|row| row.setup.engine == name);
    let is_left_out = |name: &str| report.left_out.iter().any(|engine| engine.engine == name);
    for name in engines().names() {
        assert!(has_row(name) != is_left_out(name), "{name}: {report}");
    }
    assert!(has_row("candle") && has_row("own") && is_left_out("absent"));
}

#[test]
fn benchmark_of_a_failing_reference_compares_nothing() {
    let report = compare(&["absent", "candle"], &["face_blendshapes"]);
    let [absent, candle] = &*report.models else { panic!("{report}") };
    assert!(absent.outcome.error().is_some());
    let times = candle.outcome.measured().unwrap();
    assert!(times.agreement.is_none() && times.speed_ratio.is_none());
    assert!(report.to_string().contains("not compared"), "{report}");
}

#[test]
fn benchmark_has_a_row_per_batch_size_and_reports_progress() {
    let plan = BenchPlan {
        engines: vec!["candle".into()],
        models: vec!["face_blendshapes".into()],
        batches: [1, 3].map(|size| NonZeroUsize::new(size).unwrap()).into(),
        time_limit: Duration::ZERO,
        ..BenchPlan::default()
    };
    let mut seen = vec![];
    let report = bench(&plan, &engines(), &Config::default(), &mut |progress| seen.push(progress)).unwrap();
    assert_eq!(report.models.iter().map(|row| row.batch).collect::<Vec<_>>(), [1, 3]);
    assert_eq!(
        seen.iter().map(|progress| (progress.done, progress.total)).collect::<Vec<_>>(),
        [(1, 2), (2, 2)]
    );
}
