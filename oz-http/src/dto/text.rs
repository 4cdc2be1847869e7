//! Validation of short texts.

use crate::ApiError;

/// Trims `text` and checks that it has at most `max` characters and no control characters.
///
/// # Errors
/// Code 4 if it has not.
pub(crate) fn plain_text(field: &str, text: &str, max: usize) -> Result<String, ApiError> {
    let text = text.trim();
    if text.chars().count() > max {
        return Err(ApiError::invalid_value(field, format!("must have at most {max} characters")));
    }
    if text.chars().any(char::is_control) {
        return Err(ApiError::invalid_value(field, "must not contain control characters"));
    }
    Ok(text.into())
}
