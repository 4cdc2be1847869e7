//! A third inference engine in about a hundred lines: rten behind the port `Engine`.
//!
//! `cargo run --release --example custom_engine -- [MODEL.onnx]`
//!
//! Runs a model on it and on the embedded engine, and compares the numbers.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use oz_core::inference::port::{Engine, Session};
use oz_core::inference::{
    Device, Dim, EngineCapabilities, ModelArtifact, ModelId, Precision, SessionOptions, Signature, Tensor,
    TensorSpec, TensorView,
};
use oz_core::{Error, Result};
use oz_models::engine::{self, EngineConfig};
use rten::{Dimension, Model, NodeId, RunOptions, ThreadPool};
use rten_tensor::prelude::*;

const NAME: &str = "rten";

/// The engine: nothing to set up.
#[derive(Debug)]
struct RtenEngine;

impl Engine for RtenEngine {
    fn name(&self) -> &'static str {
        NAME
    }

    fn capabilities(&self) -> EngineCapabilities {
        EngineCapabilities {
            version: "0.27".into(),
            devices: vec![Device::Cpu],
            precisions: vec![Precision::F32],
            detail: "pure Rust".into(),
        }
    }

    /// Refuses what it cannot do; nothing falls back in silence.
    fn load(&self, artifact: &ModelArtifact, options: &SessionOptions) -> Result<Arc<dyn Session>> {
        if options.device != Device::Cpu || options.precision != Precision::F32 {
            let option = format!("{} with {:?}", options.device, options.precision);
            return Err(Error::InferenceUnsupportedOption { name: NAME.into(), option });
        }
        let model = Model::load(artifact.onnx.to_vec()).map_err(|error| Error::InferenceInvalidModel {
            model: artifact.id.to_string(),
            detail: error.to_string(),
        })?;
        let specs = |ids: &[NodeId]| ids.iter().map(|&id| spec(&model, id)).collect();
        let signature = Signature { inputs: specs(model.input_ids()), outputs: specs(model.output_ids()) };
        let threads = Arc::new(ThreadPool::with_num_threads(options.threads.get()));
        Ok(Arc::new(RtenSession { id: artifact.id.clone(), model, signature, threads }))
    }
}

fn spec(model: &Model, id: NodeId) -> TensorSpec {
    let info = model.node_info(id);
    let dim = |dim: Dimension| match dim {
        Dimension::Fixed(length) => Dim::Fixed(length),
        Dimension::Symbolic(_) => Dim::Dynamic,
    };
    TensorSpec {
        name: info.as_ref().and_then(rten::NodeInfo::name).unwrap_or_default().into(),
        shape: info.and_then(|info| info.shape()).unwrap_or_default().into_iter().map(dim).collect(),
    }
}

/// A model. rten runs it through a shared reference: no lock, no pool.
struct RtenSession {
    id: ModelId,
    model: Model,
    signature: Signature,
    threads: Arc<ThreadPool>,
}

impl fmt::Debug for RtenSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rten session of {}", self.id)
    }
}

impl RtenSession {
    /// The check that the port asks for.
    fn check(&self, inputs: &[TensorView<'_>]) -> Result<()> {
        let specs = &self.signature.inputs;
        let fits = specs.len() == inputs.len()
            && specs.iter().zip(inputs).all(|(spec, input)| spec.accepts(input.shape()));
        if fits {
            return Ok(());
        }
        Err(Error::InferenceShapeMismatch {
            at: self.id.to_string(),
            expected: specs.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
            actual: format!("{inputs:?}"),
        })
    }
}

impl Session for RtenSession {
    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn run(&self, inputs: &[TensorView<'_>]) -> Result<Vec<Tensor>> {
        self.check(inputs)?;
        let views =
            inputs.iter().map(|input| rten_tensor::TensorView::from_data(input.shape(), input.values()));
        let values = self.model.input_ids().iter().copied().zip(views.map(Into::into)).collect();
        let options = RunOptions::default().with_thread_pool(Some(self.threads.clone()));
        let failed = |error| Error::inference(format!("`{}` on rten", self.id), error);
        let outputs = self.model.run(values, self.model.output_ids(), Some(options)).map_err(failed)?;
        let tensors = outputs.into_iter().map(|value| {
            let tensor: rten_tensor::Tensor<f32> =
                value.try_into().map_err(|_| Error::inference("an output of rten", "it is no f32 tensor"))?;
            Tensor::new(tensor.shape().to_vec(), tensor.to_vec())
        });
        tensors.collect()
    }
}

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("oz-models/weights/mobilefacenet_192.onnx");
    let path = std::env::args_os().nth(1).map_or(default, PathBuf::from);
    let model = ModelArtifact { id: ModelId::new("example"), onnx: std::fs::read(path)?.into() };
    let embedded = engine::EngineKind::Candle.create(&EngineConfig::default())?;
    let engines: [Arc<dyn Engine>; 2] = [embedded, Arc::new(RtenEngine)];

    let mut answers = vec![];
    for engine in &engines {
        let session = engine.load(&model, &SessionOptions::default())?;
        let length = |dim: &Dim| if let Dim::Fixed(length) = dim { *length } else { 1 };
        let shape: Vec<usize> = session.signature().inputs[0].shape.iter().map(length).collect();
        let values = (0..shape.iter().product()).map(|index: usize| (index as f32 * 0.37).sin()).collect();
        let input = Tensor::new(shape, values)?;
        let outputs = session.run(&[input.view()])?;
        let first: Vec<_> = outputs[0].values().iter().take(4).collect();
        println!("{:8}{} -> {first:?}", engine.name(), session.signature().inputs[0]);
        answers.push(outputs);
    }
    let pairs = answers[0][0].values().iter().zip(answers[1][0].values());
    let largest = pairs.map(|(left, right)| (left - right).abs()).fold(0.0, f32::max);
    println!("largest difference {largest:e}");
    Ok(())
}
