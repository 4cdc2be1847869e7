//! Node-by-node execution of a model on candle tensors, used on GPUs.
//!
//! Integers (shapes, axes) stay on the CPU; floating-point tensors are on the device.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use candle_core::{DType, Device, Tensor as Candle};
use oz_core::inference::port::Session;
use oz_core::inference::{ModelArtifact, ModelId, Signature, Tensor, TensorView};
use oz_core::{Error, Result};

use super::fault::{self, Fault};
use super::graph::{Graph, Value, numbers};
use super::{operators, session};
use crate::engine::shapes;

pub(super) struct Interpreter {
    model: ModelId,
    graph: Graph,
    device: Device,
}

/// Loads a model for `device`.
pub(super) fn load(model: &ModelArtifact, device: Device) -> Result<Arc<dyn Session>> {
    let failed = |fault: Fault| fault.at_load(model.id.as_str());
    let mut graph = session::read(&model.onnx).map_err(failed)?;
    for tensor in graph.constants.values_mut().filter(|tensor| tensor.dtype() == DType::F32) {
        *tensor = tensor.to_device(&device).map_err(|error| Error::inference("copying weights", error))?;
    }

    // Every thread has its own CUDA stream: without this, another thread could run before the weights are
    // copied.
    device.synchronize().map_err(|error| Error::inference("copying weights", error))?;

    Ok(Arc::new(Interpreter { model: model.id.clone(), graph, device }))
}

impl fmt::Debug for Interpreter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "candle session of {} on {:?}", self.model, self.device.location())
    }
}

impl Session for Interpreter {
    fn signature(&self) -> &Signature {
        &self.graph.signature
    }

    fn run(&self, inputs: &[TensorView<'_>]) -> Result<Vec<Tensor>> {
        shapes::check(self.signature(), inputs)?;
        let shapes: Vec<_> = inputs.iter().map(|input| input.shape().to_vec()).collect();
        let outputs = self.evaluate(inputs).map_err(|fault| fault.at_run(self.model.as_str(), &shapes))?;
        outputs.into_iter().map(|(shape, values)| Tensor::new(shape, values)).collect()
    }
}

impl Interpreter {
    fn evaluate(&self, inputs: &[TensorView<'_>]) -> fault::Result<Vec<(Vec<usize>, Vec<f32>)>> {
        let mut values: HashMap<Value, Candle> = HashMap::new();
        for (&value, input) in self.graph.inputs.iter().zip(inputs) {
            values.insert(value, Candle::from_slice(input.values(), input.shape(), &self.device)?);
        }

        let find = |values: &HashMap<Value, Candle>, value: Value| {
            let found = values.get(&value).or_else(|| self.graph.constants.get(&value)).cloned();
            found.ok_or_else(|| Fault::invalid("a value is not defined"))
        };
        for node in &self.graph.nodes {
            let inputs = node.inputs.iter().map(|input| input.map(|value| find(&values, value)).transpose());
            let inputs = inputs.collect::<fault::Result<Vec<_>>>()?;
            let inputs: Vec<_> = inputs.iter().map(Option::as_ref).collect();
            let outputs = operators::evaluate(node, self.graph.opset, &inputs)?;
            values.extend(node.outputs.iter().copied().zip(outputs));
        }

        let output = |&value: &Value| {
            let tensor = find(&values, value)?;
            Ok((tensor.dims().to_vec(), numbers(&tensor)?))
        };
        self.graph.outputs.iter().map(output).collect()
    }
}

#[cfg(test)]
mod tests {
    use oz_core::inference::{Dim, SessionOptions};

    use super::*;
    use crate::engine::candle::kernels::simd::Isa;

    /// Runs the interpreter on the CPU, so that it is tested on machines without a GPU as well.
    #[test]
    fn interpreter_and_kernels_compute_the_same_numbers() {
        let (detection, pad) = (&oz_weights_detection::FILES, &oz_weights_pad::FILES);
        for (file, onnx) in detection.iter().chain(pad).chain(&oz_weights_recognition::FILES) {
            let name = file.trim_end_matches(".onnx");
            let model = ModelArtifact { id: ModelId::new(name), onnx: onnx.to_vec().into() };
            let plain = load(&model, Device::Cpu).unwrap();
            let planned = session::load(&model, &SessionOptions::default(), Isa::detect()).unwrap();

            // 40 faces: a matrix copied for each face would exceed the limit on values.
            let batch = if name == "face_blendshapes" { 40 } else { 2 };
            let length = |dim: &Dim| if let Dim::Fixed(length) = dim { *length } else { batch };
            let shape: Vec<_> = plain.signature().inputs[0].shape.iter().map(length).collect();
            let count: usize = shape.iter().product();
            let values = (0..count).map(|index| (index as f32 * 0.37).sin()).collect();
            let input = Tensor::new(shape, values).unwrap();

            let (plain, planned) =
                (plain.run(&[input.view()]).unwrap(), planned.run(&[input.view()]).unwrap());
            for (plain, planned) in plain.iter().zip(&planned) {
                assert_eq!(plain.shape(), planned.shape());
                let scale = plain.values().iter().fold(1e-6f32, |scale, value| scale.max(value.abs()));
                let pairs = plain.values().iter().zip(planned.values());
                assert!(pairs.clone().all(|(left, right)| (left - right).abs() <= 1e-4 * scale), "{name}");
            }
        }
    }
}
