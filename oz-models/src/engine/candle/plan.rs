//! Execution plan of a network for inputs of known shapes: steps, their order and their memory.

use std::sync::Arc;

use candle_core::{Device, Tensor};

use super::fault::Result;
use super::graph::{Node, numbers};
use super::kernels::activation::Activation;
use super::kernels::aligned::Aligned;
use super::kernels::conv::{Convolution, ImageShape, Window};
use super::kernels::elementwise::{Binary, Unary, activate};
use super::kernels::gemm::{Epilogue, Residual};
use super::kernels::layout;
use super::kernels::parallel::Threads;
use super::kernels::pool::{Pooling, pool};
use super::kernels::reduce;
use super::kernels::resize::{Tap, resize};
use super::kernels::simd::Isa;
use super::operators;

/// Number of a buffer, the memory of one intermediate result.
pub(super) type Buffer = usize;

/// Location of the values of a tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Source {
    Input(usize),
    Constant(usize),
    Buffer(Buffer),
}

#[derive(Debug)]
pub(super) struct Plan {
    pub(super) steps: Vec<Step>,
    pub(super) constants: Vec<Arc<Aligned>>,
    pub(super) outputs: Vec<Output>,
    /// Slot and length of every buffer; buffers that are not in use at the same time share a slot.
    pub(super) buffers: Vec<(usize, usize)>,
    /// Lengths of the slots, in values.
    pub(super) slots: Vec<usize>,
}

#[derive(Debug)]
pub(super) struct Step {
    pub(super) work: Work,
    pub(super) inputs: Vec<Source>,
    pub(super) output: Buffer,
    pub(super) scratch: Option<Buffer>,
}

#[derive(Debug)]
pub(super) struct Output {
    pub(super) source: Source,
    pub(super) shape: Vec<usize>,
}

/// Operation of a step.
#[derive(Debug)]
pub(super) enum Work {
    /// Inputs: the image and, with `residual_channels`, a residual.
    Convolve(Box<Convolve>),
    Activate {
        activation: Activation,
        channels: usize,
    },
    Map(Unary),
    Combine {
        function: Binary,
        /// As [`Binary::run`].
        dims: Vec<[usize; 3]>,
    },
    Pool {
        pooling: Pooling,
        window: Window,
        shape: ImageShape,
        positions: [usize; 2],
    },
    Resize {
        shape: ImageShape,
        rows: Vec<Tap>,
        columns: Vec<Tap>,
    },
    Sum {
        /// As [`reduce::sum`].
        dims: Vec<(usize, usize)>,
        scale: f32,
    },
    /// Copies a strided part.
    Gather {
        start: usize,
        /// As [`layout::gather`].
        dims: Vec<(usize, usize)>,
    },
    /// Concatenates rows of the inputs; `rows` are their lengths.
    Join {
        rows: Vec<usize>,
    },
    /// Copies the input, of shape `lengths`, to offset `starts` of a tensor of shape `padded` filled with
    /// `value`.
    Border {
        value: f32,
        lengths: Vec<usize>,
        starts: Vec<usize>,
        padded: Vec<usize>,
    },
    /// Evaluates an operator without a kernel with candle.
    Candle {
        node: Arc<Node>,
        opset: i64,
        inputs: Vec<Option<Operand>>,
    },
}

#[derive(Debug)]
pub(super) struct Convolve {
    pub(super) convolution: Arc<Convolution>,
    pub(super) bias: Arc<Aligned>,
    pub(super) window: Window,
    pub(super) shape: ImageShape,
    pub(super) first: Activation,
    pub(super) residual_channels: Option<usize>,
    pub(super) second: Activation,
}

#[derive(Debug, Clone)]
pub(super) enum Operand {
    Constant(Tensor),
    /// Index of an input of the step, and its shape.
    Computed(usize, Vec<usize>),
}

/// Working memory of one run: the slots of a plan.
#[derive(Debug)]
pub(super) struct Memory(Vec<Aligned>);

impl Plan {
    pub(super) fn memory(&self) -> Memory {
        Memory(self.slots.iter().map(|&length| Aligned::zeros(length)).collect())
    }

