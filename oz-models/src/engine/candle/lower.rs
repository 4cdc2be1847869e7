//! What becomes of each operator.

use std::sync::Arc;

use candle_core::Tensor;

use super::arguments;
use super::fault::Result;
use super::fuse::Fusion;
use super::graph::{Node, Value, elements, integers, numbers};
use super::kernels::activation::Activation;
use super::kernels::conv::{Convolution, ImageShape, Window};
use super::kernels::elementwise::{Binary, Unary};
use super::kernels::layout;
use super::kernels::pool::Pooling;
use super::params;
use super::plan::{Convolve, Work};
use super::planner::{Place, Planner, channels_last, row_major};

const PIXEL: Window = Window { kernel: [1, 1], stride: [1, 1], dilation: [1, 1], pads: [0; 4] };

/// A product with packed weights, before it is known what follows it.
struct Linear {
    convolution: Arc<Convolution>,
    bias: Vec<f32>,
    window: Window,
    input: Place,
    image: ImageShape,
    /// Shape of the output, the order in which it lies in memory, and where its channels are.
    shape: Vec<usize>,
    order: Vec<usize>,
    axis: usize,
}

impl Planner<'_> {
    /// Adds the steps of a node.
    pub(super) fn lower(&mut self, number: usize, node: &Arc<Node>) -> Result<()> {
        match node.operator.as_str() {
            "Conv" => self.conv(number, node),
            "MatMul" | "Gemm" => self.product(number, node),
            "BatchNormalization" => self.normalise(number, node),
            "Relu" | "PRelu" | "Clip" | "LeakyRelu" => self.activation(node),
            "Add" | "Sub" | "Mul" | "Div" | "Max" | "Min" | "Pow" => self.binary(node),
            "MaxPool" | "AveragePool" => self.pool(node),
            "GlobalAveragePool" | "ReduceMean" | "ReduceSum" => self.reduce(node),
            "Resize" => self.resize(node),
            "DepthToSpace" => self.depth_to_space(node),
            "Concat" => self.concat(node),
            "Slice" => self.slice(node),
            "Split" => self.split(node),
            "Pad" => self.pad(node),
            "Transpose" => self.transpose(node),
            "Reshape" | "Flatten" | "Squeeze" | "Unsqueeze" => self.reshape(node),
            "Identity" | "Dropout" => {
                let place = self.input(node, 0)?;
                self.set(node.output(), place);
                Ok(())
            }
            _ => match unary(node) {
                Some(function) => self.unary(node, function),
                None => self.fall_back(node),
            },
        }
    }

    pub(super) fn input(&mut self, node: &Node, position: usize) -> Result<Place> {
        let value =
            node.input(position).ok_or_else(|| node.invalid(format!("input {position} is missing")))?;
        self.place(value)
    }

    /// The image that a node reads, channels last.
    fn image(&mut self, node: &Node) -> Result<(Place, ImageShape)> {
        let place = self.input(node, 0)?;
        let &[batch, channels, height, width] = place.shape.as_slice() else {
            return Err(node.unsupported(format!("an input of {} dimensions", place.shape.len())));
        };
        if elements(&place.shape)? == 0 {
            return Err(node.unsupported("tensors without values"));
        }
        Ok((self.arrange(&place, &channels_last(4))?, [batch, height, width, channels]))
    }

    /// An input that is a constant.
    fn known(&self, node: &Node, position: usize) -> Option<&Tensor> {
        self.constant(node.input(position)?)
    }

    fn known_integers(&self, node: &Node, position: usize, name: &str) -> Result<Option<Vec<i64>>> {
        match (node.input(position), self.known(node, position)) {
            (_, Some(tensor)) => Ok(Some(integers(tensor)?)),
            (Some(_), None) => Err(node.unsupported(format!("computed {name}"))),
            (None, None) => Ok(node.attributes.ints(name).map(<[i64]>::to_vec)),
        }
    }

    fn conv(&mut self, number: usize, node: &Arc<Node>) -> Result<()> {
        let Some(weights) = self.known(node, 1).cloned() else {
            return Err(node.unsupported("computed weights"));
        };
        let bias = match (node.input(2), self.known(node, 2)) {
            (Some(_), None) => return Err(node.unsupported("a computed bias")),
            (_, bias) => bias.map(numbers).transpose()?,
        };
        let (input, image) = self.image(node)?;
        let groups = params::groups(node, image[3], weights.dims())?;
        let (outputs, inputs, height, width) = weights.dims4()?;
        let (window, positions) = params::window(node, Some([height, width]), [image[1], image[2]])?;
        if bias.as_ref().is_some_and(|bias| bias.len() != outputs) {
            return Err(node.invalid("the bias does not fit"));
        }
        let isa = self.network.isa;
        let convolution = self.network.packed(number, || {
            let joined = window.dilation[1];
            Ok(Convolution::new(isa, &numbers(&weights)?, [outputs, inputs, height, width], groups, joined))
        })?;
        let shape = vec![image[0], outputs, positions[0], positions[1]];
        let bias = bias.unwrap_or_else(|| vec![0.0; outputs]);
        let order = channels_last(4);
        self.linear(node, Linear { convolution, bias, window, input, image, shape, order, axis: 1 })
    }

    /// A product with a constant matrix is a convolution of pixels.
    fn product(&mut self, number: usize, node: &Arc<Node>) -> Result<()> {
        let gemm = node.operator == "Gemm";
        let flag = |name| gemm && node.attributes.int(name, 0) != 0;
        let Some(weights) = self.known(node, 1).filter(|weights| weights.rank() == 2).cloned() else {
            return self.fall_back(node);
        };
        let place = self.input(node, 0)?;
        let rank = place.shape.len();
        let constant_addend = !gemm || node.input(2).is_none() || self.known(node, 2).is_some();
        if flag("transA") || rank < 2 || (gemm && rank != 2) || !constant_addend {
            return self.fall_back(node);
        }
        let input = self.arrange(&place, &row_major(rank))?;
        let (mut rows, mut columns) = weights.dims2()?;
        if flag("transB") {
            (rows, columns) = (columns, rows);
        }
        let pixels = elements(&place.shape[..rank - 1])?;
        if rows != place.shape[rank - 1] || pixels * rows * columns == 0 {
            return Err(node.invalid(format!("{:?} times {:?}", place.shape, weights.dims())));
        }
        let shape = [&place.shape[..rank - 1], &[columns]].concat();
        let attributes = &node.attributes;
        let addend = self.known(node, 2).filter(|_| gemm);
        let bias = match addend.map(|addend| per_channel(addend, &shape, 1)).transpose()? {
            None => vec![0.0; columns],
            Some(None) => return self.fall_back(node),
            Some(Some(bias)) => bias.iter().map(|value| value * attributes.float("beta", 1.0)).collect(),
        };
        let isa = self.network.isa;
        let convolution = self.network.packed(number, || {
            let alpha = if gemm { attributes.float("alpha", 1.0) } else { 1.0 };
            // Weights of a convolution have the outputs first.
            let weights = if flag("transB") { weights } else { weights.t()?.contiguous()? };
            let weights: Vec<_> = numbers(&weights)?.into_iter().map(|value| value * alpha).collect();
            Ok(Convolution::new(isa, &weights, [columns, rows, 1, 1], 1, 1))
        })?;
        let image = [1, 1, pixels, rows];
        let order = row_major(rank);
        self.linear(
            node,
            Linear { convolution, bias, window: PIXEL, input, image, shape, order, axis: rank - 1 },
        )
    }

    /// A scale and a shift for every channel are a convolution of single values.
    fn normalise(&mut self, number: usize, node: &Arc<Node>) -> Result<()> {
        let values = (1..5).map(|position| self.known(node, position).map(numbers).transpose());
        let Some(values) = values.collect::<Result<Option<Vec<_>>>>()? else { return self.fall_back(node) };
        let place = self.input(node, 0)?;
        let rank = place.shape.len();
        if rank < 2 || node.outputs.len() > 1 {
            return Err(node.unsupported("training or a vector"));
        }
        let channels = place.shape[1];
        let (scale, bias) = arguments::normalisation(node, channels, &values)?;
        let order = channels_last(rank);
        let input = self.arrange(&place, &order)?;
        let isa = self.network.isa;
        let convolution = self
            .network
            .packed(number, || Ok(Convolution::new(isa, &scale, [channels, 1, 1, 1], channels, 1)))?;
        let image = [1, 1, elements(&place.shape)? / channels, channels];
        let shape = place.shape;
        self.linear(node, Linear { convolution, bias, window: PIXEL, input, image, shape, order, axis: 1 })
    }

    fn linear(&mut self, node: &Node, linear: Linear) -> Result<()> {
        let Linear { convolution, bias, window, input, image, shape, order, axis } = linear;
        let fusion = Fusion { value: node.output(), bias, ..Fusion::default() };
        let depthwise = matches!(*convolution, Convolution::Depthwise(_));
        let fusion = self.fuse(fusion, &shape, &order, axis, depthwise)?;
        let scratch = convolution.scratch(&window, image);
        let mut inputs = vec![input.source];
        inputs.extend(fusion.residual.as_ref().map(|residual| residual.0));
        let work = Work::Convolve(Box::new(Convolve {
            first: convolution.prepare(&fusion.first),
            second: convolution.prepare(&fusion.second),
            residual_channels: fusion.residual.map(|residual| residual.1),
            bias: Arc::new(convolution.bias(&fusion.bias)),
            convolution,
            window,
            shape: image,
        }));
        let source = self.step(work, inputs, elements(&shape)?, scratch)?;
        self.set(fusion.value, Place { shape, order, source });
        Ok(())
    }

    /// The activation that a node is for tensors of `shape` with channels at `axis`, if it is one.
    pub(super) fn activation_of(
        &self,
        node: &Node,
        shape: &[usize],
        axis: usize,
    ) -> Result<Option<Activation>> {
        let channels = shape.get(axis).copied().unwrap_or(1);
        Ok(match node.operator.as_str() {
            "Relu" => Some(Activation::Relu),
            "LeakyRelu" => Some(Activation::PRelu(vec![node.attributes.float("alpha", 0.01); channels])),
            "PRelu" => match self.known(node, 1) {
                Some(slopes) => per_channel(slopes, shape, axis)?.map(Activation::PRelu),
                None => None,
            },
            "Clip" => {
                let computed =
                    |position| node.input(position).is_some() && self.known(node, position).is_none();
                if computed(1) || computed(2) {
                    return Ok(None);
                }
                let (low, high) = arguments::clip_bounds(node, self.known(node, 1), self.known(node, 2))?;
                Some(Activation::Clip(low, high))
            }
            _ => None,
        })
    }

    fn activation(&mut self, node: &Arc<Node>) -> Result<()> {
        let place = self.input(node, 0)?;
        let rank = place.shape.len();
        let axis = usize::from(rank > 1);
        let Some(activation) = self.activation_of(node, &place.shape, axis)? else {
            return self.fall_back(node);
        };
        let place = if matches!(activation, Activation::PRelu(_)) {
            self.arrange(&place, &channels_last(rank))?
        } else {
            place
        };
        let channels = place.shape.get(axis).copied().unwrap_or(1);
        self.pointwise(node, Work::Activate { activation, channels }, place)
    }

    fn unary(&mut self, node: &Node, function: Unary) -> Result<()> {
        let place = self.input(node, 0)?;
        self.pointwise(node, Work::Map(function), place)
    }

    fn pointwise(&mut self, node: &Node, work: Work, place: Place) -> Result<()> {
        let source = self.step(work, vec![place.source], elements(&place.shape)?, 0)?;
        self.set(node.output(), Place { source, ..place });
        Ok(())
    }

    fn binary(&mut self, node: &Arc<Node>) -> Result<()> {
        let function = match node.operator.as_str() {
            "Add" => Binary::Add,
            "Sub" => Binary::Sub,
            "Mul" => Binary::Mul,
            "Div" => Binary::Div,
            "Max" => Binary::Max,
            "Min" => Binary::Min,
            _ => Binary::Pow,
        };
        if node.inputs.len() != 2 {
            return Err(node.unsupported(format!("{} inputs", node.inputs.len())));
        }
        let (left, right) = (self.input(node, 0)?, self.input(node, 1)?);
        let shape = params::broadcast(node, &left.shape, &right.shape)?;
        let length = elements(&shape)?;
        let larger = if elements(&left.shape)? >= elements(&right.shape)? { &left } else { &right };
        let missing = shape.len() - larger.shape.len();
        let order: Vec<_> = (0..missing).chain(larger.order.iter().map(|axis| axis + missing)).collect();
        let (left, left_strides) = self.operand(&left, &order)?;
        let (right, right_strides) = self.operand(&right, &order)?;
        let dims = order.iter().zip(left_strides.into_iter().zip(right_strides));
        let dims = collapse(dims.map(|(&axis, (left, right))| [shape[axis], left, right]));
        let source =
            self.step(Work::Combine { function, dims }, vec![left.source, right.source], length, 0)?;
        self.set(node.output(), Place { shape, order, source });
        Ok(())
    }

    /// An operand whose dimensions lie as those of the result do, and its strides there: 0 where it repeats.
    fn operand(&mut self, place: &Place, order: &[usize]) -> Result<(Place, Vec<usize>)> {
        let missing = order.len() - place.shape.len();
        let own: Vec<_> = order.iter().filter_map(|axis| axis.checked_sub(missing)).collect();
        let place = self.arrange(place, &own)?;
        let lengths: Vec<_> = own.iter().map(|&axis| place.shape[axis]).collect();
        let mut strides = layout::row_major_strides(&lengths).into_iter().zip(lengths);
        let stride = |axis: &usize| {
            let (stride, length) = if *axis < missing { (0, 1) } else { strides.next().unwrap_or((0, 1)) };
            if length == 1 { 0 } else { stride }
        };
        let strides = order.iter().map(stride).collect();
        Ok((place, strides))
    }

    fn pool(&mut self, node: &Node) -> Result<()> {
        let (input, shape) = self.image(node)?;
        let (window, positions) = params::window(node, None, [shape[1], shape[2]])?;
        let pooling = match node.operator.as_str() {
            "MaxPool" => Pooling::Max,
            _ => Pooling::Average { border_counts: node.attributes.int("count_include_pad", 0) != 0 },
        };
        if node.outputs.len() > 1 {
            return Err(node.unsupported("indices"));
        }
        let work = Work::Pool { pooling, window, shape, positions };
        self.image_step(node, work, &input, vec![shape[0], shape[3], positions[0], positions[1]])
    }

    fn image_step(&mut self, node: &Node, work: Work, input: &Place, shape: Vec<usize>) -> Result<()> {
        let source = self.step(work, vec![input.source], elements(&shape)?, 0)?;
        self.set(node.output(), Place { shape, order: channels_last(4), source });
        Ok(())
    }

    fn resize(&mut self, node: &Node) -> Result<()> {
        let (input, shape) = self.image(node)?;
        if self.known(node, 2).is_none() && self.known(node, 3).is_none() {
            return Err(node.unsupported("computed sizes"));
        }
        let taps = arguments::resize_taps(node, &input.shape, self.known(node, 2), self.known(node, 3));
        let [rows, columns] = taps?;
        let resized = vec![shape[0], shape[3], rows.len(), columns.len()];
        self.image_step(node, Work::Resize { shape, rows, columns }, &input, resized)
    }

    fn reduce(&mut self, node: &Node) -> Result<()> {
        let place = self.input(node, 0)?;
        let rank = place.shape.len();
        let (axes, keep) = if node.operator == "GlobalAveragePool" {
            ((2..rank).collect(), true)
        } else {
            let axes = self.known_integers(node, 1, "axes")?;
            let axes = arguments::reduced_axes(node, rank, axes.as_deref())?;
            (axes, node.attributes.int("keepdims", 1) != 0)
        };
        let mut shape = place.shape.clone();
        for &axis in &axes {
            shape[axis] = 1;
        }
        let count = elements(&place.shape)? / elements(&shape)?.max(1);
        let scale = if node.operator == "ReduceSum" { 1.0 } else { 1.0 / count as f32 };
        let lengths: Vec<_> = place.order.iter().map(|&axis| shape[axis]).collect();
        let strides = layout::row_major_strides(&lengths);
        let dims = place
            .order
            .iter()
            .zip(strides)
            .map(|(&axis, stride)| [place.shape[axis], if axes.contains(&axis) { 0 } else { stride }, 0]);
        let dims = collapse(dims).into_iter().map(|[length, stride, _]| (length, stride)).collect();
        let source = self.step(Work::Sum { dims, scale }, vec![place.source], elements(&shape)?, 0)?;
        let mut reduced = Place { shape, order: place.order, source };
        if !keep {
            let kept: Vec<_> = (0..rank).filter(|axis| !axes.contains(axis)).collect();
            reduced.order.retain(|axis| kept.contains(axis));
            for axis in &mut reduced.order {
                *axis = kept.iter().position(|other| other == axis).unwrap_or(0);
            }
            reduced.shape = kept.iter().map(|&axis| reduced.shape[axis]).collect();
        }
        self.set(node.output(), reduced);
        Ok(())
    }

    fn depth_to_space(&mut self, node: &Node) -> Result<()> {
        let (input, [batch, height, width, channels]) = self.image(node)?;
        let (block, column_row_depth) = arguments::depth_block(node, channels)?;
        let depth = channels / (block * block);
        let pixel = [channels, depth * block, depth, block, 1];
        let [row, line, column, across] = if column_row_depth {
            [width * pixel[0], block, pixel[0], 1]
        } else {
            [width * pixel[0], pixel[1], pixel[0], pixel[2]]
        };
        let depth_stride = if column_row_depth { block * block } else { 1 };
        let dims = [
            (batch, height * row),
            (height, row),
            (block, line),
            (width, column),
            (block, across),
            (depth, depth_stride),
        ];
        let work = Work::Gather { start: 0, dims: layout::collapse(dims.into_iter()) };
        self.image_step(node, work, &input, vec![batch, depth, height * block, width * block])
    }

    fn concat(&mut self, node: &Node) -> Result<()> {
        let places = (0..node.inputs.len()).map(|position| self.input(node, position));
        let places = places.collect::<Result<Vec<_>>>()?;
        let first = places.first().ok_or_else(|| node.invalid("no input"))?;
        let (mut shape, order) = (first.shape.clone(), first.order.clone());
        let axis = params::axis(node, node.attributes.int("axis", 0), shape.len())?;
        shape[axis] = 0;
        let mut sources = vec![];
        let mut rows = vec![];
        for place in &places {
            let mut rest = place.shape.clone();
            let length = std::mem::take(rest.get_mut(axis).unwrap_or(&mut 0));
            if rest.iter().zip(&shape).enumerate().any(|(at, (left, right))| at != axis && left != right)
                || rest.len() != shape.len()
            {
                return Err(node.invalid(format!("{:?} beside {:?}", place.shape, first.shape)));
            }
            shape[axis] += length;
            if length == 0 {
                continue;
            }
            let place = self.arrange(place, &order)?;
            let at = order.iter().position(|&other| other == axis).unwrap_or(0);
            rows.push(order[at..].iter().map(|&axis| place.shape[axis]).product());
            sources.push(place.source);
        }
        let source = self.step(Work::Join { rows }, sources, elements(&shape)?, 0)?;
        self.set(node.output(), Place { shape, order, source });
        Ok(())
    }

    fn slice(&mut self, node: &Node) -> Result<()> {
        let place = self.input(node, 0)?;
        let missing = || node.invalid("starts or ends are missing");
        let starts = self.known_integers(node, 1, "starts")?.ok_or_else(missing)?;
        let ends = self.known_integers(node, 2, "ends")?.ok_or_else(missing)?;
        let axes = self.known_integers(node, 3, "axes")?;
        let steps = self.known_integers(node, 4, "steps")?;
        let parts = params::parts(node, &place.shape, &starts, &ends, axes.as_deref(), steps.as_deref())?;
        self.part(&place, &parts, node.output())
    }

    fn part(&mut self, place: &Place, parts: &[params::Part], value: Value) -> Result<()> {
        let lengths: Vec<_> = place.order.iter().map(|&axis| place.shape[axis]).collect();
        let strides = layout::row_major_strides(&lengths);
        let along = place.order.iter().zip(strides).map(|(&axis, stride)| (parts[axis], stride));
        let start = along.clone().map(|(part, stride)| part.start * stride).sum();
        let dims = layout::collapse(along.map(|(part, stride)| (part.length, part.step * stride)));
        let shape: Vec<_> = parts.iter().map(|part| part.length).collect();
        let source = self.step(Work::Gather { start, dims }, vec![place.source], elements(&shape)?, 0)?;
        self.set(value, Place { shape, order: place.order.clone(), source });
        Ok(())
    }

    fn split(&mut self, node: &Node) -> Result<()> {
        let place = self.input(node, 0)?;
        let axis = params::axis(node, node.attributes.int("axis", 0), place.shape.len())?;
        let length = place.shape[axis];
        let equal = vec![length.div_ceil(node.outputs.len()) as i64; node.outputs.len()];
        let lengths = self.known_integers(node, 1, "split")?.unwrap_or(equal);
        let mut start = 0;
        for (&value, &wanted) in node.outputs.iter().zip(&lengths) {
            let wanted = usize::try_from(wanted).ok().filter(|&wanted| wanted <= length - start);
            let wanted = wanted.ok_or_else(|| node.invalid(format!("{lengths:?} of {length}")))?;
            let whole = place.shape.iter().map(|&length| params::Part { start: 0, step: 1, length });
            let mut parts: Vec<_> = whole.collect();
            parts[axis] = params::Part { start, step: 1, length: wanted };
            self.part(&place, &parts, value)?;
            start += wanted;
        }
        if start == length && lengths.len() == node.outputs.len() {
            return Ok(());
        }
        Err(node.invalid(format!("{lengths:?} of {length}")))
    }

    /// The borders of a `Pad` node, if all is known.
    pub(super) fn borders(&self, node: &Node, shape: &[usize]) -> Result<(Vec<[usize; 2]>, f32)> {
        let pads = self.known_integers(node, 1, "pads")?;
        let axes = self.known_integers(node, 3, "axes")?;
        if node.input(2).is_some() && self.known(node, 2).is_none() {
            return Err(node.unsupported("a computed value"));
        }
        arguments::borders(node, shape, pads.as_deref(), self.known(node, 2), axes.as_deref())
    }

    fn pad(&mut self, node: &Node) -> Result<()> {
        let place = self.input(node, 0)?;
        let (borders, value) = self.borders(node, &place.shape)?;
        let padded: Vec<_> = place
            .shape
            .iter()
            .zip(&borders)
            .map(|(length, [before, after])| before + length + after)
            .collect();
        let along = |values: &[usize]| place.order.iter().map(|&axis| values[axis]).collect::<Vec<_>>();
        let starts: Vec<_> = borders.iter().map(|border| border[0]).collect();
        let work = Work::Border {
            value,
            lengths: along(&place.shape),
            starts: along(&starts),
            padded: along(&padded),
        };
        if elements(&place.shape)? == 0 {
            return Err(node.unsupported("tensors without values"));
        }
        let source = self.step(work, vec![place.source], elements(&padded)?, 0)?;
        self.set(node.output(), Place { shape: padded, order: place.order, source });
        Ok(())
    }

    fn transpose(&mut self, node: &Node) -> Result<()> {
        let place = self.input(node, 0)?;
        let permutation = params::permutation(node, place.shape.len())?;
        let renamed = |axis: &usize| permutation.iter().position(|other| other == axis).unwrap_or(0);
        let order = place.order.iter().map(renamed).collect();
        let shape = permutation.iter().map(|&axis| place.shape[axis]).collect();
        self.set(node.output(), Place { shape, order, source: place.source });
        Ok(())
    }

    fn reshape(&mut self, node: &Node) -> Result<()> {
        let place = self.input(node, 0)?;
        let place = self.arrange(&place, &row_major(place.shape.len()))?;
        let shape = if node.operator == "Reshape" {
            let wanted = self.known_integers(node, 1, "shape")?.ok_or_else(|| node.invalid("no shape"))?;
            params::reshaped(node, &place.shape, &wanted)?
        } else {
            let axes = if node.operator == "Flatten" { None } else { self.known_integers(node, 1, "axes")? };
            arguments::flattened(node, &place.shape, axes.as_deref())?
        };
        self.set(node.output(), Place { order: row_major(shape.len()), shape, source: place.source });
        Ok(())
    }
}

