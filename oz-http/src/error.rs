//! Errors on the wire.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use oz_core::Error;
use serde::Serialize;

/// The numbers that the Oz API gives to kinds of errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorNumber {
    /// The service is at fault.
    Unknown = 0,
    /// The method is not allowed on this resource.
    NotAllowed = 1,
    /// Documented, not built.
    NotRealized = 2,
    /// A value is wrong.
    InvalidValue = 4,
    /// The caller may not do this.
    Forbidden = 9,
    /// There is no such resource.
    NotExist = 10,
    /// A system behind the service failed.
    ExternalService = 11,
}

/// An error as a client sees it: a status and the body `{"error_code", "error_message", "details"}`.
///
/// Faults of the service tell the client nothing about its inside; whoever makes one logs the cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// Status of the response.
    pub status: StatusCode,
    /// Kind of the error.
    pub number: ErrorNumber,
    /// One clause for people.
    pub message: String,
    /// The library's own stable code, e.g. `media.corrupt`.
    pub code: Option<&'static str>,
}

#[derive(Serialize)]
struct ErrorBody {
    error_code: u16,
    error_message: String,
    details: Option<Details>,
}

#[derive(Serialize)]
struct Details {
    code: &'static str,
}

impl ApiError {
    fn new(status: StatusCode, number: ErrorNumber, message: impl Into<String>) -> Self {
        Self { status, number, message: message.into(), code: None }
    }

    /// There is no such resource.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, ErrorNumber::NotExist, "Not found")
    }

    /// The resource does not take this method.
    #[must_use]
    pub fn method_not_allowed() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, ErrorNumber::NotAllowed, "Method not allowed")
    }
}

impl From<&Error> for ApiError {
    fn from(error: &Error) -> Self {
        let (status, number) = match error {
            Error::NotFound { .. } => (StatusCode::NOT_FOUND, ErrorNumber::NotExist),
            Error::Conflict { .. } => (StatusCode::CONFLICT, ErrorNumber::InvalidValue),
            Error::LicenseDenied { .. } => (StatusCode::FORBIDDEN, ErrorNumber::Forbidden),
            Error::Backend { retryable: true, .. } => {
                (StatusCode::SERVICE_UNAVAILABLE, ErrorNumber::ExternalService)
            }
            error if error.is_input() => (StatusCode::BAD_REQUEST, ErrorNumber::InvalidValue),
            _ => (StatusCode::INTERNAL_SERVER_ERROR, ErrorNumber::Unknown),
        };
        let message = if status.is_server_error() { "Internal error".into() } else { error.to_string() };
        Self { status, number, message, code: Some(error.code()) }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = ErrorBody {
            error_code: self.number as u16,
            error_message: self.message,
            details: self.code.map(|code| Details { code }),
        };
        (self.status, Json(body)).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(error: &Error, status: u16, number: ErrorNumber) {
        let api = ApiError::from(error);
        assert_eq!((api.status.as_u16(), api.number, api.code), (status, number, Some(error.code())));
    }

    #[test]
    fn errors_of_the_library_become_numbers_and_statuses() {
        check(&Error::MediaEmpty, 400, ErrorNumber::InvalidValue);
        check(&Error::NotFound { what: "subject 1".into() }, 404, ErrorNumber::NotExist);
        check(&Error::Conflict { what: "alias".into() }, 409, ErrorNumber::InvalidValue);
        check(&Error::LicenseDenied { detail: "expired".into() }, 403, ErrorNumber::Forbidden);
        check(&Error::backend("reading", true, "timeout"), 503, ErrorNumber::ExternalService);
        check(&Error::backend("reading", false, "broken"), 500, ErrorNumber::Unknown);
    }

    #[test]
    fn faults_of_the_service_tell_nothing_of_its_inside() {
        let error = Error::inference("running /srv/models/secret.onnx", "driver");
        assert_eq!(ApiError::from(&error).message, "Internal error");
    }
}
