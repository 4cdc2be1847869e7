//! What follows a convolution or product and is done before its sums reach memory.

use super::fault::Result;
use super::graph::{Node, Value};
use super::kernels::activation::Activation;
use super::lower::per_channel;
use super::plan::Source;
use super::planner::{Place, Planner};

/// `second(first(product + bias) + residual)`, the value that it makes, and the channels of the residual.
#[derive(Debug)]
pub(super) struct Fusion {
    pub(super) value: Value,
    pub(super) bias: Vec<f32>,
    pub(super) first: Activation,
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
    /// Takes in the nodes that follow, as long as nobody else reads what is between. The output has `shape`, lies in
    /// `order` and has its channels at `axis`.
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

    /// The place of a value that can be added: it exists already, has the shape of the output or is padded to it with
    /// channels of zeros.
    fn residual(&mut self, value: Value, shape: &[usize], axis: usize, whole: bool) -> Result<Option<Place>> {
        let Some(place) = self.computed(value).cloned() else { return Ok(None) };
        if place.shape != shape {
            return Ok(None);
        }
        let network = self.network;
        let Some(pad) = network.maker(value).filter(|node| node.operator == "Pad" && !whole) else {
            return Ok(Some(place));
        };
        let Some(inner) = pad.input(0).and_then(|value| self.computed(value)).cloned() else {
            return Ok(Some(place));
        };
        let (borders, border) = self.borders(pad, &inner.shape)?;
        let channels_only =
            borders.iter().enumerate().all(|(at, ends)| ends[0] == 0 && (at == axis || ends[1] == 0));
        Ok(Some(if channels_only && border == 0.0 { inner } else { place }))
    }
}