    /// Runs the plan. Returns the row-major values of every output.
    pub(super) fn run(
        &self,
        isa: Isa,
        threads: &Threads,
        inputs: &[&[f32]],
        memory: &mut Memory,
    ) -> Result<Vec<Vec<f32>>> {
        for step in &self.steps {
            // Taken out of `memory` so that the inputs can be borrowed from it: `memory::share` never gives
            // the inputs of a step the slots of its output and scratch.
            let (slot, length) = self.buffers[step.output];
            let mut output = std::mem::take(&mut memory.0[slot]);
            let mut scratch = step.scratch.map(|buffer| {
                let (slot, _) = self.buffers[buffer];
                (slot, std::mem::take(&mut memory.0[slot]))
            });

            let sources = step.inputs.iter().map(|&source| self.values(source, inputs, memory));
            let sources: Vec<_> = sources.collect();
            let room = scratch.as_mut().map_or(&mut [][..], |(_, room)| room);
            step.work.run(isa, threads, &sources, room, &mut output[..length])?;

            memory.0[slot] = output;
            if let Some((slot, room)) = scratch {
                memory.0[slot] = room;
            }
        }

        Ok(self.outputs.iter().map(|output| self.values(output.source, inputs, memory).to_vec()).collect())
    }

    fn values<'a>(&'a self, source: Source, inputs: &[&'a [f32]], memory: &'a Memory) -> &'a [f32] {
        match source {
            Source::Input(number) => inputs[number],
            Source::Constant(number) => &self.constants[number],
            Source::Buffer(number) => {
                let (slot, length) = self.buffers[number];
                &memory.0[slot][..length]
            }
        }
    }
}

impl Work {
    fn run(
        &self,
        isa: Isa,
        threads: &Threads,
        inputs: &[&[f32]],
        scratch: &mut [f32],
        output: &mut [f32],
    ) -> Result<()> {
        match self {
            Self::Convolve(convolve) => convolve.run(threads, inputs, scratch, output),
            Self::Activate { activation, channels } => {
                activate(isa, activation, *channels, inputs[0], output);
            }
            Self::Map(function) => function.run(isa, inputs[0], output),
            Self::Combine { function, dims } => function.run(isa, inputs[0], inputs[1], dims, output),
            Self::Pool { pooling, window, shape, positions } => {
                pool(isa, *pooling, window, (inputs[0], *shape), *positions, output);
            }
            Self::Resize { shape, rows, columns } => resize((inputs[0], *shape), rows, columns, output),
            Self::Sum { dims, scale } => reduce::sum(inputs[0], dims, *scale, output),
            Self::Gather { start, dims } => layout::gather(inputs[0], *start, dims, output),
            Self::Join { rows } => layout::join(inputs, rows, output),
            Self::Border { value, lengths, starts, padded } => {
                output.fill(*value);
                layout::scatter(inputs[0], lengths, starts, padded, output);
            }
            Self::Candle { node, opset, inputs: operands } => {
                output.copy_from_slice(&fall_back(node, *opset, operands, inputs)?);
            }
        }
        Ok(())
    }
}

impl Convolve {
    fn run(&self, threads: &Threads, inputs: &[&[f32]], scratch: &mut [f32], output: &mut [f32]) {
        let residual = self.residual_channels.map(|channels| Residual { values: inputs[1], channels });
        let epilogue = Epilogue { first: &self.first, residual, second: &self.second };
        let image = (inputs[0], self.shape);
        self.convolution.run(threads, &self.window, image, &self.bias, epilogue, scratch, output);
    }
}

/// Evaluates an operator with candle.
fn fall_back(node: &Node, opset: i64, operands: &[Option<Operand>], inputs: &[&[f32]]) -> Result<Vec<f32>> {
    let tensor = |operand: &Operand| match operand {
        Operand::Constant(tensor) => Ok(tensor.clone()),
        Operand::Computed(number, shape) => {
            Tensor::from_slice(inputs[*number], shape.as_slice(), &Device::Cpu)
        }
    };

    let tensors = operands.iter().map(|operand| operand.as_ref().map(tensor).transpose());
    let tensors = tensors.collect::<std::result::Result<Vec<_>, _>>()?;
    let tensors: Vec<_> = tensors.iter().map(Option::as_ref).collect();
    numbers(&operators::evaluate(node, opset, &tensors)?[0])
}
