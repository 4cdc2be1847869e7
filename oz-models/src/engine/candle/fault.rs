//! Errors of loading and running a model, to which the caller adds the name of the model.

use oz_core::Error;

#[derive(Debug)]
pub(super) enum Fault {
    /// The file is inconsistent or violates the ONNX standard.
    Invalid(String),
    /// Valid, but the operator or this use of it is not implemented.
    Unsupported(String),
    /// Error of the crate candle.
    Candle(candle_core::Error),
}

pub(super) type Result<T> = std::result::Result<T, Fault>;

impl From<candle_core::Error> for Fault {
    fn from(error: candle_core::Error) -> Self {
        Self::Candle(error)
    }
}

impl Fault {
    pub(super) fn invalid(detail: impl Into<String>) -> Self {
        Self::Invalid(detail.into())
    }

    pub(super) fn unsupported(operator: impl Into<String>) -> Self {
        Self::Unsupported(operator.into())
    }

    /// Public error for a fault that occurs while `model` is loaded.
    pub(super) fn at_load(self, model: &str) -> Error {
        let model = model.to_owned();
        match self {
            Self::Invalid(detail) => Error::InferenceInvalidModel { model, detail },
            Self::Unsupported(operator) => Error::InferenceUnsupportedOperator { model, operator },
            Self::Candle(source) => Error::InferenceInvalidModel { model, detail: source.to_string() },
        }
    }

    /// Public error for a fault that occurs while `model` runs on inputs of these shapes. The file was valid
    /// when it was loaded, so an invalid combination is blamed on the shapes.
    pub(super) fn at_run(self, model: &str, shapes: &[Vec<usize>]) -> Error {
        match self {
            Self::Invalid(detail) => Error::InferenceShapeMismatch {
                at: format!("the inputs of `{model}`"),
                expected: format!("shapes that the model supports ({detail})"),
                actual: format!("{shapes:?}"),
            },
            Self::Candle(source) => Error::inference(format!("`{model}` on {shapes:?}"), source),
            other => other.at_load(model),
        }
    }
}
