//! Custom attributes of records, and search conditions on them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Error, Result};

/// A JSON object that is stored, searched and returned without interpretation.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Metadata(Map<String, Value>);

/// Maximum nesting depth of objects and lists, including the outermost object.
const MAX_DEPTH: usize = 16;

/// Maximum length of a searchable path or value, in bytes. Longer ones are stored but not searchable.
const MAX_FACET: usize = 512;

impl Metadata {
    /// Maximum size of the JSON text, in bytes.
    pub const MAX_BYTES: usize = 64 * 1024;

    /// Validates a JSON object; `null` yields an empty one.
    ///
    /// # Errors
    /// `input.invalid_value` when the value is not an object, is nested deeper than 16 levels, exceeds
    /// [`Metadata::MAX_BYTES`], or contains the character U+0000, which not every database can store.
    pub fn new(value: Value) -> Result<Self> {
        let object = match value {
            Value::Object(object) => object,
            Value::Null => Map::new(),
            _ => return Err(invalid("must be a JSON object")),
        };
        if object.values().any(|value| depth(value) >= MAX_DEPTH) {
            return Err(invalid("must not be nested deeper than 16 levels"));
        }
        if object.iter().any(|(key, value)| key.contains('\0') || contains_nul(value)) {
            return Err(invalid("must not contain the character U+0000"));
        }

        let metadata = Self(object);
        if metadata.to_json().len() > Self::MAX_BYTES {
            return Err(invalid("must not exceed 64 KiB"));
        }
        Ok(metadata)
    }

    /// Parses JSON text written by [`Metadata::to_json`]. Limits are not checked again.
    ///
    /// # Errors
    /// `input.invalid_value` when the text is not a JSON object.
    pub fn from_json(text: &str) -> Result<Self> {
        serde_json::from_str(text).map(Self).map_err(|error| invalid(&error.to_string()))
    }

    /// Serializes to JSON text.
    #[must_use]
    pub fn to_json(&self) -> String {
        Value::Object(self.0.clone()).to_string()
    }

    /// Value of a top-level key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(key)
    }

    /// The underlying JSON object.
    #[must_use]
    pub fn as_object(&self) -> &Map<String, Value> {
        &self.0
    }

    /// Whether the object has no keys.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns a copy with the top-level keys of `other` added or replaced; a `null` value removes the key.
    ///
    /// # Errors
    /// `input.invalid_value` when the result is too large.
    pub fn merged(&self, other: Self) -> Result<Self> {
        let mut object = self.0.clone();
        for (key, value) in other.0 {
            if value.is_null() {
                object.remove(&key);
            } else {
                object.insert(key, value);
            }
        }
        Self::new(Value::Object(object))
    }

    /// Searchable values as sorted, distinct `(path, text)` pairs.
    ///
    /// A path joins nested keys with dots; list elements share the path of their list. Strings, numbers and
    /// booleans are included. A pair is omitted when its path or text is longer than 512 bytes.
    #[must_use]
    pub fn facets(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for (key, value) in &self.0 {
            collect_facets(key.clone(), value, &mut found);
        }
        found.sort();
        found.dedup();
        found
    }
}

impl TryFrom<Value> for Metadata {
    type Error = Error;
    fn try_from(value: Value) -> Result<Self> {
        Self::new(value)
    }
}

fn collect_facets(path: String, value: &Value, found: &mut Vec<(String, String)>) {
    let text = match value {
        Value::Null => return,
        Value::Object(object) => {
            for (key, inner) in object {
                collect_facets(format!("{path}.{key}"), inner, found);
            }
            return;
        }
        Value::Array(list) => {
            list.iter().for_each(|inner| collect_facets(path.clone(), inner, found));
            return;
        }
        Value::String(text) => text.clone(),
        Value::Number(_) | Value::Bool(_) => value.to_string(),
    };

    if path.len() <= MAX_FACET && text.len() <= MAX_FACET {
        found.push((path, text));
    }
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Object(object) => 1 + object.values().map(depth).max().unwrap_or(0),
        Value::Array(list) => 1 + list.iter().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

fn contains_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Object(object) => object.iter().any(|(key, value)| key.contains('\0') || contains_nul(value)),
        Value::Array(list) => list.iter().any(contains_nul),
        _ => false,
    }
}

fn invalid(detail: &str) -> Error {
    Error::InvalidValue { name: "metadata", detail: detail.into() }
}

/// Condition on metadata: presence or absence of one facet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetadataCondition {
    /// Path of the value, with nested keys joined by dots.
    pub path: String,
    /// Text of the value.
    pub value: String,
    /// Requires the facet to be absent instead of present.
    pub negated: bool,
}

impl MetadataCondition {
    /// Whether `metadata` satisfies the condition.
    #[must_use]
    pub fn holds(&self, metadata: &Metadata) -> bool {
        let found = metadata.facets().iter().any(|(path, value)| *path == self.path && *value == self.value);
        found != self.negated
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_objects_of_bounded_size_and_depth_are_accepted() {
        assert!(Metadata::new(json!({"a": {"b": [1, 2]}})).is_ok());
        assert!(Metadata::new(Value::Null).unwrap().is_empty());

        let deep = (0..20).fold(json!(1), |inner, _| json!({ "x": inner }));
        let nul = json!({"a": ["b", {"c": "\0"}]});
        for value in [json!([1]), json!("text"), json!({"big": "x".repeat(70_000)}), deep, nul] {
            assert_eq!(Metadata::new(value).unwrap_err().code(), "input.invalid_value");
        }
    }

    #[test]
    fn merge_adds_replaces_and_removes_keys() {
        let old = Metadata::new(json!({"a": 1, "b": {"c": 2}, "d": 3})).unwrap();
        let new = Metadata::new(json!({"b": 5, "d": null, "e": "x"})).unwrap();
        assert_eq!(Value::Object(old.merged(new).unwrap().0), json!({"a": 1, "b": 5, "e": "x"}));
    }

    #[test]
    fn facets_pair_paths_with_texts() {
        let metadata =
            json!({"iin": "9001", "person": {"age": 7, "ok": true, "tags": ["x", "y", "x"]}, "n": null});
        let expected = [("iin", "9001"), ("person.age", "7"), ("person.ok", "true"), ("person.tags", "x")];
        let facets = Metadata::new(metadata).unwrap().facets();
        assert_eq!(facets.len(), 5);
        for (path, value) in expected {
            assert!(facets.contains(&(path.into(), value.into())), "{path}");
        }
    }

    #[test]
    fn condition_can_be_negated() {
        let metadata = Metadata::new(json!({"id": "T-1"})).unwrap();
        let condition =
            |value: &str, negated| MetadataCondition { path: "id".into(), value: value.into(), negated };
        assert!(condition("T-1", false).holds(&metadata) && condition("T-2", true).holds(&metadata));
        assert!(!condition("T-1", true).holds(&metadata) && !condition("T-2", false).holds(&metadata));
    }
}
