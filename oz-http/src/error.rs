//! Error responses.

use std::error::Error as StdError;
use std::time::Duration;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use oz_core::Error;
use serde::Serialize;
use utoipa::ToSchema;

/// `Retry-After` of retryable storage errors.
const PAUSE: Duration = Duration::from_secs(1);

/// Error numbers of the Oz API, sent as `error_code`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorNumber {
    /// Internal error.
    Unknown = 0,
    /// Method not allowed on this resource.
    NotAllowed = 1,
    /// Documented, but not implemented.
    NotRealized = 2,
    /// Missing field, or malformed body.
    InvalidStructure = 3,
    /// Invalid value.
    InvalidValue = 4,
    /// Value of the wrong type.
    InvalidType = 5,
    /// Missing access token.
    AuthNotProvided = 6,
    /// Unknown access token, or wrong credentials.
    AuthInvalid = 7,
    /// Expired access token.
    AuthExpired = 8,
    /// Operation not permitted for the caller.
    Forbidden = 9,
    /// Resource does not exist within the caller's scope.
    NotExist = 10,
    /// A dependency of the service is unavailable, or the service is overloaded.
    ExternalService = 11,
    /// Storage error.
    Database = 12,
    /// Missing capture container.
    NoContainer = 13,
    /// Invalid capture container or session token.
    BadContainer = 14,
}

/// An error response: a status and the body `{"error_code", "error_message", "details"}`.
///
/// Internal errors disclose nothing to the client; their cause is logged when the `ApiError` is created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// HTTP status.
    pub status: StatusCode,
    /// Error number.
    pub number: ErrorNumber,
    /// Error message, human-readable.
    pub message: String,
    /// Stable error code of the library, e.g. `media.corrupt`.
    pub code: Option<&'static str>,
    /// Time to wait before a retry, sent as `Retry-After` in whole seconds.
    pub retry_after: Option<Duration>,
}

/// An error.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorBody {
    /// Error number of the Oz API, 0 to 14.
    pub error_code: u16,
    /// Error message, human-readable.
    pub error_message: String,
    /// Further details; null if there are none.
    pub details: Option<ErrorDetails>,
}

/// Details of an error.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorDetails {
    /// Stable error code, e.g. `media.corrupt`.
    pub code: &'static str,
}

impl ApiError {
    /// Creates an error without code and retry time.
    #[must_use]
    pub fn new(status: StatusCode, number: ErrorNumber, message: impl Into<String>) -> Self {
        Self { status, number, message: message.into(), code: None, retry_after: None }
    }

    /// Sets the stable error code.
    #[must_use]
    pub fn with_code(self, code: &'static str) -> Self {
        Self { code: Some(code), ..self }
    }

