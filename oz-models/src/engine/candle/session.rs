//! A model loaded for the CPU, and reading a model for any device.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use oz_core::inference::port::Session;
use oz_core::inference::{
    Device, Dim, ModelArtifact, ModelId, SessionOptions, Signature, Tensor, TensorView,
};
use oz_core::{Error, Result};

use super::fault::{self, Fault};
use super::gpu::Gpus;
use super::graph::Graph;
use super::kernels::parallel::Threads;
use super::kernels::simd::Isa;
use super::operators;
use super::plan::{Memory, Plan};
use super::planner::Network;
use super::pool::Pool;
use super::reader;
use crate::engine::shapes;

/// Maximum number of cached plans: a model is usually run on one or two shapes and a few batch sizes.
const MAX_PLANS: usize = 16;

/// Devices of this machine that the engine supports.
pub(super) fn devices() -> Vec<Device> {
    [Device::Cpu].into_iter().chain((0..Gpus::count()).map(Device::Cuda)).collect()
}

/// Loads a model for the CPU. If only its batch size is free, it is planned for one item, so that a model
/// that cannot be planned is refused here.
pub(super) fn load(model: &ModelArtifact, options: &SessionOptions, isa: Isa) -> Result<Arc<dyn Session>> {
    let name = model.id.as_str();
    let network = network(&model.onnx, isa).map_err(|fault| fault.at_load(name))?;
    let threads = Threads::new(options.threads.get());
    let threads = threads.map_err(|error| Error::inference("starting threads", error))?;

    let session = ProcessorSession { model: model.id.clone(), network, threads, plans: RwLock::default() };
    if let Some(shapes) = session.usual_shapes() {
        session.prepare(&shapes).map_err(|fault| fault.at_load(name))?;
    }

    Ok(Arc::new(session))
}

/// Reads a model and plans it for its declared input shapes, see [`usual_shape`].
pub(super) fn check(bytes: &[u8], isa: Isa) -> Result<()> {
    let network = network(bytes, isa).map_err(|fault| fault.at_load("model"))?;
    let shapes =
        network.graph.signature.inputs.iter().map(|spec| usual_shape(&spec.shape)).collect::<Vec<_>>();
    network.plan(&shapes).map_err(|fault| fault.at_load("model"))?;

    Ok(())
}

fn network(bytes: &[u8], isa: Isa) -> fault::Result<Network> {
    Ok(Network::new(read(bytes)?, isa))
}

/// Reads a model and refuses unknown operators.
pub(super) fn read(bytes: &[u8]) -> fault::Result<Graph> {
    let graph = reader::read(bytes)?;
    let unknown = graph.nodes.iter().find(|node| !operators::KNOWN.contains(&node.operator.as_str()));
    match unknown {
        Some(node) => Err(Fault::unsupported(node.operator.clone())),
        None => Ok(graph),
    }
}

/// Shape to plan a declared shape for: a free batch size becomes 1, other free lengths 32.
fn usual_shape(dims: &[Dim]) -> Vec<usize> {
    let length = |(axis, dim): (usize, &Dim)| match dim {
        Dim::Fixed(length) => *length,
        Dim::Dynamic if axis == 0 => 1,
        Dim::Dynamic => 32,
    };
    dims.iter().enumerate().map(length).collect()
}

struct ProcessorSession {
    model: ModelId,
    network: Network,
    threads: Threads,
    /// Plans by input shapes, oldest first. The lock is held only to find or add one.
    plans: RwLock<Vec<Prepared>>,
}

type Prepared = (Vec<Vec<usize>>, Arc<Ready>);

/// A plan and the idle working memories of its runs.
struct Ready {
    plan: Plan,
    memory: Pool<Memory>,
}

impl fmt::Debug for ProcessorSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "candle session of {} on {:?}", self.model, self.threads)
    }
}

impl ProcessorSession {
    /// Input shapes for one item, if no length but the batch size is free.
    fn usual_shapes(&self) -> Option<Vec<Vec<usize>>> {
        let inputs = &self.network.graph.signature.inputs;
        let fixed = |dims: &[Dim]| dims.iter().skip(1).all(|dim| matches!(dim, Dim::Fixed(_)));
        inputs
            .iter()
            .all(|spec| fixed(&spec.shape))
            .then(|| inputs.iter().map(|spec| usual_shape(&spec.shape)).collect())
    }

    /// The plan for these input shapes, made on first use.
    fn prepare(&self, shapes: &[Vec<usize>]) -> fault::Result<Arc<Ready>> {
        let plans = self.plans.read().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, ready)) = plans.iter().find(|(planned, _)| planned == shapes) {
            return Ok(ready.clone());
        }
        drop(plans);

        // Planned without the lock, so runs with other shapes do not wait.
        let ready = Arc::new(Ready { plan: self.network.plan(shapes)?, memory: Pool::new() });

        let mut plans = self.plans.write().unwrap_or_else(PoisonError::into_inner);
        if plans.len() >= MAX_PLANS {
            plans.remove(0);
        }
        plans.push((shapes.to_vec(), ready.clone()));
        Ok(ready)
    }
}

impl Session for ProcessorSession {
    fn signature(&self) -> &Signature {
        &self.network.graph.signature
    }

    fn run(&self, inputs: &[TensorView<'_>]) -> Result<Vec<Tensor>> {
        shapes::check(self.signature(), inputs)?;
        let shapes: Vec<_> = inputs.iter().map(|input| input.shape().to_vec()).collect();
        let failed = |fault: Fault| fault.at_run(self.model.as_str(), &shapes);
        let ready = self.prepare(&shapes).map_err(failed)?;

        let mut memory = ready.memory.take().unwrap_or_else(|| ready.plan.memory());
        let values: Vec<_> = inputs.iter().map(TensorView::values).collect();
        let outputs =
            ready.plan.run(self.network.isa, &self.threads, &values, &mut memory).map_err(failed)?;
        ready.memory.put(memory);

        let tensors = ready.plan.outputs.iter().zip(outputs);
        tensors.map(|(output, values)| Tensor::new(output.shape.clone(), values)).collect()
    }
}
