//! What can be wrong with a value that a client sent.

use std::fmt;

use axum::http::StatusCode;

use crate::{ApiError, ErrorNumber};

/// A value that cannot be taken, with the path to it, e.g. `analyses.0.type`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// What is wrong.
    pub fault: Fault,
    /// Where; empty for the body as a whole.
    pub field: String,
    /// Further words, or none.
    pub detail: String,
}

/// The ways a value can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It is not there, or the text around it cannot be read.
    Structure,
    /// It is not one of the values that are taken.
    Value,
    /// It is of another type.
    Type,
}

impl FieldError {
    /// A value that has to be there is not.
    pub fn missing(field: impl Into<String>) -> Self {
        Self { fault: Fault::Structure, field: field.into(), detail: String::new() }
    }

    /// The text cannot be read.
    pub fn malformed(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { fault: Fault::Structure, field: field.into(), detail: detail.into() }
    }

    /// A value is not one of those that are taken.
    pub fn value(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { fault: Fault::Value, field: field.into(), detail: detail.into() }
    }

    /// A value is of another type than `wanted`.
    pub fn of_type(field: impl Into<String>, wanted: &str) -> Self {
        Self { fault: Fault::Type, field: field.into(), detail: format!("{wanted} is needed") }
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { fault, field, detail } = self;
        match fault {
            Fault::Structure if detail.is_empty() => {
                return write!(f, "Could not locate field for key_path {field}");
            }
            Fault::Structure => write!(f, "Incorrect structure of '{field}'"),
            Fault::Value => write!(f, "Incorrect value for field '{field}'"),
            Fault::Type => write!(f, "Incorrect type for field '{field}'"),
        }?;
        if detail.is_empty() { Ok(()) } else { write!(f, ": {detail}") }
    }
}

impl From<FieldError> for ApiError {
    fn from(error: FieldError) -> Self {
        let number = match error.fault {
            Fault::Structure => ErrorNumber::InvalidStructure,
            Fault::Value => ErrorNumber::InvalidValue,
            Fault::Type => ErrorNumber::InvalidType,
        };
        Self::new(StatusCode::BAD_REQUEST, number, error.to_string())
    }
}