    /// 404, number 10: the resource does not exist within the caller's scope.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, ErrorNumber::NotExist, "Not found")
    }

    /// 405, number 1: the resource does not support the method.
    #[must_use]
    pub fn method_not_allowed() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, ErrorNumber::NotAllowed, "Method not allowed")
    }

    /// 501, number 2: the feature is documented, but not implemented.
    #[must_use]
    pub fn not_implemented(what: &str) -> Self {
        let message = format!("{what} is not implemented");
        Self::new(StatusCode::NOT_IMPLEMENTED, ErrorNumber::NotRealized, message)
    }

    /// 400, number 3: a field is missing, or the body is malformed.
    #[must_use]
    pub fn invalid_structure(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, ErrorNumber::InvalidStructure, message)
    }

    /// 400, number 3: a field is missing.
    #[must_use]
    pub fn missing_field(name: &str) -> Self {
        Self::invalid_structure(format!("Could not locate field for key_path {name}"))
    }

    /// 400, number 4: the value of `field` is invalid; `why` completes "Incorrect value for field 'x': …".
    #[must_use]
    pub fn invalid_value(field: &str, why: impl std::fmt::Display) -> Self {
        let message = format!("Incorrect value for field '{field}': {why}");
        Self::new(StatusCode::BAD_REQUEST, ErrorNumber::InvalidValue, message)
    }

    /// 400, number 5: a value has the wrong type.
    #[must_use]
    pub fn invalid_type(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, ErrorNumber::InvalidType, message)
    }

    /// 401, number 6: the access token is missing.
    #[must_use]
    pub fn auth_not_provided() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, ErrorNumber::AuthNotProvided, "Access token is not provided")
    }

    /// 401, number 7: the access token is unknown, or the credentials are wrong.
    #[must_use]
    pub fn auth_invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, ErrorNumber::AuthInvalid, message)
    }

    /// 401, number 8: the access token has expired.
    #[must_use]
    pub fn auth_expired() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, ErrorNumber::AuthExpired, "Access token has expired")
    }

    /// 403, number 9: the caller is not permitted to do this.
    #[must_use]
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, ErrorNumber::Forbidden, message)
    }

    /// 409, number 4: the state of stored records does not allow the operation.
    #[must_use]
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, ErrorNumber::InvalidValue, message)
    }

    /// 413, number 4: the request exceeds a size limit.
    #[must_use]
    pub fn too_large(message: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, ErrorNumber::InvalidValue, message)
    }

    /// 429, number 9: too many attempts; retry after the given time.
    #[must_use]
    pub fn too_many(message: impl Into<String>, retry_after: Duration) -> Self {
        let error = Self::new(StatusCode::TOO_MANY_REQUESTS, ErrorNumber::Forbidden, message);
        Self { retry_after: Some(retry_after), ..error }
    }

    /// 503, number 11: the service is overloaded; retry after the given time.
    #[must_use]
    pub fn overloaded(message: impl Into<String>, retry_after: Duration) -> Self {
        let error = Self::new(StatusCode::SERVICE_UNAVAILABLE, ErrorNumber::ExternalService, message);
        Self { retry_after: Some(retry_after), ..error }
    }

    /// 400, number 13: the capture container is missing.
    #[must_use]
    pub fn no_container() -> Self {
        Self::new(StatusCode::BAD_REQUEST, ErrorNumber::NoContainer, "There is no container in the request")
    }

    /// 400, number 14: the capture container or its session token is invalid.
    #[must_use]
    pub fn bad_container(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, ErrorNumber::BadContainer, message)
    }

    /// 500, number 0: an internal error. Logs `cause` and does not disclose it.
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

/// Formats an error with its causes on one line.
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
    fn library_errors_map_to_statuses_and_numbers() {
        check(&Error::MediaEmpty, 400, ErrorNumber::InvalidValue);
        check(&Error::NotFound { what: "subject 1".into() }, 404, ErrorNumber::NotExist);
        check(&Error::Conflict { what: "alias".into() }, 409, ErrorNumber::InvalidValue);
        check(&Error::LicenseDenied { detail: "expired".into() }, 403, ErrorNumber::Forbidden);
        check(&Error::backend("reading", true, "timeout"), 503, ErrorNumber::ExternalService);
        check(&Error::backend("reading", false, "broken"), 500, ErrorNumber::Database);
        check(&Error::inference("running", "driver"), 500, ErrorNumber::Unknown);
    }

    #[test]
    fn internal_errors_disclose_no_details() {
        let error = Error::inference("running /srv/models/secret.onnx", "driver");
        assert_eq!(ApiError::from(&error).message, "Internal error");
        assert_eq!(ApiError::internal("secret").message, "Internal error");
    }

    #[test]
    fn retryable_errors_carry_retry_after() {
        let wait = |error: ApiError| {
            let header = error.into_response().headers().get(header::RETRY_AFTER).cloned();
            header.map(|value| value.to_str().unwrap().to_owned())
        };
        assert_eq!(wait(ApiError::too_many("later", Duration::from_millis(2_300))).as_deref(), Some("3"));
        assert_eq!(wait(ApiError::from(Error::backend("reading", true, "timeout"))).as_deref(), Some("1"));
        assert_eq!(wait(ApiError::not_found()), None);
    }
}
