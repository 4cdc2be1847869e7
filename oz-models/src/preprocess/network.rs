//! Batched inference of networks that take images.

use std::sync::Arc;

use oz_core::inference::port::Session;
use oz_core::inference::{Dim, ModelId, Tensor, TensorView};
use oz_core::media::Image;
use oz_core::{Error, Result};

use super::Packer;
use crate::ledger::ImageInput;

/// A session with one image input and a selection of its outputs. Cheap to clone.
#[derive(Debug, Clone)]
pub struct ImageNetwork {
    id: ModelId,
    session: Arc<dyn Session>,
    input: ImageInput,
    packer: Packer,
    /// Indices of the selected outputs among the outputs of the session.
    outputs: Vec<usize>,
    largest_batch: usize,
}

/// Largest number of images in one run, which bounds memory.
const LARGEST_BATCH: usize = 32;

impl ImageNetwork {
    /// Wraps a session after checking that it has the described `input` and all `outputs`.
    ///
    /// # Errors
    /// `inference.shape_mismatch` when the input of the session has another shape; `inference.invalid_model`
    /// when the session has several inputs or lacks an output.
    pub fn new(
        id: ModelId,
        session: Arc<dyn Session>,
        input: ImageInput,
        outputs: &[String],
    ) -> Result<Self> {
        let packer = Packer::new(&input);
        let largest_batch = largest_batch(&id, &*session, &packer, &input)?;
        let outputs = outputs.iter().map(|name| output_index(&id, &*session, name)).collect::<Result<_>>()?;
        Ok(Self { id, session, input, packer, outputs, largest_batch })
    }

    /// ID of the model.
    #[must_use]
    pub fn id(&self) -> &ModelId {
        &self.id
    }

    /// Format of the input.
    #[must_use]
    pub fn input(&self) -> &ImageInput {
        &self.input
    }

    /// Width and height of the input in pixels; 0 stands for any.
    #[must_use]
    pub fn size(&self) -> (u32, u32) {
        (self.input.width as u32, self.input.height as u32)
    }

    /// Runs the network on images of the input size.
    ///
    /// Returns the outputs in the order given to [`Self::new`], with one row per image along the first
    /// dimension.
    ///
    /// # Errors
    /// `inference.shape_mismatch` when an image has another size or an output does not have one row per
    /// image; `inference.failed`.
    pub fn run(&self, images: &[Image]) -> Result<Vec<Tensor>> {
        let mut batches = images.chunks(self.largest_batch).map(|batch| self.run_batch(batch));
        let Some(first) = batches.next() else { return Ok(self.empty_outputs()) };
        batches.try_fold(first?, |above, below| above.into_iter().zip(below?).map(concatenate_rows).collect())
    }

    fn run_batch(&self, images: &[Image]) -> Result<Vec<Tensor>> {
        let (width, height) = (images[0].width(), images[0].height());
        let shape = self.packer.shape(images.len(), width, height);
        let mut values = Vec::with_capacity(shape.iter().product());
        for image in images {
            self.packer.append(image, &mut values);
        }

        let mut outputs = self.session.run(&[TensorView::new(&shape, &values)?])?;
        self.outputs
            .iter()
            .map(|&index| self.ensure_rows(std::mem::replace(&mut outputs[index], empty()), images.len()))
            .collect()
    }

    fn ensure_rows(&self, tensor: Tensor, batch: usize) -> Result<Tensor> {
        if tensor.shape().first() == Some(&batch) {
            return Ok(tensor);
        }
        Err(Error::InferenceShapeMismatch {
            at: format!("an output of `{}`", self.id),
            expected: format!("[{batch}, ...]"),
            actual: format!("{:?}", tensor.shape()),
        })
    }

    fn empty_outputs(&self) -> Vec<Tensor> {
        self.outputs.iter().map(|_| empty()).collect()
    }
}

fn empty() -> Tensor {
    Tensor::new(vec![0], Vec::new()).expect("an empty tensor has no values")
}

fn concatenate_rows((above, below): (Tensor, Tensor)) -> Result<Tensor> {
    let mut shape = above.shape().to_vec();
    shape[0] += below.shape()[0];
    let mut values = above.into_values();
    values.extend_from_slice(below.values());
    Tensor::new(shape, values)
}

