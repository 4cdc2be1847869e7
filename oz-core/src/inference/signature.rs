//! Inputs and outputs of a model.

use std::fmt;

/// One dimension of a tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dim {
    /// Fixed length.
    Fixed(usize),
    /// Any length, e.g. that of the batch.
    Dynamic,
}

/// Name and shape of an input or output. Values are `f32`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TensorSpec {
    /// Name in the model file.
    pub name: String,
    /// Shape, outermost dimension first. Empty for an output whose shape the file does not state.
    pub shape: Vec<Dim>,
}

impl TensorSpec {
    /// Whether a tensor of `shape` fits this specification.
    #[must_use]
    pub fn accepts(&self, shape: &[usize]) -> bool {
        self.shape.len() == shape.len()
            && self.shape.iter().zip(shape).all(|(spec, &actual)| match spec {
                Dim::Fixed(length) => *length == actual,
                Dim::Dynamic => true,
            })
    }
}

impl fmt::Display for TensorSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[", self.name)?;
        for (position, dim) in self.shape.iter().enumerate() {
            let separator = if position == 0 { "" } else { ", " };
            match dim {
                Dim::Fixed(length) => write!(f, "{separator}{length}")?,
                Dim::Dynamic => write!(f, "{separator}?")?,
            }
        }
        f.write_str("]")
    }
}

/// Inputs and outputs of a model, in the order of the model file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// Inputs of [`Session::run`](super::port::Session::run).
    pub inputs: Vec<TensorSpec>,
    /// Outputs of [`Session::run`](super::port::Session::run).
    pub outputs: Vec<TensorSpec>,
}
