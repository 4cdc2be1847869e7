//! Planning: turns a graph and the shapes of its inputs into a [`Plan`].
//!
//! Every value is either a constant, folded while planning, or a [`PlannedTensor`]: the logical shape of the
//! ONNX file plus the order of the dimensions in memory. `Transpose` only renames dimensions; a step that
//! needs a certain memory order obtains it with [`Planner::arrange`].

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use candle_core::{DType, Device, Tensor};

use super::fault::{Fault, Result};
use super::graph::{Graph, Node, Value, elements, numbers};
use super::kernels::aligned::Aligned;
use super::kernels::conv::Convolution;
use super::kernels::layout;
use super::kernels::simd::Isa;
use super::memory;
use super::operators;
use super::plan::{Buffer, Operand, Output, Plan, Source, Step, Work};

/// A graph and the packed weights of its kernels, which are packed on first use and shared by all plans.
#[derive(Debug)]
pub(super) struct Network {
    pub(super) graph: Graph,
    pub(super) isa: Isa,
    nodes: Vec<Arc<Node>>,
    /// Numbers of the nodes that read each value.
    readers: Vec<Vec<usize>>,
    /// Number of the node that computes a value.
    producers: HashMap<Value, usize>,
    /// Packed weights by number of the node.
    packed: Mutex<HashMap<usize, Arc<Convolution>>>,
}

impl Network {
    pub(super) fn new(mut graph: Graph, isa: Isa) -> Self {
        let nodes: Vec<_> = graph.nodes.drain(..).map(Arc::new).collect();
        let mut readers = vec![vec![]; graph.values];
        let mut producers = HashMap::new();
        for (number, node) in nodes.iter().enumerate() {
            for &value in node.inputs.iter().flatten() {
                readers[value].push(number);
            }
            producers.extend(node.outputs.iter().map(|&value| (value, number)));
        }
        Self { graph, isa, nodes, readers, producers, packed: Mutex::default() }
    }

    /// Plans the network for inputs of these shapes.
    pub(super) fn plan(&self, shapes: &[Vec<usize>]) -> Result<Plan> {
        Planner::new(self, shapes)?.plan()
    }

    /// Packed weights of a node; `pack` is called on first use.
    pub(super) fn packed(
        &self,
        node: usize,
        pack: impl FnOnce() -> Result<Convolution>,
    ) -> Result<Arc<Convolution>> {
        let mut packed = self.packed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = packed.get(&node) {
            return Ok(found.clone());
        }

        let made = Arc::new(pack()?);
        packed.insert(node, made.clone());
        Ok(made)
    }

    /// Node that computes `value`; `None` for inputs and constants.
    pub(super) fn producer(&self, value: Value) -> Option<&Node> {
        Some(&self.nodes[*self.producers.get(&value)?])
    }
}

/// A tensor known while planning: its shape, memory order and location, but not its values.
#[derive(Debug, Clone)]
pub(super) struct PlannedTensor {
    /// Logical shape.
    pub(super) shape: Vec<usize>,
    /// Logical dimensions in memory order, outermost first.
    pub(super) order: Vec<usize>,
    pub(super) source: Source,
}

impl PlannedTensor {
    fn memory_shape(&self) -> Vec<usize> {
        self.order.iter().map(|&axis| self.shape[axis]).collect()
    }

    /// Whether the memory order is equivalent to `order`: dimensions of length 1 do not affect it.
    fn is_ordered_as(&self, order: &[usize]) -> bool {
        let long =
            |order: &[usize]| order.iter().copied().filter(|&axis| self.shape[axis] != 1).collect::<Vec<_>>();
        long(&self.order) == long(order)
    }
}

/// Memory order of tensors in ONNX.
pub(super) fn row_major(rank: usize) -> Vec<usize> {
    (0..rank).collect()
}

/// Memory order of the kernels: `[N, spatial…, C]` for `[N, C, spatial…]`.
pub(super) fn channels_last(rank: usize) -> Vec<usize> {
    if rank < 3 { row_major(rank) } else { [0].into_iter().chain(2..rank).chain([1]).collect() }
}

/// State of planning one network for one list of input shapes.
pub(super) struct Planner<'a> {
    pub(super) network: &'a Network,
    pub(super) constants: HashMap<Value, Tensor>,
    tensors: HashMap<Value, PlannedTensor>,
    /// Copies in another memory order, see [`Planner::arrange`].
    arranged: HashMap<(Source, Vec<usize>), Source>,
    /// Nodes that were fused to a previous one.
    absorbed: HashSet<usize>,
    steps: Vec<Step>,
    /// Constants that the steps read.
    values: Vec<Arc<Aligned>>,
    /// Lengths of the buffers, in values.
    lengths: Vec<usize>,
    /// Values read and written by folding so far.
    folded: usize,
}

