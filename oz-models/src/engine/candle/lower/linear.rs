//! Lowering of convolutions, products and normalisations to one kernel with packed weights, and fusion of
//! what follows.

use std::sync::Arc;

use super::per_channel;
use crate::engine::candle::arguments;
use crate::engine::candle::fault::Result;
use crate::engine::candle::fuse::Fusion;
use crate::engine::candle::graph::{Node, elements, numbers};
use crate::engine::candle::kernels::conv::{Convolution, ImageShape, Window};
use crate::engine::candle::params;
use crate::engine::candle::plan::{Convolve, Work};
use crate::engine::candle::planner::{PlannedTensor, Planner, channels_last, row_major};

/// Window of a convolution that is a product of single pixels.
const PIXEL: Window = Window { kernel: [1, 1], stride: [1, 1], dilation: [1, 1], pads: [0; 4] };

/// A product with packed weights, before fusion.
struct Linear {
    convolution: Arc<Convolution>,
    bias: Vec<f32>,
    window: Window,
    input: PlannedTensor,
    image: ImageShape,
    /// Shape, memory order and channel dimension of the output.
    shape: Vec<usize>,
    order: Vec<usize>,
    axis: usize,
}

impl Planner<'_> {
    pub(super) fn conv(&mut self, number: usize, node: &Arc<Node>) -> Result<()> {
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
            return Err(node.invalid("the length of the bias differs from the number of outputs"));
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

    /// `MatMul` or `Gemm`. A product with a constant matrix is a 1 x 1 convolution; others are left to
    /// candle.
    pub(super) fn product(&mut self, number: usize, node: &Arc<Node>) -> Result<()> {
        let gemm = node.operator == "Gemm";
        let flag = |name| gemm && node.attributes.int(name, 0) != 0;
        let Some(weights) = self.known(node, 1).filter(|weights| weights.rank() == 2).cloned() else {
            return self.fall_back(node);
        };

        let tensor = self.input(node, 0)?;
        let rank = tensor.shape.len();
        let constant_addend = !gemm || node.input(2).is_none() || self.known(node, 2).is_some();
        if flag("transA") || rank < 2 || (gemm && rank != 2) || !constant_addend {
            return self.fall_back(node);
        }

        let input = self.arrange(&tensor, &row_major(rank))?;
        let (mut rows, mut columns) = weights.dims2()?;
        if flag("transB") {
            (rows, columns) = (columns, rows);
        }
        let pixels = elements(&tensor.shape[..rank - 1])?;
        if rows != tensor.shape[rank - 1] || pixels * rows * columns == 0 {
            return Err(node.invalid(format!(
                "product of shapes {:?} and {:?}",
                tensor.shape,
                weights.dims()
            )));
        }

        let shape = [&tensor.shape[..rank - 1], &[columns]].concat();
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
            // `Convolution` expects the outputs in the first dimension.
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

    /// `BatchNormalization`. A scale and a shift per channel are a depthwise 1 x 1 convolution.
    pub(super) fn normalise(&mut self, number: usize, node: &Arc<Node>) -> Result<()> {
        let values = (1..5).map(|position| self.known(node, position).map(numbers).transpose());
        let Some(values) = values.collect::<Result<Option<Vec<_>>>>()? else { return self.fall_back(node) };

        let tensor = self.input(node, 0)?;
        let rank = tensor.shape.len();
        if rank < 2 || node.outputs.len() > 1 {
            return Err(node.unsupported("training mode or an input of one dimension"));
        }

        let channels = tensor.shape[1];
        let (scale, bias) = arguments::normalisation(node, channels, &values)?;
        let order = channels_last(rank);
        let input = self.arrange(&tensor, &order)?;
        let isa = self.network.isa;
        let convolution = self
            .network
            .packed(number, || Ok(Convolution::new(isa, &scale, [channels, 1, 1, 1], channels, 1)))?;

        let image = [1, 1, elements(&tensor.shape)? / channels, channels];
        let shape = tensor.shape;
        self.linear(node, Linear { convolution, bias, window: PIXEL, input, image, shape, order, axis: 1 })
    }

    /// Fuses the nodes that follow and adds the step.
    fn linear(&mut self, node: &Node, linear: Linear) -> Result<()> {
        let Linear { convolution, bias, window, input, image, shape, order, axis } = linear;
        let fusion = Fusion { value: node.output(), bias, ..Fusion::default() };
        // The depthwise kernel reads residuals without checking for missing channels.
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
        self.set(fusion.value, PlannedTensor { shape, order, source });
        Ok(())
    }
}
