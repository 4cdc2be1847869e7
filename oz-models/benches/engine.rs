//! Time of one run of every bundled model on engines of the registry, one thread.
//!
//! `cargo bench -p oz-models --features onnx,candle --bench engine`; benchmark ids are `run/MODEL
//! SHAPE/ENGINE`. `OZ_BENCH_ENGINES=candle,onnx` selects engines, all of which must start; by default, every
//! engine that starts is measured. To measure another engine, add it to `registry`.
#![allow(missing_docs, reason = "criterion's macros generate public functions")]

#[path = "../tests/weights/mod.rs"]
mod weights;

use std::sync::Arc;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use oz_core::inference::port::{Engine, Session};
use oz_core::inference::{Dim, ModelArtifact, ModelId, SessionOptions, Tensor};
use oz_models::engine::{EngineConfig, Engines};

/// Models that process every frame; their consecutive runs are measured as well.
const CHAIN: [&str; 3] = ["face_detection_short", "face_landmarks_478", "mobilefacenet_192"];

fn models() -> Vec<ModelArtifact> {
    let id = |name: &str| ModelId::new(name.trim_end_matches(".onnx"));
    weights::files().map(|(name, bytes)| ModelArtifact { id: id(name), onnx: bytes.into() }).collect()
}

fn registry() -> Engines {
    Engines::built_in(&EngineConfig::default())
}

/// The selected engines, or all that start, with their names in the registry.
fn engines() -> Vec<(String, Arc<dyn Engine>)> {
    let registry = registry();
    let create = |name: &str| registry.create(name, &SessionOptions::default());
    if let Ok(selected) = std::env::var("OZ_BENCH_ENGINES") {
        let start = |name: &str| create(name).unwrap_or_else(|error| panic!("OZ_BENCH_ENGINES: {error}"));
        return selected.split(',').map(|name| (name.to_owned(), start(name))).collect();
    }

    let report = |error| eprintln!("left out: {error}");
    let start = |name: &str| Some((name.to_owned(), create(name).map_err(report).ok()?));
    registry.names().into_iter().filter_map(start).collect()
}

fn input(session: &dyn Session) -> Tensor {
    let length = |dim: &Dim| if let Dim::Fixed(length) = dim { *length } else { 1 };
    let shape: Vec<_> = session.signature().inputs[0].shape.iter().map(length).collect();
    let count: usize = shape.iter().product();
    let values = (0..count).map(|index| (index as f32 * 0.37).sin()).collect();
    Tensor::new(shape, values).expect("the values fit the shape")
}

fn run(session: &dyn Session, input: &Tensor) -> Vec<Tensor> {
    session.run(&[input.view()]).expect("the input fits the model")
}

fn single_models(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("run");
    group.measurement_time(Duration::from_secs(3)).sample_size(50);

    for model in models() {
        for (engine_name, engine) in engines() {
            let session = engine.load(&model, &SessionOptions::default()).expect("the model loads");
            let input = input(&*session);
            let shape: Vec<_> = input.shape().iter().map(usize::to_string).collect();
            let name = format!("{} {}", model.id, shape.join("x"));
            let id = BenchmarkId::new(name, engine_name);
            group.bench_function(id, |bencher| bencher.iter(|| run(&*session, &input)));
        }
    }
}

fn whole_chain(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("chain");
    group.measurement_time(Duration::from_secs(3)).sample_size(50);
    let models: Vec<_> = models().into_iter().filter(|model| CHAIN.contains(&model.id.as_str())).collect();

    for (engine_name, engine) in engines() {
        let load = |model| engine.load(model, &SessionOptions::default()).expect("the model loads");
        let sessions: Vec<_> = models.iter().map(load).map(|session| (input(&*session), session)).collect();
        group.bench_function(
            BenchmarkId::new("detection_short+landmarks_478+mobilefacenet", engine_name),
            |bencher| {
                bencher.iter(|| {
                    sessions.iter().map(|(input, session)| run(&**session, input).len()).sum::<usize>()
                });
            },
        );
    }
}

criterion_group!(benches, single_models, whole_chain);
criterion_main!(benches);
