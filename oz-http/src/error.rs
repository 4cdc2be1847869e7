//! Errors on the wire.

use std::error::Error as StdError;
use std::time::Duration;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use oz_core::Error;
use serde::Serialize;
use utoipa::ToSchema;

/// How long a client is asked to wait when a part of the service cannot be reached.
const PAUSE: Duration = Duration::from_secs(1);

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
    /// A field is missing, or the whole cannot be read.
    InvalidStructure = 3,
    /// A value is wrong.
    InvalidValue = 4,
    /// A value is of the wrong type.
    InvalidType = 5,
    /// There is no token.
    AuthNotProvided = 6,
    /// The token is unknown.
    AuthInvalid = 7,
    /// The token holds no more.
    AuthExpired = 8,
    /// The caller may not do this.
    Forbidden = 9,
    /// There is no such resource.
    NotExist = 10,
    /// A system behind the service failed.
    ExternalService = 11,
    /// The database failed.
    Database = 12,
    /// A data container was needed and there is none.
    NoContainer = 13,
    /// A data container cannot be opened.
    BadContainer = 14,
}

/// An error as a client sees it: a status and the body `{"error_code", "error_message", "details"}`.
///
/// Faults of the service tell the client nothing about its inside; their cause is logged where they become an `ApiError`.
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
    /// When it may be tried again.
    pub retry_after: Option<Duration>,
}

/// The body of every answer that is an error.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorBody {
    /// Kind of the error, 0..=14.
    pub error_code: u16,
    /// One clause for people.
    pub error_message: String,
    /// What else is known.
    pub details: Option<ErrorDetails>,
}

/// What else is known of an error.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorDetails {
    /// The library's own stable code.
    pub code: &'static str,
}

impl ApiError {
    /// An error of any kind.
    #[must_use]
    pub fn new(status: StatusCode, number: ErrorNumber, message: impl Into<String>) -> Self {
        Self { status, number, message: message.into(), code: None, retry_after: None }
    }

    /// With the library's own stable code.
    #[must_use]
    pub fn with_code(self, code: &'static str) -> Self {
        Self { code: Some(code), ..self }
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

    /// Documented, not built.
    #[must_use]
    pub fn not_realized(what: &str) -> Self {
        Self::new(StatusCode::NOT_IMPLEMENTED, ErrorNumber::NotRealized, format!("{what} is not realized"))
    }

    /// A field is missing, or the whole cannot be read.
    #[must_use]
    pub fn invalid_structure(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, ErrorNumber::InvalidStructure, message)
    }

    /// A field is missing.
    #[must_use]
    pub fn missing_field(name: &str) -> Self {
        Self::invalid_structure(format!("Could not locate field for key_path {name}"))
    }

    /// A value is wrong.
    #[must_use]
    pub fn invalid_value(field: &str, why: impl std::fmt::Display) -> Self {
        let message = format!("Incorrect value for field '{field}': {why}");
        Self::new(StatusCode::BAD_REQUEST, ErrorNumber::InvalidValue, message)
    }

    /// A value is of the wrong type.
    #[must_use]
    pub fn invalid_type(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, ErrorNumber::InvalidType, message)
    }

    /// There is no token.
    #[must_use]
    pub fn auth_not_provided() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, ErrorNumber::AuthNotProvided, "Access token is not provided")
    }

    /// The token, or the pair of address and password, is unknown.
    #[must_use]
    pub fn auth_invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, ErrorNumber::AuthInvalid, message)
    }

    /// The token holds no more.
    #[must_use]
    pub fn auth_expired() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, ErrorNumber::AuthExpired, "Access token has expired")
    }

    /// The caller may not do this.
    #[must_use]
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, ErrorNumber::Forbidden, message)
    }

    /// What is stored does not allow it.
    #[must_use]
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, ErrorNumber::InvalidValue, message)
    }

    /// More than a limit allows.
    #[must_use]
    pub fn too_large(message: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, ErrorNumber::InvalidValue, message)
    }

    /// Too often; to be tried again later.
    #[must_use]
    pub fn too_many(message: impl Into<String>, retry_after: Duration) -> Self {
        let error = Self::new(StatusCode::TOO_MANY_REQUESTS, ErrorNumber::Forbidden, message);
        Self { retry_after: Some(retry_after), ..error }
    }

    /// More work than can be taken; to be tried again later.
    #[must_use]
    pub fn overloaded(message: impl Into<String>, retry_after: Duration) -> Self {
        let error = Self::new(StatusCode::SERVICE_UNAVAILABLE, ErrorNumber::ExternalService, message);
        Self { retry_after: Some(retry_after), ..error }
    }

    /// A data container was needed and there is none.
    #[must_use]
    pub fn no_container() -> Self {
        Self::new(StatusCode::BAD_REQUEST, ErrorNumber::NoContainer, "There is no container in the request")
    }

    /// A data container cannot be opened.
    #[must_use]
    pub fn bad_container(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, ErrorNumber::BadContainer, message)
    }

    /// A fault of the service. `cause` is logged and not told.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        tracing::error!(%cause, "request failed");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, ErrorNumber::Unknown, "Internal error")
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
            Error::Backend { .. } => (StatusCode::INTERNAL_SERVER_ERROR, ErrorNumber::Database),
            error if error.is_input() => (StatusCode::BAD_REQUEST, ErrorNumber::InvalidValue),
            _ => (StatusCode::INTERNAL_SERVER_ERROR, ErrorNumber::Unknown),
        };
        let message = if status.is_server_error() {
            tracing::error!(code = error.code(), cause = %chain(error), "request failed");
            "Internal error".into()
        } else if status == StatusCode::NOT_FOUND {
            "Not found".into()
        } else {
            error.to_string()
        };
        let retry_after = error.is_retryable().then_some(PAUSE);
        Self { status, number, message, code: Some(error.code()), retry_after }
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        Self::from(&error)
    }
}

/// The error and its causes in one line.
fn chain(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = ErrorBody {
            error_code: self.number as u16,
            error_message: self.message,
            details: self.code.map(|code| ErrorDetails { code }),
        };
        let mut response = (self.status, Json(body)).into_response();
        if let Some(wait) = self.retry_after {
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)));
        }
        response
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
        check(&Error::backend("reading", false, "broken"), 500, ErrorNumber::Database);
        check(&Error::inference("running", "driver"), 500, ErrorNumber::Unknown);
    }

    #[test]
    fn faults_of_the_service_tell_nothing_of_its_inside() {
        let error = Error::inference("running /srv/models/secret.onnx", "driver");
        assert_eq!(ApiError::from(&error).message, "Internal error");
        assert_eq!(ApiError::internal("secret").message, "Internal error");
    }

    #[test]
    fn whoever_may_try_again_is_told_when() {
        let wait = |error: ApiError| {
            let header = error.into_response().headers().get(header::RETRY_AFTER).cloned();
            header.map(|value| value.to_str().unwrap().to_owned())
        };
        assert_eq!(wait(ApiError::too_many("later", Duration::from_millis(2_300))).as_deref(), Some("3"));
        assert_eq!(wait(ApiError::from(Error::backend("reading", true, "timeout"))).as_deref(), Some("1"));
        assert_eq!(wait(ApiError::not_found()), None);
    }
}
