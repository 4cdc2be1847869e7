//! Errors of API Lite: `{"code": "BPE-002003", "message": "…"}`.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use oz_core::Error;
use serde::Serialize;
use utoipa::ToSchema;

use crate::ApiError;

/// Family of a method, the prefix of its error codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    /// `BPE`: templates.
    Pattern,
    /// `LDE`: liveness.
    Liveness,
}

/// Kind of error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Number {
    /// Internal error.
    Internal,
    /// Inference failed.
    Inference,
    /// Wrong content type of the request.
    ContentType,
    /// Wrong HTTP method.
    WrongMethod,
    /// Unreadable sample.
    Sample,
    /// Unreadable template.
    Template,
    /// Unreadable payload.
    Metadata,
    /// Wrong content type of a part.
    PartType,
    /// Missing part, malformed form, or unknown method.
    BadRequest,
    /// No template could be extracted from the face.
    NoTemplate,
    /// No face found.
    NoFace,
    /// More than one face found.
    ManyFaces,
}

/// An error of API Lite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LiteError {
    status: StatusCode,
    code: String,
    message: String,
}

/// An error of API Lite.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LiteErrorBody {
    /// Error code: `BPE-` (templates) or `LDE-` (liveness) and six digits, e.g. `BPE-002003`.
    pub(super) code: String,
    /// Error message, human-readable.
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

    /// Converts the error of an examination. Internal errors disclose no details.
    pub(super) fn of(family: Family, error: &Error) -> Self {
        match error.code().split('.').next() {
            Some("media") => Self::new(family, Number::Sample, error.to_string()),
            Some("inference") => {
                Self::new(family, Number::Inference, "inference failed; check the health method")
            }
            _ => {
                tracing::error!(code = error.code(), "request failed");
                Self::new(family, Number::Internal, "Internal error")
            }
        }
    }

    /// Converts the rejection of a request under overload, keeping its status.
    pub(super) fn overloaded(family: Family, error: ApiError) -> Self {
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
    fn codes_match_the_api() {
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