impl<'a> Planner<'a> {
    fn new(network: &'a Network, shapes: &[Vec<usize>]) -> Result<Self> {
        let mut tensors = HashMap::new();
        for (number, (&value, shape)) in network.graph.inputs.iter().zip(shapes).enumerate() {
            elements(shape)?;
            let source = Source::Input(number);
            let order = row_major(shape.len());
            tensors.insert(value, PlannedTensor { shape: shape.clone(), order, source });
        }

        Ok(Self {
            network,
            constants: HashMap::new(),
            tensors,
            arranged: HashMap::new(),
            absorbed: HashSet::new(),
            steps: vec![],
            values: vec![],
            lengths: vec![],
            folded: 0,
        })
    }

    fn plan(mut self) -> Result<Plan> {
        for (number, node) in self.network.nodes.iter().enumerate() {
            if self.absorbed.contains(&number) || self.fold(node)? {
                continue;
            }
            self.lower(number, node)?;
        }

        let outputs = self.network.graph.outputs.iter().map(|&value| {
            let tensor = self.tensor(value)?;
            let tensor = self.arrange(&tensor, &row_major(tensor.shape.len()))?;
            Ok(Output { source: tensor.source, shape: tensor.shape })
        });
        let outputs = outputs.collect::<Result<Vec<_>>>()?;

        let steps = memory::drop_unused(self.steps, &outputs);
        let (buffers, slots) = memory::share(&steps, &outputs, &self.lengths);
        elements(&[slots.iter().sum()])?;

        Ok(Plan { steps, constants: self.values, outputs, buffers, slots })
    }

    /// Evaluates a node whose inputs are constants, and makes its outputs constants. Returns whether it did;
    /// operators that take much work are left to the plan.
    ///
    /// # Errors
    /// [`Fault::Unsupported`] if folding reads and writes more than 2^22 values in total: a file of a few
    /// bytes can request millions of values while it is loaded.
    fn fold(&mut self, node: &Node) -> Result<bool> {
        const MAX_FOLDED: usize = 1 << 22;
        const HEAVY: [&str; 6] = ["Conv", "MatMul", "Gemm", "Resize", "MaxPool", "AveragePool"];

        // The shape of a tensor is known even though its values are not.
        if node.operator == "Shape"
            && let Some(tensor) = node.input(0).and_then(|value| self.tensors.get(&value))
        {
            // One value that is broadcast: takes no memory.
            let like = Tensor::zeros((), DType::F32, &Device::Cpu)?.broadcast_as(tensor.shape.as_slice())?;
            return self.remember(node, operators::evaluate(node, self.network.graph.opset, &[Some(&like)])?);
        }

        let known = node.inputs.iter().flatten().all(|&value| self.constant(value).is_some());
        if HEAVY.contains(&node.operator.as_str()) || !known {
            return Ok(false);
        }

        let inputs: Vec<_> =
            node.inputs.iter().map(|input| input.and_then(|value| self.constant(value).cloned())).collect();
        let inputs: Vec<_> = inputs.iter().map(Option::as_ref).collect();
        self.folded += inputs.iter().flatten().map(|tensor| tensor.elem_count()).sum::<usize>();
        if self.folded > MAX_FOLDED {
            return Err(node.unsupported("computed constants that are too large"));
        }

        let (opset, most) = (self.network.graph.opset, MAX_FOLDED - self.folded);
        let outputs = operators::evaluate_within(node, opset, &inputs, most)?;
        self.folded += outputs.iter().map(Tensor::elem_count).sum::<usize>();
        if self.folded > MAX_FOLDED {
            return Err(node.unsupported("computed constants that are too large"));
        }

        self.remember(node, outputs)
    }

    /// Records the outputs of a folded node; always `Ok(true)`.
    fn remember(&mut self, node: &Node, outputs: Vec<Tensor>) -> Result<bool> {
        self.constants.extend(node.outputs.iter().copied().zip(outputs));
        Ok(true)
    }

    /// A value as a constant, from the file or folded.
    pub(super) fn constant(&self, value: Value) -> Option<&Tensor> {
        self.constants.get(&value).or_else(|| self.network.graph.constants.get(&value))
    }

    /// The tensor of a value. A constant is stored in the plan on first use.
    pub(super) fn tensor(&mut self, value: Value) -> Result<PlannedTensor> {
        if let Some(tensor) = self.tensors.get(&value) {
            return Ok(tensor.clone());
        }

        let constant = self.constant(value).ok_or_else(|| Fault::invalid("a value is not defined"))?.clone();
        let shape = constant.dims().to_vec();
        let tensor = PlannedTensor {
            order: row_major(shape.len()),
            source: self.store(&numbers(&constant).map_err(|_| Fault::unsupported("integers as data"))?),
            shape,
        };
        self.tensors.insert(value, tensor.clone());
        Ok(tensor)
    }

    /// The tensor of a value, if a previous step computes it.
    pub(super) fn computed(&self, value: Value) -> Option<&PlannedTensor> {
        self.tensors.get(&value)
    }

    /// Adds a constant to the plan.
    fn store(&mut self, values: &[f32]) -> Source {
        self.values.push(Arc::new(Aligned::from_padded(values, values.len())));
        Source::Constant(self.values.len() - 1)
    }

