//! Short texts of clients.

use crate::ApiError;

/// A name of at most `max` characters without control characters, trimmed.
///
/// # Errors
/// Code 4.
pub(crate) fn plain_text(field: &str, text: &str, max: usize) -> Result<String, ApiError> {
    let text = text.trim();
    if text.chars().count() > max {
        return Err(ApiError::invalid_value(field, format!("it has more than {max} characters")));
    }
    if text.chars().any(char::is_control) {
        return Err(ApiError::invalid_value(field, "it has control characters"));
    }
    Ok(text.into())
}
