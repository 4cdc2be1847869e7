//! Tensors, the values exchanged with engines.

use std::fmt;

use crate::{Error, Result};

/// Dense row-major tensor of `f32`. `Debug` shows only the shape.
///
/// ```
/// use oz_core::inference::Tensor;
///
/// let batch = Tensor::new(vec![2, 3], vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0])?;
/// let items: Vec<_> = batch.items().collect();
/// assert_eq!(items, [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
/// assert!(Tensor::new(vec![2, 2], vec![0.0; 3]).is_err());
/// # Ok::<(), oz_core::Error>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct Tensor {
    shape: Vec<usize>,
    values: Vec<f32>,
}

impl Tensor {
    /// Wraps row-major `values` of `shape`, outermost dimension first.
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

    /// Values, row-major.
    #[must_use]
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// Consumes the tensor and returns its values.
    #[must_use]
    pub fn into_values(self) -> Vec<f32> {
        self.values
    }

    /// Borrows the tensor.
    #[must_use]
    pub fn view(&self) -> TensorView<'_> {
        TensorView { shape: &self.shape, values: &self.values }
    }

    /// Values of each item along the outermost dimension, which is the batch.
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

/// Borrowed [`Tensor`].
#[derive(Clone, Copy)]
pub struct TensorView<'a> {
    shape: &'a [usize],
    values: &'a [f32],
}

impl<'a> TensorView<'a> {
    /// Borrows row-major `values` of `shape`, outermost dimension first.
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

    /// Values, row-major.
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
        expected: format!("as many values as the product of {shape:?}"),
        actual: format!("{values} values"),
    })
}
