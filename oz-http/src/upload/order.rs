//! Analyses as a client asks for them.

use oz_core::folder::AnalysisKind;
use oz_core::metadata::Metadata;
use serde_json::{Map, Value};

use super::json::{as_bool, as_list, as_metadata, as_object, as_share, as_text, present};
use crate::field::FieldError;

/// Most analyses that are taken at once.
const MAX_ORDERS: usize = 32;

/// What is asked; `None` stands for the analysis of documents, which is documented and not built.
pub type OrderKind = Option<AnalysisKind>;

/// One analysis, before anything is looked up.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Order {
    /// What is asked.
    pub kind: OrderKind,
    /// Media by id, or by media key where ids do not exist yet; all that suit when absent.
    pub sources: Option<Vec<String>>,
    /// How it is asked.
    pub params: OrderParams,
    /// Free attributes.
    pub metadata: Metadata,
}

/// What a client may say about how; everything else is left to the service.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OrderParams {
    /// Whether the best shot is wanted.
    pub best_shot: Option<bool>,
    /// Score of an attack at and above which it is declined.
    pub spoofing: Option<f64>,
    /// Score below which there is no match.
    pub low: Option<f64>,
    /// Score from which there is a match.
    pub high: Option<f64>,
    /// The collection to search, as text.
    pub collection: Option<String>,
    /// Most candidates.
    pub limit: Option<u32>,
}

/// Reads the list under `analyses`.
pub(crate) fn parse_orders(value: &Value, path: &str) -> Result<Vec<Order>, FieldError> {
    let list = as_list(value, path)?;
    if list.len() > MAX_ORDERS {
        return Err(FieldError::value(path, format!("no more than {MAX_ORDERS} are taken at once")));
    }
    let order = |(index, value)| parse_order(value, &format!("{path}.{index}"));
    list.iter().enumerate().map(order).collect()
}

fn parse_order(value: &Value, path: &str) -> Result<Order, FieldError> {
    let object = as_object(value, path)?;
    let at = |key: &str| format!("{path}.{key}");
    let no_params = Map::new();
    let params = match present(object, "params") {
        Some(value) => as_object(value, &at("params"))?,
        None => &no_params,
    };
    // An old client of iOS puts the sources of a search into `params`.
    let sources = match (present(object, "source_media"), present(params, "source_media")) {
        (Some(value), _) => parse_sources(value, &at("source_media"))?,
        (None, Some(value)) => parse_sources(value, &at("params.source_media"))?,
        (None, None) => None,
    };
    let metadata = present(object, "meta_data").map(|value| as_metadata(value, &at("meta_data")));
    Ok(Order {
        kind: parse_kind(object, &at("type"))?,
        sources,
        params: parse_params(params, &at("params"))?,
        metadata: metadata.transpose()?.unwrap_or_default(),
    })
}

/// An empty list is what some clients send for "all that suit".
fn parse_sources(value: &Value, path: &str) -> Result<Option<Vec<String>>, FieldError> {
    let texts = as_list(value, path)?.iter().enumerate();
    let texts = texts.map(|(index, value)| as_text(value, &format!("{path}.{index}")).map(str::to_owned));
    let sources: Vec<String> = texts.collect::<Result<_, _>>()?;
    Ok((!sources.is_empty()).then_some(sources))
}

fn parse_kind(object: &Map<String, Value>, path: &str) -> Result<OrderKind, FieldError> {
    let value = present(object, "type").ok_or_else(|| FieldError::missing(path))?;
    let word = as_text(value, path)?;
    kind_named(word)
        .ok_or_else(|| FieldError::value(path, "it is none of QUALITY, BIOMETRY, COLLECTION and DOCUMENTS"))
}

/// The kind of a word on the wire, whatever its case.
fn kind_named(word: &str) -> Option<OrderKind> {
    match word.to_ascii_uppercase().as_str() {
        "QUALITY" => Some(Some(AnalysisKind::Liveness)),
        "BIOMETRY" => Some(Some(AnalysisKind::Matching)),
        "COLLECTION" => Some(Some(AnalysisKind::Search)),
        "DOCUMENTS" => Some(None),
        _ => None,
    }
}

fn parse_params(params: &Map<String, Value>, path: &str) -> Result<OrderParams, FieldError> {
    let at = |key: &str| format!("{path}.{key}");
    let share = |key: &str| present(params, key).map(|value| as_share(value, &at(key))).transpose();
    let limit = present(params, "decision_count").map(|value| parse_limit(value, &at("decision_count")));
    let collection = present(params, "collection_id").map(|value| as_text(value, &at("collection_id")));
    let best_shot =
        present(params, "extract_best_shot").map(|value| as_bool(value, &at("extract_best_shot")));
    // `decision_threshold` is what old clients of a search say instead.
    let single = share("decision_threshold")?;
    let (low, high) = (share("threshold_min")?, share("threshold_max")?);
    if let (Some(low), Some(high)) = (low, high)
        && low > high
    {
        return Err(FieldError::value(at("threshold_min"), "it is above threshold_max"));
    }
    Ok(OrderParams {
        best_shot: best_shot.transpose()?,
        spoofing: share("threshold_spoofing")?,
        low: low.or(single),
        high: high.or(single),
        collection: collection.transpose()?.map(str::to_owned),
        limit: limit.transpose()?,
    })
}

fn parse_limit(value: &Value, path: &str) -> Result<u32, FieldError> {
    let number = value.as_u64().ok_or_else(|| FieldError::of_type(path, "a whole number"))?;
    let limit = u32::try_from(number).ok().filter(|limit| (1..=1_000).contains(limit));
    limit.ok_or_else(|| FieldError::value(path, "it is not between 1 and 1000"))
}
