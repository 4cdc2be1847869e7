//! Why a model cannot be prepared or run, before the model's name is added.

use oz_core::Error;

#[derive(Debug)]
pub(super) enum Fault {
    /// The file contradicts itself or the standard.
    Invalid(String),
    /// The file is fine, but this operator (or this way to use it) is not here.
    Unsupported(String),
    /// candle failed.
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

    /// While the model was being loaded.
    pub(super) fn at_load(self, model: &str) -> Error {
        let model = model.to_owned();
        match self {
            Self::Invalid(detail) => Error::InferenceInvalidModel { model, detail },
            Self::Unsupported(operator) => Error::InferenceUnsupportedOperator { model, operator },
            Self::Candle(source) => Error::InferenceInvalidModel { model, detail: source.to_string() },
        }
    }

    /// While it was run on inputs of these shapes: the same file worked for others.
    pub(super) fn at_run(self, model: &str, shapes: &[Vec<usize>]) -> Error {
        match self {
            Self::Invalid(detail) => Error::InferenceShapeMismatch {
                at: format!("the inputs of `{model}`"),
                expected: format!("shapes that the model can take ({detail})"),
                actual: format!("{shapes:?}"),
            },
            Self::Candle(source) => Error::inference(format!("`{model}` on {shapes:?}"), source),
            other => other.at_load(model),
        }
    }
}
