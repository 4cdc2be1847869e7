//! Payload: the JSON part of an upload.

use std::collections::BTreeMap;

use oz_core::metadata::Metadata;
use serde_json::{Map, Value};

use super::json::{as_list, as_metadata, as_object, as_text, object_of, present};
use super::order::{Order, parse_orders};
use crate::field::FieldError;

/// Largest number of tags per media.
const MAX_TAGS: usize = 64;

/// Longest tag in bytes.
const MAX_TAG: usize = 128;

/// Payload of an upload. Unknown keys are ignored.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Payload {
    /// Metadata of the folder.
    pub folder: Option<Metadata>,
    /// Metadata of a person in a collection.
    pub person: Option<Metadata>,
    /// Metadata of media, by media key.
    pub media: BTreeMap<String, Metadata>,
    /// Tags of media, by media key.
    pub tags: BTreeMap<String, Vec<String>>,
    /// Analyses to start.
    pub analyses: Vec<Order>,
    /// Webhook URL called when the analyses finish.
    pub endpoint: Option<String>,
    /// Capture token; in containers only.
    pub session_token: Option<String>,
    /// Hexadecimal SHA-256 digests of media, by media key; in containers only.
    pub digests: BTreeMap<String, String>,
}

/// Parses the payload of an upload, or the body of a request that starts analyses.
///
/// # Errors
/// The first invalid field, with its path.
pub fn parse_payload(bytes: &[u8]) -> Result<Payload, FieldError> {
    read_payload(&object_of(bytes, "payload")?)
}

fn read_payload(object: &Map<String, Value>) -> Result<Payload, FieldError> {
    let folder = present(object, "folder:meta_data").map(|value| as_metadata(value, "folder:meta_data"));
    let person = present(object, "person:meta_data").map(|value| as_metadata(value, "person:meta_data"));
    let analyses = present(object, "analyses").map(|value| parse_orders(value, "analyses"));
    let token = present(object, "session_token").map(|value| as_text(value, "session_token"));
    Ok(Payload {
        folder: folder.transpose()?,
        person: person.transpose()?,
        media: by_key(object, "media:meta_data", as_metadata)?,
        tags: by_key(object, "media:tags", parse_tags)?,
        analyses: analyses.transpose()?.unwrap_or_default(),
        endpoint: parse_endpoint(object)?,
        session_token: token.transpose()?.map(str::to_owned),
        digests: by_key(object, "media:sha256", |value, path| as_text(value, path).map(str::to_owned))?,
    })
}

/// The webhook URL has two names on the wire; `folder:resolution_endpoint` takes precedence.
fn parse_endpoint(object: &Map<String, Value>) -> Result<Option<String>, FieldError> {
    for key in ["folder:resolution_endpoint", "resolution_endpoint"] {
        if let Some(value) = present(object, key) {
            return as_text(value, key).map(|text| Some(text.to_owned()));
        }
    }
    Ok(None)
}

/// Parses an object whose keys are media keys. `null` values are ignored.
fn by_key<T>(
    object: &Map<String, Value>,
    name: &str,
    read: impl Fn(&Value, &str) -> Result<T, FieldError>,
) -> Result<BTreeMap<String, T>, FieldError> {
    let Some(value) = present(object, name) else { return Ok(BTreeMap::new()) };
    let entries = as_object(value, name)?.iter().filter(|(_, value)| !value.is_null());
    entries.map(|(key, value)| Ok((key.clone(), read(value, &format!("{name}.{key}"))?))).collect()
}

/// Parses tags: strings in the given order, without duplicates.
pub(crate) fn parse_tags(value: &Value, path: &str) -> Result<Vec<String>, FieldError> {
    let list = as_list(value, path)?;
    if list.len() > MAX_TAGS {
        return Err(FieldError::value(path, format!("must have at most {MAX_TAGS} tags")));
    }

    let mut tags: Vec<String> = Vec::with_capacity(list.len());
    for (index, value) in list.iter().enumerate() {
        let place = format!("{path}.{index}");
        let tag = as_text(value, &place)?;
        if tag.is_empty() || tag.len() > MAX_TAG || tag.chars().any(char::is_control) {
            return Err(FieldError::value(
                place,
                format!("a tag must have 1 to {MAX_TAG} bytes and no control characters"),
            ));
        }
        if !tags.iter().any(|known| known == tag) {
            tags.push(tag.to_owned());
        }
    }
    Ok(tags)
}

#[cfg(test)]
mod tests {
    use oz_core::folder::AnalysisKind;
    use serde_json::json;

    use super::super::order::OrderKind;
    use super::*;
    use crate::field::Fault;

    fn parse(value: &Value) -> Result<Payload, FieldError> {
        parse_payload(value.to_string().as_bytes())
    }

    fn check(value: &Value, fault: Fault, field: &str) {
        let error = parse(value).expect_err(&value.to_string());
        assert_eq!((error.fault, error.field.as_str()), (fault, field), "{value}");
    }

