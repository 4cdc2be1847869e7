//! JSON bodies.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use serde::de::DeserializeOwned;

use crate::{ApiError, ErrorNumber};

/// A JSON body, regardless of its content type. An empty body is read as an empty object.
#[derive(Debug, Clone)]
pub struct Json<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let bytes =
            Bytes::from_request(request, state).await.map_err(|rejection| match rejection.status() {
                StatusCode::PAYLOAD_TOO_LARGE => ApiError::too_large("The body is too large"),
                _ => ApiError::invalid_structure("The body cannot be read"),
            })?;
        let text: &[u8] = if bytes.trim_ascii().is_empty() { b"{}" } else { &bytes };
        from_json(text).map(Self)
    }
}

/// Parses JSON text.
///
/// # Errors
/// Code 3 for malformed JSON or a missing field, 5 for a value of the wrong type, 4 for an invalid value.
pub fn from_json<T: DeserializeOwned>(text: &[u8]) -> Result<T, ApiError> {
    serde_json::from_slice(text).map_err(|error| {
        let message = error.to_string();
        if !error.is_data() {
            ApiError::invalid_structure(format!("Malformed JSON: {message}"))
        } else if let Some(field) = missing_field(&message) {
            ApiError::missing_field(field)
        } else if message.starts_with("invalid type") {
            ApiError::invalid_type(format!("Incorrect type: {message}"))
        } else {
            let message = format!("Incorrect value: {message}");
            ApiError::new(StatusCode::BAD_REQUEST, ErrorNumber::InvalidValue, message)
        }
    })
}

fn missing_field(message: &str) -> Option<&str> {
    message.strip_prefix("missing field `")?.split('`').next()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    struct Body {
        #[expect(dead_code, reason = "only deserialised")]
        size: u8,
    }

    fn check(text: &str, number: ErrorNumber, part: &str) {
        let error = from_json::<Body>(text.as_bytes()).unwrap_err();
        assert_eq!((error.status.as_u16(), error.number), (400, number), "{text}");
        assert!(error.message.contains(part), "{}", error.message);
    }

    #[test]
    fn each_kind_of_error_has_its_number() {
        check("{", ErrorNumber::InvalidStructure, "Malformed JSON");
        check("{}", ErrorNumber::InvalidStructure, "Could not locate field for key_path size");
        check(r#"{"size": "x"}"#, ErrorNumber::InvalidType, "expected u8");
        check(r#"{"size": 256}"#, ErrorNumber::InvalidValue, "256");
        check("\u{fffd}", ErrorNumber::InvalidStructure, "Malformed JSON");
    }
}
