//! Errors of API Lite: `{"code": "BPE-002003", "message": "…"}`.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use oz_core::Error;
use serde::Serialize;
use utoipa::ToSchema;

use crate::ApiError;

/// What a method is about; its codes begin with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    /// `BPE`: templates.
    Pattern,
    /// `LDE`: liveness.
    Liveness,
}

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Number {
    /// The service failed.
    Internal,
    /// A model failed.
    Inference,
    /// The request is of a wrong type.
    ContentType,
    /// The HTTP method is wrong.
    WrongMethod,
    /// The sample cannot be read.
    Sample,
    /// A template cannot be read.
    Template,
    /// What the client says about its media cannot be read.
    Metadata,
    /// A part is of a wrong type.
    PartType,
    /// A part is missing, or there is no such method.
    BadRequest,
    /// No template can be made of the face.
    NoTemplate,
    /// No face.
    NoFace,
    /// More than one face.
    ManyFaces,
}

/// An error as a client of API Lite sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LiteError {
    status: StatusCode,
    code: String,
    message: String,
}

/// The body of an error of API Lite.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LiteErrorBody {
    /// Family and number.
    pub(super) code: String,
    /// One clause for people.
    pub(super) message: String,
}

impl LiteError {
    pub(super) fn new(family: Family, number: Number, message: impl Into<String>) -> Self {
        let status = match number {
            Number::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        };
        Self { status, code: code(family, number), message: message.into() }
    }

    /// Of a failed examination. Faults of the service tell nothing of its inside.
    pub(super) fn of(family: Family, error: &Error) -> Self {
        match error.code().split('.').next() {
            Some("media") => Self::new(family, Number::Sample, error.to_string()),
            Some("inference") => Self::new(family, Number::Inference, "a model failed; ask for health"),
            _ => {
                tracing::error!(code = error.code(), "a request failed");
                Self::new(family, Number::Internal, "Internal error")
            }
        }
    }

    /// Of a request that is sent away, with the status that says so.
    pub(super) fn sent_away(family: Family, error: ApiError) -> Self {
        Self { status: error.status, code: code(family, Number::Internal), message: error.message }
    }
}

fn code(family: Family, number: Number) -> String {
    let (prefix, is_liveness) = match family {
        Family::Pattern => ("BPE", false),
        Family::Liveness => ("LDE", true),
    };
    let digits = match number {
        Number::Internal => "001001",
        Number::Inference => "001002",
        Number::ContentType => "002001",
        Number::WrongMethod => "002002",
        Number::Sample if is_liveness => "002004",
        Number::Sample | Number::Metadata => "002003",
        Number::Template => "002004",
        Number::PartType => "002005",
        Number::BadRequest => "002006",
        Number::NoTemplate => "003001",
        Number::NoFace => "003002",
        Number::ManyFaces => "003003",
    };
    format!("{prefix}-{digits}")
}

impl IntoResponse for LiteError {
    fn into_response(self) -> Response {
        (self.status, Json(LiteErrorBody { code: self.code, message: self.message })).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_interface() {
        assert_eq!(code(Family::Pattern, Number::Sample), "BPE-002003");
        assert_eq!(code(Family::Pattern, Number::Template), "BPE-002004");
        assert_eq!(code(Family::Liveness, Number::Sample), "LDE-002004");
        assert_eq!(code(Family::Liveness, Number::Metadata), "LDE-002003");
        let of = |error| LiteError::of(Family::Pattern, &error).code;
        assert_eq!(of(Error::MediaEmpty), "BPE-002003");
        assert_eq!(of(Error::InferenceFailed { detail: "x".into(), source: None }), "BPE-001002");
        assert_eq!(of(Error::backend("x", true, "y")), "BPE-001001");
    }
}
