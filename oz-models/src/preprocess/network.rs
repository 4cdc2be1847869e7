//! A network that takes pictures.

use std::sync::Arc;

use oz_core::inference::port::Session;
use oz_core::inference::{Dim, ModelId, Tensor, TensorView};
use oz_core::media::Image;
use oz_core::{Error, Result};

use super::Packer;
use crate::ledger::ImageInput;

/// A session with one image input, and the outputs of it that are of interest. Cheap to clone.
#[derive(Debug, Clone)]
pub struct ImageNetwork {
    id: ModelId,
    session: Arc<dyn Session>,
    input: ImageInput,
    packer: Packer,
    /// Where the outputs of interest stand in the session's answer.
    outputs: Vec<usize>,
    largest_batch: usize,
}

/// More pictures than this go through a network in several runs, so that memory stays bounded.
const LARGEST_BATCH: usize = 32;

impl ImageNetwork {
    /// Checks that the session takes what `input` describes, and gives `outputs`.
    ///
    /// # Errors
    /// `inference.shape_mismatch` when the session's input is another one; `inference.invalid_model` when it lacks an
    /// output.
    pub fn new(
        id: ModelId,
        session: Arc<dyn Session>,
        input: ImageInput,
        outputs: &[String],
    ) -> Result<Self> {
        let packer = Packer::new(&input);
        let batch = batch_of(&id, &*session, &packer, &input)?;
        let outputs = outputs.iter().map(|name| output_index(&id, &*session, name)).collect::<Result<_>>()?;
        Ok(Self { id, session, input, packer, outputs, largest_batch: batch })
    }

    /// Name of the model.
    #[must_use]
    pub fn id(&self) -> &ModelId {
        &self.id
    }

    /// What the network takes.
    #[must_use]
    pub fn input(&self) -> &ImageInput {
        &self.input
    }

    /// Width and height of the input in pixels; zero where any length will do.
    #[must_use]
    pub fn size(&self) -> (u32, u32) {
        (self.input.width as u32, self.input.height as u32)
    }

    /// Runs the network on pictures of its size. Gives the outputs in the order in which they were asked for, with the
    /// pictures along their first dimension.
    ///
    /// # Errors
    /// `inference.shape_mismatch` when a picture is of another size or an answer does not have one row for each picture;
    /// `inference.failed`.
    pub fn run(&self, images: &[Image]) -> Result<Vec<Tensor>> {
        let mut answers = images.chunks(self.largest_batch).map(|batch| self.run_batch(batch));
        let Some(first) = answers.next() else { return Ok(self.nothing()) };
        answers.try_fold(first?, |joined, answer| joined.into_iter().zip(answer?).map(joined_rows).collect())
    }

    fn run_batch(&self, images: &[Image]) -> Result<Vec<Tensor>> {
        let (width, height) = (images[0].width(), images[0].height());
        let shape = self.packer.shape(images.len(), width, height);
        let mut values = Vec::with_capacity(shape.iter().product());
        for image in images {
            self.packer.append(image, &mut values);
        }
        let mut answer = self.session.run(&[TensorView::new(&shape, &values)?])?;
        let mut take =
            |&index: &usize| self.rows(std::mem::replace(&mut answer[index], empty()), images.len());
        self.outputs.iter().map(&mut take).collect()
    }

    fn rows(&self, tensor: Tensor, batch: usize) -> Result<Tensor> {
        if tensor.shape().first() == Some(&batch) {
            return Ok(tensor);
        }
        Err(Error::InferenceShapeMismatch {
            at: format!("an output of `{}`", self.id),
            expected: format!("[{batch}, ...]"),
            actual: format!("{:?}", tensor.shape()),
        })
    }

    fn nothing(&self) -> Vec<Tensor> {
        self.outputs.iter().map(|_| empty()).collect()
    }
}

fn empty() -> Tensor {
    Tensor::new(vec![0], Vec::new()).expect("no rows, no values")
}

fn joined_rows((above, below): (Tensor, Tensor)) -> Result<Tensor> {
    let mut shape = above.shape().to_vec();
    shape[0] += below.shape()[0];
    let mut values = above.into_values();
    values.extend_from_slice(below.values());
    Tensor::new(shape, values)
}

/// The largest batch that the session takes.
fn batch_of(id: &ModelId, session: &dyn Session, packer: &Packer, input: &ImageInput) -> Result<usize> {
    let signature = session.signature();
    let any_side = |length: usize| if length == 0 { 32 } else { length as u32 };
    let [taken] = signature.inputs.as_slice() else {
        let detail = format!("one input is needed, there are {}", signature.inputs.len());
        return Err(Error::InferenceInvalidModel { model: id.to_string(), detail });
    };
    let (batch, largest) = match taken.shape.first() {
        Some(Dim::Fixed(batch)) => (*batch, *batch),
        _ => (1, LARGEST_BATCH),
    };
    let shape = packer.shape(batch, any_side(input.width), any_side(input.height));
    if taken.accepts(&shape) && batch == 1 {
        return Ok(largest);
    }
    Err(Error::InferenceShapeMismatch {
        at: format!("the input of `{id}`"),
        expected: format!("{:?}", packer.shape(1, any_side(input.width), any_side(input.height))),
        actual: taken.to_string(),
    })
}

fn output_index(id: &ModelId, session: &dyn Session, name: &str) -> Result<usize> {
    let outputs = &session.signature().outputs;
    outputs.iter().position(|output| output.name == name).ok_or_else(|| {
        let known: Vec<_> = outputs.iter().map(|output| output.name.as_str()).collect();
        let detail = format!("there is no output `{name}` among {}", known.join(", "));
        Error::InferenceInvalidModel { model: id.to_string(), detail }
    })
}

#[cfg(test)]
mod tests {
    use oz_core::inference::{Signature, TensorSpec};

    use super::*;
    use crate::ledger::{ColourOrder, Crop, Layout};

    /// Gives the first value of each picture, under the name `first`.
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
    fn pictures_keep_their_order_however_they_are_batched() {
        let pictures: Vec<_> = (0..70u8).map(|value| Image::from_fn(4, 4, |_, _| [value; 3])).collect();
        for batch in [Dim::Dynamic, Dim::Fixed(1)] {
            let answer = network(batch, 4, "first").unwrap().run(&pictures).unwrap().remove(0);
            assert_eq!(answer.shape(), [70, 1]);
            assert!(answer.values().iter().zip(0u8..).all(|(found, expected)| *found == f32::from(expected)));
        }
    }

    #[test]
    fn no_pictures_are_no_run() {
        assert!(network(Dim::Dynamic, 4, "first").unwrap().run(&[]).unwrap()[0].values().is_empty());
    }

    #[test]
    fn a_session_that_does_not_fit_is_refused() {
        let code = |batch, side, output| network(batch, side, output).unwrap_err().code();
        assert_eq!(code(Dim::Dynamic, 5, "first"), "inference.shape_mismatch");
        assert_eq!(code(Dim::Fixed(2), 4, "first"), "inference.shape_mismatch");
        assert_eq!(code(Dim::Dynamic, 4, "second"), "inference.invalid_model");
    }
}
