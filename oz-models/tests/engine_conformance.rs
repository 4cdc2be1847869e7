//! Conformance suite of the engine port, run on every engine with the bundled models and one of dynamic input
//! size.
#![cfg(any(feature = "candle", feature = "onnx"))]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod engine_support;

use oz_conformance::inference::{ModelSample, engine};
use oz_models::engine::EngineKind;

use engine_support::{bundled, dynamic_size, is_available};

fn samples() -> Vec<ModelSample> {
    let models = bundled().into_iter().map(|model| ModelSample { model, free: 1 });
    models.chain([ModelSample { model: dynamic_size(), free: 24 }]).collect()
}

fn check(kind: EngineKind) {
    if is_available(kind) {
        engine(kind.name(), &|| kind.create(&Default::default()).unwrap(), &samples());
    }
}

#[cfg(feature = "candle")]
#[test]
fn candle_conforms_to_the_port() {
    check(EngineKind::Candle);
}

#[cfg(feature = "candle")]
#[test]
fn candle_conforms_with_every_instruction_set() {
    use oz_models::engine::candle::CandleEngine;

    let models: Vec<_> = samples().into_iter().filter(|sample| sample.free > 1).collect();
    for number in 0..CandleEngine::all().len() {
        engine("candle", &|| std::sync::Arc::new(CandleEngine::all().swap_remove(number)), &models);
    }
}

#[cfg(feature = "onnx")]
#[test]
fn onnx_conforms_to_the_port() {
    check(EngineKind::Onnx);
}
