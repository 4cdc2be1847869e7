//! Comparison of responses with the files in `snapshots/`.

use std::path::PathBuf;

use serde_json::Value;

/// Compares a response with a snapshot file. Media URLs are signed with a random secret, so only their
/// extension is compared.
///
/// If `OZ_UPDATE_SNAPSHOTS` is set, the file is updated first.
#[track_caller]
pub(crate) fn check_snapshot(name: &str, answer: &Value) {
    let path =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/http/snapshots").join(format!("{name}.json"));
    let found = format!("{}\n", serde_json::to_string_pretty(&redacted(answer)).unwrap());
    if std::env::var_os("OZ_UPDATE_SNAPSHOTS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &found).unwrap();
    }

    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(found, expected, "{name}");
}

fn redacted(value: &Value) -> Value {
    match value {
        Value::String(text) if text.contains("/static/") => {
            Value::String(format!("[url].{}", text.rsplit('.').next().unwrap()))
        }
        Value::Array(list) => list.iter().map(redacted).collect(),
        Value::Object(object) => object.iter().map(|(key, value)| (key.clone(), redacted(value))).collect(),
        other => other.clone(),
    }
}
