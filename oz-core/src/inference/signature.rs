//! What a model takes and gives.

use std::fmt;

/// One dimension of a tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dim {
    /// Always this long.
    Fixed(usize),
    /// Any length, e.g. the batch.
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
    /// Whether a tensor of `shape` may be given here.
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
    /// What [`super::port::Session::run`] takes.
    pub inputs: Vec<TensorSpec>,
    /// What it gives.
    pub outputs: Vec<TensorSpec>,
}
