//! Numbers in a shape, between stages and engines.

use std::fmt;

use crate::{Error, Result};

/// A dense row-major tensor of `f32`.
#[derive(Clone, PartialEq)]
pub struct Tensor {
    shape: Vec<usize>,
    values: Vec<f32>,
}

impl Tensor {
    /// Wraps `values` of `shape`, outermost dimension first.
    ///
    /// # Errors
    /// `inference.shape_mismatch` when the product of `shape` is not the number of values.
    pub fn new(shape: Vec<usize>, values: Vec<f32>) -> Result<Self> {
        check_shape(&shape, values.len())?;
        Ok(Self { shape, values })
    }

    /// Shape, outermost dimension first.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The values, row-major.
    #[must_use]
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The values, owned.
    #[must_use]
    pub fn into_values(self) -> Vec<f32> {
        self.values
    }

    /// The tensor without its values.
    #[must_use]
    pub fn view(&self) -> TensorView<'_> {
        TensorView { shape: &self.shape, values: &self.values }
    }

    /// The values of each item along the outermost dimension (the batch).
    pub fn items(&self) -> impl ExactSizeIterator<Item = &[f32]> {
        let batch = self.shape.first().copied().unwrap_or(1).max(1);
        self.values.chunks_exact((self.values.len() / batch).max(1))
    }
}

impl fmt::Debug for Tensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tensor{:?}", self.shape)
    }
}

/// A borrowed [`Tensor`].
#[derive(Clone, Copy)]
pub struct TensorView<'a> {
    shape: &'a [usize],
    values: &'a [f32],
}

impl<'a> TensorView<'a> {
    /// Borrows `values` in `shape`.
    ///
    /// # Errors
    /// `inference.shape_mismatch` when the product of `shape` is not the number of values.
    pub fn new(shape: &'a [usize], values: &'a [f32]) -> Result<Self> {
        check_shape(shape, values.len())?;
        Ok(Self { shape, values })
    }

    /// Shape, outermost dimension first.
    #[must_use]
    pub fn shape(&self) -> &'a [usize] {
        self.shape
    }

    /// The values, row-major.
    #[must_use]
    pub fn values(&self) -> &'a [f32] {
        self.values
    }
}

impl fmt::Debug for TensorView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TensorView{:?}", self.shape)
    }
}

fn check_shape(shape: &[usize], values: usize) -> Result<()> {
    let product = shape.iter().try_fold(1usize, |product, &dim| product.checked_mul(dim));
    if product == Some(values) {
        return Ok(());
    }
    Err(Error::InferenceShapeMismatch {
        at: "tensor".into(),
        expected: format!("the product of {shape:?}"),
        actual: format!("{values} values"),
    })
}
