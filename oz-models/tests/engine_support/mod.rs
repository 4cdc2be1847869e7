//! Models and inputs for engine tests.
#![allow(dead_code, reason = "each test file uses a part")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../weights/mod.rs"]
mod weights;

use std::sync::Arc;

use oz_conformance::left_out;
use oz_core::inference::port::{Engine, Session};
use oz_core::inference::{Dim, ModelArtifact, ModelId, SessionOptions, Tensor};
use oz_models::engine::proto::{
    GraphProto, Message as _, ModelProto, NodeProto, TensorProto, ValueInfoProto,
};
use oz_models::engine::{EngineConfig, EngineKind};

/// The default models.
pub(crate) fn bundled() -> Vec<ModelArtifact> {
    let id = |name: &str| ModelId::new(name.strip_suffix(".onnx").unwrap());
    weights::files().map(|(name, bytes)| ModelArtifact { id: id(name), onnx: bytes.into() }).collect()
}

/// A model with input `x` of shape `dims` (0: dynamic length) and output `y`.
pub(crate) fn model(
    name: &str,
    dims: &[i64],
    node: Vec<NodeProto>,
    constants: Vec<TensorProto>,
) -> ModelArtifact {
    let free = |(axis, &length): (usize, &i64)| match length {
        0 => format!("d{axis}").as_str().into(),
        length => length.into(),
    };
    let dims: Vec<_> = dims.iter().enumerate().map(free).collect();
    let mut output = ValueInfoProto::f32("y", &[]);
    output.r#type.as_mut().unwrap().tensor_type.as_mut().unwrap().shape = None;
    let graph = GraphProto {
        name: name.into(),
        node,
        initializer: constants,
        input: vec![ValueInfoProto::f32("x", &dims)],
        output: vec![output],
    };
    ModelArtifact { id: ModelId::new(name), onnx: ModelProto::new(graph, 13).encode_to_vec().into() }
}

/// A small network for images of any size (batch, height and width are dynamic).
pub(crate) fn dynamic_size() -> ModelArtifact {
    let weights: Vec<f32> = (0..8 * 3 * 9u16).map(|index| f32::from(index % 17) / 17.0 - 0.5).collect();
    let nodes = vec![
        NodeProto::new("Conv", &["x", "w"], "c").ints("pads", &[1, 1, 1, 1]).ints("strides", &[2, 2]),
        NodeProto::new("Relu", &["c"], "r"),
        NodeProto::new("MaxPool", &["r"], "p").ints("kernel_shape", &[2, 2]).ints("strides", &[2, 2]),
        NodeProto::new("Resize", &["p", "", "two"], "y").string("mode", "nearest"),
    ];
    let constants = vec![
        TensorProto::from_f32("w", &[8, 3, 3, 3], &weights),
        TensorProto::from_f32("two", &[4], &[1.0, 1.0, 2.0, 2.0]),
    ];
    model("dynamic_size", &[0, 3, 0, 0], nodes, constants)
}

/// Whether the engine can run on this machine; if not, the reason is reported.
pub(crate) fn is_available(kind: EngineKind) -> bool {
    match kind.create(&EngineConfig::default()) {
        Ok(_) => true,
        Err(error) => {
            left_out(format_args!("engine {kind}"), error);
            false
        }
    }
}

/// Every available engine.
pub(crate) fn engines() -> Vec<Arc<dyn Engine>> {
    let kinds = EngineKind::ALL.into_iter().filter(|&kind| kind.is_compiled() && is_available(kind));
    kinds.map(|kind| kind.create(&EngineConfig::default()).unwrap()).collect()
}

pub(crate) fn load(engine: &dyn Engine, model: &ModelArtifact) -> Arc<dyn Session> {
    engine.load(model, &SessionOptions::default()).unwrap()
}

/// Tensor whose values are hashes of their index, in [-1, 1]. `tools/golden/make.py` generates the same
/// values.
pub(crate) fn pseudorandom(shape: Vec<usize>) -> Tensor {
    let value = |index: u32| {
        let hash = index.wrapping_mul(2_654_435_761);
        let hash = (hash ^ (hash >> 15)).wrapping_mul(2_246_822_519);
        (f64::from(hash ^ (hash >> 13)) / 2f64.powi(31) - 1.0) as f32
    };
    let count: usize = shape.iter().product();
    let values = (0..u32::try_from(count).unwrap()).map(value).collect();
    Tensor::new(shape, values).unwrap()
}

/// Pseudorandom tensor for the first input; dynamic lengths become `batch`.
pub(crate) fn input(session: &dyn Session, batch: usize) -> Tensor {
    let length = |dim: &Dim| match dim {
        Dim::Fixed(length) => *length,
        Dim::Dynamic => batch,
    };
    pseudorandom(session.signature().inputs[0].shape.iter().map(length).collect())
}

pub(crate) fn cosine(left: &[f32], right: &[f32]) -> f64 {
    let dot = |left: &[f32], right: &[f32]| -> f64 {
        left.iter().zip(right).map(|(left, right)| f64::from(*left) * f64::from(*right)).sum()
    };
    dot(left, right) / (dot(left, left) * dot(right, right)).sqrt()
}

/// Maximum absolute difference relative to the maximum absolute value of `left`.
pub(crate) fn relative_error(left: &[f32], right: &[f32]) -> f32 {
    let scale = left.iter().fold(f32::MIN_POSITIVE, |scale, value| scale.max(value.abs()));
    left.iter().zip(right).fold(0.0, |worst: f32, (left, right)| worst.max((left - right).abs())) / scale
}