/// Largest batch that the session accepts, after checking its input.
fn largest_batch(id: &ModelId, session: &dyn Session, packer: &Packer, input: &ImageInput) -> Result<usize> {
    let signature = session.signature();
    let any_side = |length: usize| if length == 0 { 32 } else { length as u32 };
    let [actual] = signature.inputs.as_slice() else {
        let detail = format!("the model must have one input, it has {}", signature.inputs.len());
        return Err(Error::InferenceInvalidModel { model: id.to_string(), detail });
    };

    let (batch, largest) = match actual.shape.first() {
        Some(Dim::Fixed(batch)) => (*batch, *batch),
        _ => (1, LARGEST_BATCH),
    };
    let shape = packer.shape(batch, any_side(input.width), any_side(input.height));
    if actual.accepts(&shape) && batch == 1 {
        return Ok(largest);
    }

    Err(Error::InferenceShapeMismatch {
        at: format!("the input of `{id}`"),
        expected: format!("{:?}", packer.shape(1, any_side(input.width), any_side(input.height))),
        actual: actual.to_string(),
    })
}

fn output_index(id: &ModelId, session: &dyn Session, name: &str) -> Result<usize> {
    let outputs = &session.signature().outputs;
    outputs.iter().position(|output| output.name == name).ok_or_else(|| {
        let known: Vec<_> = outputs.iter().map(|output| output.name.as_str()).collect();
        let detail = format!("the output `{name}` is missing, the model has {}", known.join(", "));
        Error::InferenceInvalidModel { model: id.to_string(), detail }
    })
}

#[cfg(test)]
mod tests {
    use oz_core::inference::{Signature, TensorSpec};

    use super::*;
    use crate::ledger::{ColourOrder, Crop, Layout};

    /// Outputs the first value of each image under the name `first`.
    #[derive(Debug)]
    struct First(Signature);

    impl Session for First {
        fn signature(&self) -> &Signature {
            &self.0
        }

        fn run(&self, inputs: &[TensorView<'_>]) -> Result<Vec<Tensor>> {
            let (shape, values) = (inputs[0].shape(), inputs[0].values());
            assert!(self.0.inputs[0].accepts(shape), "{shape:?}");
            let each = values.len() / shape[0];
            Ok(vec![Tensor::new(vec![shape[0], 1], values.iter().step_by(each).copied().collect())?])
        }
    }

    fn network(batch: Dim, side: usize, output: &str) -> Result<ImageNetwork> {
        let spec = |name: &str, shape: Vec<Dim>| vec![TensorSpec { name: name.into(), shape }];
        let session = First(Signature {
            inputs: spec("input", vec![batch, Dim::Fixed(3), Dim::Fixed(4), Dim::Fixed(4)]),
            outputs: spec("first", vec![batch, Dim::Fixed(1)]),
        });
        let input = ImageInput {
            layout: Layout::Nchw,
            colour: ColourOrder::Rgb,
            mean: [0.0; 3],
            std: [1.0; 3],
            crop: Crop::Aligned,
            padding: 0,
            width: side,
            height: side,
        };
        ImageNetwork::new(ModelId::new("toy"), Arc::new(session), input, &[output.to_owned()])
    }

    #[test]
    fn images_keep_their_order_across_batches() {
        let images: Vec<_> = (0..70u8).map(|value| Image::from_fn(4, 4, |_, _| [value; 3])).collect();
        for batch in [Dim::Dynamic, Dim::Fixed(1)] {
            let output = network(batch, 4, "first").unwrap().run(&images).unwrap().remove(0);
            assert_eq!(output.shape(), [70, 1]);
            assert!(output.values().iter().zip(0u8..).all(|(found, expected)| *found == f32::from(expected)));
        }
    }

    #[test]
    fn no_images_give_empty_outputs() {
        assert!(network(Dim::Dynamic, 4, "first").unwrap().run(&[]).unwrap()[0].values().is_empty());
    }

    #[test]
    fn session_that_does_not_match_is_refused() {
        let code = |batch, side, output| network(batch, side, output).unwrap_err().code();
        assert_eq!(code(Dim::Dynamic, 5, "first"), "inference.shape_mismatch");
        assert_eq!(code(Dim::Fixed(2), 4, "first"), "inference.shape_mismatch");
        assert_eq!(code(Dim::Dynamic, 4, "second"), "inference.invalid_model");
    }
}
