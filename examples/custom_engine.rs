//! An inference engine of an application: rten behind the port `Engine`, measured next to candle.
//!
//! `cargo run --release --example custom_engine -- [MODEL…]`
//!
//! Registers the engine, compares its times and outputs with those of candle on the default models (or on the
//! models of the ledger named on the command line), and runs the library on it.

use std::fmt;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use oz::{Config, Engines, Oz};
use oz_core::inference::port::{Engine, Session};
use oz_core::inference::{
    Device, Dim, EngineCapabilities, ModelArtifact, ModelId, Precision, SessionOptions, Signature, Tensor,
    TensorSpec, TensorView,
};
use oz_core::{Error, Result};
use oz_evaluation::bench::{BenchPlan, bench};
use rten::{Dimension, Model, NodeId, RunOptions, ThreadPool};
use rten_tensor::prelude::*;

const NAME: &str = "rten";

/// Engine without state. Only for verified files, such as those of the ledger: rten 0.27 does not return from
/// loading some truncated ones.
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

    /// Refuses options that rten does not support.
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

/// Loaded model. rten runs it through a shared reference, without a lock.
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
    /// Checks the number and shapes of the inputs, as the port requires.
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
            let tensor: rten_tensor::Tensor<f32> = value.try_into().map_err(|_| {
                Error::inference(format!("`{}` on rten", self.id), "the type of an output is not f32")
            })?;
            Tensor::new(tensor.shape().to_vec(), tensor.to_vec())
        });
        tensors.collect()
    }
}

/// Registry of the built-in engines and rten.
pub(crate) fn engines(config: &Config) -> Result<Engines> {
    Engines::built_in(&config.engine_config()).with(NAME, |_options| Ok(Arc::new(RtenEngine)))
}

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let config = Config::default();
    let engines = engines(&config)?;

    // The first engine is the reference.
    let plan = BenchPlan {
        engines: vec!["candle".into(), NAME.into()],
        models: std::env::args().skip(1).collect(),
        iterations: NonZeroUsize::new(10).ok_or("at least one run")?,
        time_limit: Duration::from_millis(300),
        ..BenchPlan::default()
    };
    print!("{}", bench(&plan, &engines, &config, &mut |_progress| {})?);

    // The library runs on the engine that the configuration names; `custom_engine` takes one directly.
    let oz = Oz::builder().config(config).engines(engines).engine(NAME).build()?;
    let portrait = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/astronaut.png");
    let (_, faces) = oz.inspect(portrait)?;
    println!("{oz:?} found {} face in the portrait", faces.len());
    Ok(())
}
