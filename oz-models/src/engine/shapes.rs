//! Validation of inputs against a signature, shared by all engines.

use oz_core::inference::{Signature, TensorView};
use oz_core::{Error, Result};

/// Checks number and shapes of `inputs` against the signature.
///
/// # Errors
/// `inference.shape_mismatch`.
pub(super) fn check(signature: &Signature, inputs: &[TensorView<'_>]) -> Result<()> {
    if inputs.len() != signature.inputs.len() {
        return Err(Error::InferenceShapeMismatch {
            at: "the inputs".into(),
            expected: format!("{} tensors", signature.inputs.len()),
            actual: format!("{} tensors", inputs.len()),
        });
    }

    for (spec, input) in signature.inputs.iter().zip(inputs) {
        if !spec.accepts(input.shape()) || input.values().is_empty() {
            return Err(Error::InferenceShapeMismatch {
                at: spec.name.clone(),
                expected: spec.to_string(),
                actual: format!("{:?}", input.shape()),
            });
        }
    }
    Ok(())
}
