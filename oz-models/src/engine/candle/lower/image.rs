//! Lowering of pooling, reduction, resizing and `DepthToSpace`.

use super::collapse;
use crate::engine::candle::arguments;
use crate::engine::candle::fault::Result;
use crate::engine::candle::graph::{Node, elements};
use crate::engine::candle::kernels::layout;
use crate::engine::candle::kernels::pool::Pooling;
use crate::engine::candle::params;
use crate::engine::candle::plan::Work;
use crate::engine::candle::planner::{PlannedTensor, Planner, channels_last};

impl Planner<'_> {
    pub(super) fn pool(&mut self, node: &Node) -> Result<()> {
        let (input, shape) = self.image(node)?;
        let (window, positions) = params::window(node, None, [shape[1], shape[2]])?;
        let pooling = match node.operator.as_str() {
            "MaxPool" => Pooling::Max,
            _ => Pooling::Average { border_counts: node.attributes.int("count_include_pad", 0) != 0 },
        };
        if node.outputs.len() > 1 {
            return Err(node.unsupported("indices as a second output"));
        }

        let work = Work::Pool { pooling, window, shape, positions };
        self.image_step(node, work, &input, vec![shape[0], shape[3], positions[0], positions[1]])
    }

    /// Adds a step whose output is an image of `shape`, `[N, C, H, W]`, stored channels last.
    fn image_step(
        &mut self,
        node: &Node,
        work: Work,
        input: &PlannedTensor,
        shape: Vec<usize>,
    ) -> Result<()> {
        let source = self.step(work, vec![input.source], elements(&shape)?, 0)?;
        self.set(node.output(), PlannedTensor { shape, order: channels_last(4), source });
        Ok(())
    }

    pub(super) fn resize(&mut self, node: &Node) -> Result<()> {
        let (input, shape) = self.image(node)?;
        if self.known(node, 2).is_none() && self.known(node, 3).is_none() {
            return Err(node.unsupported("computed sizes"));
        }

        let taps = arguments::resize_taps(node, &input.shape, self.known(node, 2), self.known(node, 3));
        let [rows, columns] = taps?;
        let resized = vec![shape[0], shape[3], rows.len(), columns.len()];
        self.image_step(node, Work::Resize { shape, rows, columns }, &input, resized)
    }

    pub(super) fn reduce(&mut self, node: &Node) -> Result<()> {
        let tensor = self.input(node, 0)?;
        let rank = tensor.shape.len();
        let (axes, keep) = if node.operator == "GlobalAveragePool" {
            ((2..rank).collect(), true)
        } else {
            let axes = self.known_integers(node, 1, "axes")?;
            let axes = arguments::reduced_axes(node, rank, axes.as_deref())?;
            (axes, node.attributes.int("keepdims", 1) != 0)
        };

        let mut shape = tensor.shape.clone();
        for &axis in &axes {
            shape[axis] = 1;
        }
        let count = elements(&tensor.shape)? / elements(&shape)?.max(1);
        let scale = if node.operator == "ReduceSum" { 1.0 } else { 1.0 / count as f32 };

        // The output keeps the memory order of the input; its stride is 0 along reduced dimensions.
        let lengths: Vec<_> = tensor.order.iter().map(|&axis| shape[axis]).collect();
        let strides = layout::row_major_strides(&lengths);
        let dims =
            tensor.order.iter().zip(strides).map(|(&axis, stride)| {
                [tensor.shape[axis], if axes.contains(&axis) { 0 } else { stride }, 0]
            });
        let dims = collapse(dims).into_iter().map(|[length, stride, _]| (length, stride)).collect();
        let source = self.step(Work::Sum { dims, scale }, vec![tensor.source], elements(&shape)?, 0)?;

        // Without `keepdims` the reduced dimensions, which have length 1, are dropped.
        let mut reduced = PlannedTensor { shape, order: tensor.order, source };
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

    pub(super) fn depth_to_space(&mut self, node: &Node) -> Result<()> {
        let (input, [batch, height, width, channels]) = self.image(node)?;
        let (block, column_row_depth) = arguments::depth_block(node, channels)?;
        let depth = channels / (block * block);

        // Strides in the input of the dimensions of the output. In the mode CRD the channels are ordered
        // `[depth, block row, block column]`, in DCR `[block row, block column, depth]`.
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
}
