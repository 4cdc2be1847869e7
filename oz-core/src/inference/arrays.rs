//! Conversions between tensors and arrays of the crate `ndarray`.

use ndarray::{ArrayD, ArrayViewD, IxDyn};

use super::{Tensor, TensorView};
use crate::Result;

impl Tensor {
    /// Wraps an array. An array in standard layout is not copied.
    ///
    /// # Panics
    /// Never: the values of an array fit its shape.
    #[must_use]
    pub fn from_array(array: ArrayD<f32>) -> Self {
        let shape = array.shape().to_vec();
        let is_whole = array.is_standard_layout();
        let values = if is_whole {
            let length = array.len();
            let (mut values, offset) = array.into_raw_vec_and_offset();
            values.drain(..offset.unwrap_or(0));
            values.truncate(length);
            values
        } else {
            array.iter().copied().collect()
        };
        Self::new(shape, values).expect("the values of an array fit its shape")
    }

    /// Array of the same shape, without a copy.
    #[must_use]
    pub fn as_array(&self) -> ArrayViewD<'_, f32> {
        self.view().as_array()
    }
}

impl<'a> TensorView<'a> {
    /// Array of the same shape, without a copy.
    ///
    /// # Panics
    /// Never: the values of a tensor fit its shape.
    #[must_use]
    pub fn as_array(&self) -> ArrayViewD<'a, f32> {
        ArrayViewD::from_shape(IxDyn(self.shape()), self.values())
            .expect("the values of a tensor fit its shape")
    }

    /// Borrows an array in standard layout.
    ///
    /// # Errors
    /// `inference.shape_mismatch` when the array is not contiguous in row-major order.
    pub fn from_array(array: &'a ArrayViewD<'a, f32>) -> Result<Self> {
        Self::new(array.shape(), array.as_slice().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn arrays_and_tensors_hold_the_same_values() {
        let tensor = Tensor::new(vec![2, 3], vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).unwrap();
        assert_eq!(tensor.as_array()[[1, 0]], 4.0);
        assert_eq!(Tensor::from_array(tensor.as_array().to_owned()), tensor);
        let view = tensor.as_array();
        assert_eq!(TensorView::from_array(&view).unwrap().values(), tensor.values());
    }

    #[test]
    fn transposed_arrays_are_copied_or_refused() {
        let turned = array![[1.0, 2.0], [3.0, 4.0]].reversed_axes().into_dyn();
        assert_eq!(Tensor::from_array(turned.clone()).values(), [1.0, 3.0, 2.0, 4.0]);
        assert_eq!(TensorView::from_array(&turned.view()).unwrap_err().code(), "inference.shape_mismatch");
    }
}
