//! Accessors of JSON values whose errors name the path of the value.

use oz_core::metadata::Metadata;
use serde_json::{Map, Value};

use crate::field::FieldError;

/// Parses a JSON object. Empty input and `null` yield an empty object.
pub(crate) fn object_of(bytes: &[u8], name: &str) -> Result<Map<String, Value>, FieldError> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(Map::new());
    }
    // serde_json limits the nesting depth to 128.
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(Value::Null) => Ok(Map::new()),
        Ok(_) => Err(FieldError::of_type(name, "an object")),
        Err(error) => Err(FieldError::malformed(name, format!("invalid JSON: {error}"))),
    }
}

/// Value of a key; `null` counts as absent.
pub(crate) fn present<'a>(object: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    object.get(key).filter(|value| !value.is_null())
}

/// Object at `path`.
pub(crate) fn as_object<'a>(value: &'a Value, path: &str) -> Result<&'a Map<String, Value>, FieldError> {
    value.as_object().ok_or_else(|| FieldError::of_type(path, "an object"))
}

/// Array at `path`.
pub(crate) fn as_list<'a>(value: &'a Value, path: &str) -> Result<&'a [Value], FieldError> {
    value.as_array().map(Vec::as_slice).ok_or_else(|| FieldError::of_type(path, "an array"))
}

/// String at `path`.
pub(crate) fn as_text<'a>(value: &'a Value, path: &str) -> Result<&'a str, FieldError> {
    value.as_str().ok_or_else(|| FieldError::of_type(path, "a string"))
}

/// Boolean at `path`.
pub(crate) fn as_bool(value: &Value, path: &str) -> Result<bool, FieldError> {
    value.as_bool().ok_or_else(|| FieldError::of_type(path, "a boolean"))
}

/// Number between 0 and 1 at `path`.
pub(crate) fn as_share(value: &Value, path: &str) -> Result<f64, FieldError> {
    let number = value.as_f64().ok_or_else(|| FieldError::of_type(path, "a number"))?;
    let is_share = (0.0..=1.0).contains(&number);
    is_share.then_some(number).ok_or_else(|| FieldError::value(path, "must be between 0 and 1"))
}

/// Metadata at `path`.
pub(crate) fn as_metadata(value: &Value, path: &str) -> Result<Metadata, FieldError> {
    as_object(value, path)?;
    Metadata::new(value.clone()).map_err(|error| FieldError::value(path, error.to_string()))
}