    pub(super) fn set(&mut self, value: Value, tensor: PlannedTensor) {
        self.tensors.insert(value, tensor);
    }

    /// The node that reads `value`, if it is the only reader and the value is not an output of the graph.
    pub(super) fn only_reader(&self, value: Value) -> Option<(usize, &'a Arc<Node>)> {
        if self.network.graph.outputs.contains(&value) {
            return None;
        }
        match self.network.readers[value].as_slice() {
            &[reader] => Some((reader, &self.network.nodes[reader])),
            _ => None,
        }
    }

    /// Marks a node as fused to a previous one, so that it is not lowered.
    pub(super) fn absorb(&mut self, node: usize) {
        self.absorbed.insert(node);
    }

    /// `tensor` in the memory order `order`; adds a step that copies it, or copies a constant now, if
    /// necessary.
    pub(super) fn arrange(&mut self, tensor: &PlannedTensor, order: &[usize]) -> Result<PlannedTensor> {
        let arranged = |source| PlannedTensor { shape: tensor.shape.clone(), order: order.to_vec(), source };
        if tensor.is_ordered_as(order) {
            return Ok(arranged(tensor.source));
        }

        // A copy is identified by the dimensions in memory: after `Transpose` the same memory has other
        // logical dimensions.
        let axes: Vec<_> = order
            .iter()
            .map(|axis| tensor.order.iter().position(|other| other == axis).unwrap_or(0))
            .collect();
        let memory_shape = tensor.memory_shape();
        let key = (tensor.source, [memory_shape.clone(), axes.clone()].concat());
        if let Some(&source) = self.arranged.get(&key) {
            return Ok(arranged(source));
        }

        let strides = layout::row_major_strides(&memory_shape);
        let dims = layout::collapse(axes.iter().map(|&axis| (memory_shape[axis], strides[axis])));
        let length = elements(&tensor.shape)?;
        let source = if let Source::Constant(number) = tensor.source {
            let mut values = vec![0.0; length];
            layout::gather(&self.values[number], 0, &dims, &mut values);
            self.store(&values)
        } else {
            self.step(Work::Gather { start: 0, dims }, vec![tensor.source], length, 0)?
        };

        self.arranged.insert(key, source);
        Ok(arranged(source))
    }

    /// Adds a step whose output has `length` values and that needs `scratch` values of working memory.
    pub(super) fn step(
        &mut self,
        work: Work,
        inputs: Vec<Source>,
        length: usize,
        scratch: usize,
    ) -> Result<Source> {
        elements(&[length])?;
        elements(&[scratch])?;
        if length == 0 {
            return Err(Fault::unsupported("empty tensors"));
        }

        let output = self.buffer(length);
        let scratch = (scratch > 0).then(|| self.buffer(scratch));
        self.steps.push(Step { work, inputs, output, scratch });
        Ok(Source::Buffer(output))
    }

    fn buffer(&mut self, length: usize) -> Buffer {
        self.lengths.push(length);
        self.lengths.len() - 1
    }

    /// Plans a node to be evaluated by candle. Evaluating it once on zeros determines the shape of its
    /// output.
    pub(super) fn fall_back(&mut self, node: &Arc<Node>) -> Result<()> {
        if node.outputs.len() > 1 {
            return Err(node.unsupported("more than one output"));
        }
        let mut sources = vec![];
        let mut operands = vec![];
        for input in &node.inputs {
            let operand = match input {
                None => None,
                Some(value) => Some(match self.constant(*value) {
                    Some(tensor) => Operand::Constant(tensor.clone()),
                    None => {
                        let tensor = self.tensor(*value)?;
                        let tensor = self.arrange(&tensor, &row_major(tensor.shape.len()))?;
                        sources.push(tensor.source);
                        Operand::Computed(sources.len() - 1, tensor.shape)
                    }
                }),
            };
            operands.push(operand);
        }

        let zeros = |operand: &Operand| match operand {
            Operand::Constant(tensor) => Ok(tensor.clone()),
            Operand::Computed(_, shape) => Tensor::zeros(shape.as_slice(), DType::F32, &Device::Cpu),
        };
        let trial = operands.iter().map(|operand| operand.as_ref().map(zeros).transpose());
        let trial = trial.collect::<std::result::Result<Vec<_>, _>>()?;
        let trial: Vec<_> = trial.iter().map(Option::as_ref).collect();
        let opset = self.network.graph.opset;
        let output = operators::evaluate(node, opset, &trial)?.swap_remove(0);
        if output.dtype() != DType::F32 {
            return Err(node.unsupported("integers computed from data"));
        }

        let shape = output.dims().to_vec();
        let work = Work::Candle { node: node.clone(), opset, inputs: operands };
        let source = self.step(work, sources, elements(&shape)?, 0)?;
        self.set(node.output(), PlannedTensor { order: row_major(shape.len()), shape, source });
        Ok(())
    }
}
