//! An inference engine of an application: tract behind the port `Engine`, measured next to candle.
//!
//! `cargo run --release --example tract_engine -- [MODEL…]`
//!
//! tract compiles a model for fixed shapes, so a session keeps one plan for each shape of its input. A model
//! that tract cannot load or run is a row of the table with the error.

use std::collections::HashMap;
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use oz::{Config, Engines};
use oz_core::inference::port::{Engine, Session};
use oz_core::inference::{
    Device, Dim, EngineCapabilities, ModelArtifact, ModelId, Precision, SessionOptions, Signature, Tensor,
    TensorSpec, TensorView,
};
use oz_core::{Error, Result};
use oz_evaluation::bench::{BenchPlan, bench};
use tract_onnx::prelude::*;
use tract_onnx::tract_hir::infer::Factoid as _;
use tract_onnx::tract_hir::internal::DimLike as _;

const NAME: &str = "tract";

/// Engine without state.
#[derive(Debug)]
struct TractEngine;

impl Engine for TractEngine {
    fn name(&self) -> &'static str {
        NAME
    }

    fn capabilities(&self) -> EngineCapabilities {
        EngineCapabilities {
            version: "0.23".into(),
            devices: vec![Device::Cpu],
            precisions: vec![Precision::F32],
            detail: "pure Rust with kernels in assembly, one thread".into(),
        }
    }

    /// Refuses options that tract does not support. The number of threads is a maximum; one is used.
    fn load(&self, artifact: &ModelArtifact, options: &SessionOptions) -> Result<Arc<dyn Session>> {
        if options.device != Device::Cpu || options.precision != Precision::F32 {
            let option = format!("{} with {:?}", options.device, options.precision);
            return Err(Error::InferenceUnsupportedOption { name: NAME.into(), option });
        }

        let invalid = |error: TractError| Error::InferenceInvalidModel {
            model: artifact.id.to_string(),
            detail: format!("{error:#}"),
        };
        let model = onnx().model_for_read(&mut &*artifact.onnx).map_err(invalid)?;
        let signature = signature(&model).map_err(invalid)?;
        Ok(Arc::new(TractSession { id: artifact.id.clone(), model, signature, plans: Mutex::default() }))
    }
}

fn signature(model: &InferenceModel) -> TractResult<Signature> {
    // Bytes that are not a model can parse as one without content.
    if model.output_outlets()?.is_empty() {
        return Err(TractError::msg("the model has no outputs"));
    }

    let spec = |&outlet: &OutletId| {
        let fact = model.outlet_fact(outlet)?;
        let length =
            |dim: Option<TDim>| dim.and_then(|dim| dim.to_usize().ok()).map_or(Dim::Dynamic, Dim::Fixed);
        let name = model.outlet_label(outlet).unwrap_or(&model.node(outlet.node).name);
        TractResult::Ok(TensorSpec {
            name: name.into(),
            shape: fact.shape.dims().map(|dim| length(dim.concretize())).collect(),
        })
    };
    Ok(Signature {
        inputs: model.input_outlets()?.iter().map(spec).collect::<TractResult<_>>()?,
        outputs: model.output_outlets()?.iter().map(spec).collect::<TractResult<_>>()?,
    })
}

/// Model compiled for the shapes of its inputs.
type Plan = Arc<TypedRunnableModel>;

/// Loaded model.
struct TractSession {
    id: ModelId,
    model: InferenceModel,
    signature: Signature,
    /// Plans by the shapes of the inputs. Locked only to look up a plan, not while it runs.
    plans: Mutex<HashMap<Vec<Vec<usize>>, Plan>>,
}

impl fmt::Debug for TractSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tract session of {}", self.id)
    }
}

impl TractSession {
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

    fn plan(&self, inputs: &[TensorView<'_>]) -> TractResult<Plan> {
        let shapes: Vec<_> = inputs.iter().map(|input| input.shape().to_vec()).collect();
        let mut plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(plan) = plans.get(&shapes) {
            return Ok(plan.clone());
        }

        let mut model = self.model.clone();
        for (index, shape) in shapes.iter().enumerate() {
            model = model.with_input_fact(index, f32::fact(shape).into())?;
        }
        let plan = model.into_optimized()?.into_runnable()?;
        plans.insert(shapes, plan.clone());
        Ok(plan)
    }
}

impl Session for TractSession {
    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn run(&self, inputs: &[TensorView<'_>]) -> Result<Vec<Tensor>> {
        self.check(inputs)?;
        let failed = |error: TractError| Error::inference(format!("`{}` on tract", self.id), error);
        let plan = self.plan(inputs).map_err(failed)?;
        let values = inputs.iter().map(|input| {
            tract_onnx::prelude::Tensor::from_shape(input.shape(), input.values()).map(TValue::from)
        });
        let values = values.collect::<TractResult<_>>().map_err(failed)?;

        let outputs = plan.run(values).map_err(failed)?;
        let tensors = outputs.iter().map(|output| {
            let view = output.to_plain_array_view::<f32>().map_err(failed)?;
            Tensor::new(view.shape().to_vec(), view.iter().copied().collect())
        });
        tensors.collect()
    }
}

/// Registry of the built-in engines and tract.
pub(crate) fn engines(config: &Config) -> Result<Engines> {
    Engines::built_in(&config.engine_config()).with(NAME, |_options| Ok(Arc::new(TractEngine)))
}

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let config = Config::default();
    let engines = engines(&config)?;

    // The first engine is the reference.
    let plan = BenchPlan {
        engines: vec!["candle".into(), NAME.into()],
        models: std::env::args().skip(1).collect(),
        iterations: NonZeroUsize::new(5).ok_or("at least one run")?,
        time_limit: Duration::from_millis(300),
        ..BenchPlan::default()
    };
    print!("{}", bench(&plan, &engines, &config, &mut |_progress| {})?);
    Ok(())
}