fn unary(node: &Node) -> Option<Unary> {
    let attribute = |name, default| node.attributes.float(name, default);
    Some(match node.operator.as_str() {
        "Neg" => Unary::Neg,
        "Sqrt" => Unary::Sqrt,
        "Reciprocal" => Unary::Reciprocal,
        "Sigmoid" => Unary::Sigmoid,
        "Tanh" => Unary::Tanh,
        "Exp" => Unary::Exp,
        "Abs" => Unary::Abs,
        "Log" => Unary::Log,
        "HardSigmoid" => Unary::HardSigmoid(attribute("alpha", 0.2), attribute("beta", 0.5)),
        "HardSwish" => Unary::HardSwish,
        _ => return None,
    })
}

/// The values of a constant for every channel of `shape`, if it differs along `axis` only.
pub(super) fn per_channel(constant: &Tensor, shape: &[usize], axis: usize) -> Result<Option<Vec<f32>>> {
    let channels = shape.get(axis).copied().unwrap_or(1);
    let Some(missing) = shape.len().checked_sub(constant.rank()) else { return Ok(None) };
    let fits = constant
        .dims()
        .iter()
        .enumerate()
        .all(|(at, &length)| length == 1 || (at + missing == axis && length == channels));
    if !fits {
        return Ok(None);
    }
    let values = numbers(constant)?;
    Ok(match values.as_slice() {
        [value] => Some(vec![*value; channels]),
        values => (values.len() == channels).then(|| values.to_vec()),
    })
}

/// The same dimensions, joined where both strides allow it.
fn collapse(dims: impl Iterator<Item = [usize; 3]>) -> Vec<[usize; 3]> {
    let mut collapsed: Vec<[usize; 3]> = vec![];
    for [length, left, right] in dims.filter(|dim| dim[0] != 1) {
        match collapsed.last_mut() {
            Some(outer) if outer[1] == length * left && outer[2] == length * right => {
                *outer = [outer[0] * length, left, right];
            }
            _ => collapsed.push([length, left, right]),
        }
    }
    collapsed
}