    #[test]
    fn attributes_tags_and_endpoint_are_parsed() {
        let payload = parse(&json!({
            "folder:meta_data": {"transaction_id": "T-1"},
            "media:meta_data": {"video1": {"channel": "kiosk-4"}, "none": null},
            "media:tags": {"video1": ["video_selfie", "of_tomorrow", "video_selfie"]},
            "folder:resolution_endpoint": "https://hooks.example/oz",
            "something:else": [1, 2, 3],
        }))
        .unwrap();

        assert_eq!(payload.folder.unwrap().get("transaction_id"), Some(&json!("T-1")));
        assert_eq!(payload.media["video1"].get("channel"), Some(&json!("kiosk-4")));
        assert_eq!(payload.tags["video1"], ["video_selfie", "of_tomorrow"]);
        assert_eq!(payload.endpoint.as_deref(), Some("https://hooks.example/oz"));
        assert!(payload.analyses.is_empty() && payload.session_token.is_none());
    }

    #[test]
    fn empty_input_is_an_empty_payload() {
        for bytes in [&b""[..], b" \r\n", b"null", b"{}"] {
            assert_eq!(parse_payload(bytes).unwrap(), Payload::default());
        }
    }

    #[test]
    fn client_spellings_of_analyses_are_accepted() {
        let payload = parse(&json!({"params": {"ignored": true}, "analyses": [
            {"type": "quality", "source_media": ["a"],
             "params": {"extract_best_shot": false, "threshold_spoofing": 0.4}, "meta_data": {"step": 2}},
            {"type": "Biometry", "source_media": [], "params": {"threshold_min": 0.6, "threshold_max": 0.9}},
            {"type": "COLLECTION", "params": {"collection_id": "f0", "source_media": ["b"],
             "decision_count": 3, "decision_threshold": 0.7}},
            {"type": "documents", "params": null},
        ]}))
        .unwrap();

        let kinds: Vec<OrderKind> = payload.analyses.iter().map(|order| order.kind).collect();
        let [liveness, matching, search] =
            [AnalysisKind::Liveness, AnalysisKind::Matching, AnalysisKind::Search].map(OrderKind::Analysis);
        assert_eq!(kinds, [liveness, matching, search, OrderKind::Documents]);

        let [quality, biometry, search, _] = &payload.analyses[..] else { panic!("four analyses") };
        assert_eq!(quality.sources.as_deref(), Some(&["a".to_owned()][..]));
        assert_eq!((quality.params.best_shot, quality.params.spoofing), (Some(false), Some(0.4)));
        assert_eq!(biometry.sources, None, "an empty list means all");
        assert_eq!((biometry.params.low, biometry.params.high), (Some(0.6), Some(0.9)));
        assert_eq!(search.sources.as_deref(), Some(&["b".to_owned()][..]), "sources inside params");
        assert_eq!((search.params.limit, search.params.high), (Some(3), Some(0.7)));
    }

    #[test]
    fn errors_name_the_field() {
        check(&json!([1]), Fault::Type, "payload");
        check(&json!({"folder:meta_data": 3}), Fault::Type, "folder:meta_data");
        check(&json!({"folder:meta_data": {"x": "y".repeat(70_000)}}), Fault::Value, "folder:meta_data");
        check(&json!({"media:tags": {"v": "video_selfie"}}), Fault::Type, "media:tags.v");
        check(&json!({"media:tags": {"v": [7]}}), Fault::Type, "media:tags.v.0");
        check(&json!({"media:tags": {"v": [""]}}), Fault::Value, "media:tags.v.0");
        check(&json!({"resolution_endpoint": 1}), Fault::Type, "resolution_endpoint");
        check(&json!({"analyses": {}}), Fault::Type, "analyses");
        check(&json!({"analyses": [{}]}), Fault::Structure, "analyses.0.type");
        check(&json!({"analyses": [{"type": "k y c"}]}), Fault::Value, "analyses.0.type");
        check(&json!({"analyses": [{"type": 1}]}), Fault::Type, "analyses.0.type");

        let with = |params: Value| json!({"analyses": [{"type": "quality", "params": params}]});
        check(
            &with(json!({"threshold_spoofing": 1.5})),
            Fault::Value,
            "analyses.0.params.threshold_spoofing",
        );
        check(&with(json!({"threshold_spoofing": "x"})), Fault::Type, "analyses.0.params.threshold_spoofing");
        check(&with(json!({"decision_count": 0})), Fault::Value, "analyses.0.params.decision_count");
        let crossed = with(json!({"threshold_min": 0.9, "threshold_max": 0.8}));
        check(&crossed, Fault::Value, "analyses.0.params.threshold_min");

        let broken = parse_payload(b"{\"analyses\": [").unwrap_err();
        assert_eq!((broken.fault, broken.field.as_str()), (Fault::Structure, "payload"));
    }

    #[test]
    fn deeply_nested_payload_is_refused() {
        let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
        assert_eq!(parse_payload(deep.as_bytes()).unwrap_err().fault, Fault::Structure);
    }
}
