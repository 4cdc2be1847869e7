//! Fusion: additions and activations that follow a convolution or product are applied before its sums are
//! stored.

use super::fault::Result;
use super::graph::{Node, Value};
use super::kernels::activation::Activation;
use super::lower::per_channel;
use super::plan::Source;
use super::planner::{PlannedTensor, Planner};

/// Operations fused to a product: `second(first(product + bias) + residual)`.
#[derive(Debug)]
pub(super) struct Fusion {
    /// Value that the fused operations compute.
    pub(super) value: Value,
    pub(super) bias: Vec<f32>,
    pub(super) first: Activation,
    /// Source of the residual and its number of channels.
    pub(super) residual: Option<(Source, usize)>,
    pub(super) second: Activation,
}

impl Default for Fusion {
    fn default() -> Self {
        Self {
            value: 0,
            bias: vec![],
            first: Activation::Identity,
            residual: None,
            second: Activation::Identity,
        }
    }
}

impl Planner<'_> {
    /// Absorbs the nodes that follow, as long as the value in between has no other reader.
    ///
    /// The output has `shape`, the memory order `order` and its channels at `axis`. With `whole_residual` the
    /// kernel only accepts a residual that has all channels.
    pub(super) fn fuse(
        &mut self,
        mut fusion: Fusion,
        shape: &[usize],
        order: &[usize],
        axis: usize,
        whole_residual: bool,
    ) -> Result<Fusion> {
        while let Some((number, node)) = self.only_reader(fusion.value) {
            let taken = match node.operator.as_str() {
                "Identity" | "Dropout" => true,
                "Add" => self.add(&mut fusion, node, shape, order, axis, whole_residual)?,
                _ if node.input(0) == Some(fusion.value) => self.activate(&mut fusion, node, shape, axis)?,
                _ => false,
            };
            if !taken {
                break;
            }

            self.absorb(number);
            fusion.value = node.output();
        }
        Ok(fusion)
    }

    fn activate(&mut self, fusion: &mut Fusion, node: &Node, shape: &[usize], axis: usize) -> Result<bool> {
        // A kernel applies one activation before the residual and one after it.
        let free = if fusion.residual.is_none() { &mut fusion.first } else { &mut fusion.second };
        if *free != Activation::Identity {
            return Ok(false);
        }

        match self.activation_of(node, shape, axis)? {
            Some(activation) => *free = activation,
            None => return Ok(false),
        }

        Ok(true)
    }

    /// Absorbs an `Add`: a constant goes to the bias, a computed tensor becomes the residual.
    fn add(
        &mut self,
        fusion: &mut Fusion,
        node: &Node,
        shape: &[usize],
        order: &[usize],
        axis: usize,
        whole_residual: bool,
    ) -> Result<bool> {
        let (&[Some(left), Some(right)], None) = (node.inputs.as_slice(), fusion.residual) else {
            return Ok(false);
        };

        let other = if left == fusion.value { right } else { left };
        if other == fusion.value {
            return Ok(false);
        }

        if let Some(constant) = self.constant(other) {
            let Some(addend) = per_channel(constant, shape, axis)? else { return Ok(false) };
            // The bias is added before `first`, which must not have been fused yet.
            if fusion.first != Activation::Identity {
                return Ok(false);
            }
            for (bias, addend) in fusion.bias.iter_mut().zip(addend) {
                *bias += addend;
            }
            return Ok(true);
        }

        let Some(residual) = self.residual(other, shape, axis, whole_residual)? else { return Ok(false) };
        let channels = residual.shape[axis];
        fusion.residual = Some((self.arrange(&residual, order)?.source, channels));
        Ok(true)
    }

    /// The residual that adding `value` amounts to, if it is already computed and has the shape of the
    /// output.
    ///
    /// If `value` only pads a tensor with channels of zeros, the tensor itself is the residual, unless the
    /// kernel needs `whole` residuals: the kernel then skips the missing channels.
    fn residual(
        &mut self,
        value: Value,
        shape: &[usize],
        axis: usize,
        whole: bool,
    ) -> Result<Option<PlannedTensor>> {
        let Some(tensor) = self.computed(value).cloned() else { return Ok(None) };
        if tensor.shape != shape {
            return Ok(None);
        }

        let network = self.network;
        let Some(pad) = network.producer(value).filter(|node| node.operator == "Pad" && !whole) else {
            return Ok(Some(tensor));
        };
        let Some(inner) = pad.input(0).and_then(|value| self.computed(value)).cloned() else {
            return Ok(Some(tensor));
        };

        let (borders, border) = self.borders(pad, &inner.shape)?;
        let channels_only =
            borders.iter().enumerate().all(|(at, ends)| ends[0] == 0 && (at == axis || ends[1] == 0));
        Ok(Some(if channels_only && border == 0.0 { inner } else { tensor }))
    }
}
