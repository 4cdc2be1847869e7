//! Errors in the fields of a request.

use std::fmt;

use axum::http::StatusCode;

use crate::{ApiError, ErrorNumber};

/// An invalid field of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// Kind of error.
    pub fault: Fault,
    /// Path of the field, e.g. `analyses.0.type`; empty for the body as a whole.
    pub field: String,
    /// Explanation; may be empty.
    pub detail: String,
}

/// Kinds of errors in a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Missing field, or malformed text.
    Structure,
    /// Invalid value.
    Value,
    /// Wrong type.
    Type,
}

impl FieldError {
    /// A required field is missing.
    pub fn missing(field: impl Into<String>) -> Self {
        Self { fault: Fault::Structure, field: field.into(), detail: String::new() }
    }

    /// The text is malformed.
    pub fn malformed(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { fault: Fault::Structure, field: field.into(), detail: detail.into() }
    }

    /// The value is invalid; `detail` completes "Incorrect value for field 'x': …".
    pub fn value(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { fault: Fault::Value, field: field.into(), detail: detail.into() }
    }

    /// The value does not have the type `expected`, e.g. "an object".
    pub fn of_type(field: impl Into<String>, expected: &str) -> Self {
        Self { fault: Fault::Type, field: field.into(), detail: format!("expected {expected}") }
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
