//! Analyses as ordered by a client.

use std::borrow::Cow;

use oz_core::folder::{AnalysisKind, CustomKind};
use oz_core::metadata::Metadata;
use serde_json::{Map, Value};

use super::json::{as_bool, as_list, as_metadata, as_object, as_share, as_text, present};
use crate::dto::words::{kind_word, read_kind};
use crate::field::FieldError;

/// Largest number of analyses per request.
const MAX_ORDERS: usize = 32;

/// Largest accepted `decision_count`, the length of a candidate list.
const MAX_CANDIDATES: u32 = 1_000;

/// Kind of an ordered analysis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderKind {
    /// Analysis that oz carries out.
    Analysis(AnalysisKind),
    /// Analysis of documents: documented in the Oz API, not implemented.
    Documents,
}

impl OrderKind {
    /// Wire name of [`OrderKind::Documents`].
    const DOCUMENTS: &'static str = "DOCUMENTS";

    /// Wire name.
    pub(crate) fn word(self) -> Cow<'static, str> {
        match self {
            Self::Analysis(kind) => kind_word(kind),
            Self::Documents => Self::DOCUMENTS.into(),
        }
    }

    /// Parses a wire name, case-insensitively. Every well-formed name is a kind; whether the service has a
    /// judge for a custom kind is checked with the rights of the caller.
    fn read(word: &str) -> Option<Self> {
        if word.eq_ignore_ascii_case(Self::DOCUMENTS) {
            return Some(Self::Documents);
        }
        let custom = CustomKind::new(&word.to_ascii_lowercase()).ok();
        read_kind(word, custom.as_slice()).map(Self::Analysis)
    }

    /// Whether a name is a type of the Oz API, in any case.
    pub(crate) fn is_reserved(name: &str) -> bool {
        name.eq_ignore_ascii_case(Self::DOCUMENTS) || read_kind(name, &[]).is_some()
    }

    /// Error for a value of the field `type`, listing the kinds of the service.
    pub(crate) fn unknown(path: &str, custom: &[CustomKind]) -> FieldError {
        let custom = custom.iter().copied().map(AnalysisKind::Custom);
        let kinds = AnalysisKind::BUILT_IN.iter().copied().chain(custom).map(kind_word);
        let words: Vec<_> = kinds.chain([Self::DOCUMENTS.into()]).collect();
        FieldError::value(path, format!("must be one of {}", words.join(", ")))
    }
}

/// Ordered analysis, with unresolved references.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// Kind of the analysis.
    pub kind: OrderKind,
    /// Source media, by ID or by media key of the same request. `None` selects all suitable media.
    pub sources: Option<Vec<String>>,
    /// Parameters.
    pub params: OrderParams,
    /// Metadata of the analysis.
    pub metadata: Metadata,
}

impl Order {
    /// Order of `kind` for all suitable media, with default parameters.
    #[must_use]
    pub fn new(kind: OrderKind) -> Self {
        Self { kind, sources: None, params: OrderParams::default(), metadata: Metadata::default() }
    }
}

/// Parameters of an ordered analysis. Absent ones are taken from the configuration.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OrderParams {
    /// Liveness: whether the best shot is extracted.
    pub best_shot: Option<bool>,
    /// Liveness: attack score, 0..=1, at and above which the analysis is declined.
    pub spoofing: Option<f64>,
    /// Comparison score, 0..=1, below which there is no match.
    pub low: Option<f64>,
    /// Comparison score, 0..=1, from which there is a match.
    pub high: Option<f64>,
    /// Search: collection ID, not parsed yet.
    pub collection: Option<String>,
    /// Search: length of the candidate list.
    pub limit: Option<u32>,
    /// Parameters of a custom kind, which has none of the others.
    pub custom: Metadata,
}

/// Parses the array `analyses`.
pub(crate) fn parse_orders(value: &Value, path: &str) -> Result<Vec<Order>, FieldError> {
    let list = as_list(value, path)?;
    if list.len() > MAX_ORDERS {
        return Err(FieldError::value(path, format!("must have at most {MAX_ORDERS} analyses")));
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
    // An old iOS client sends the source media of a search inside `params`.
    let sources = match (present(object, "source_media"), present(params, "source_media")) {
        (Some(value), _) => parse_sources(value, &at("source_media"))?,
        (None, Some(value)) => parse_sources(value, &at("params.source_media"))?,
        (None, None) => None,
    };
    let metadata = present(object, "meta_data").map(|value| as_metadata(value, &at("meta_data")));

    let kind = parse_kind(object, &at("type"))?;
    let params = match (kind, present(object, "params")) {
        (OrderKind::Analysis(AnalysisKind::Custom(_)), Some(params)) => {
            OrderParams { custom: as_metadata(params, &at("params"))?, ..OrderParams::default() }
        }
        _ => parse_params(params, &at("params"))?,
    };
    Ok(Order { kind, sources, params, metadata: metadata.transpose()?.unwrap_or_default() })
}

/// Parses source media. Some clients send an empty array to select all suitable media.
fn parse_sources(value: &Value, path: &str) -> Result<Option<Vec<String>>, FieldError> {
    let texts = as_list(value, path)?.iter().enumerate();
    let texts = texts.map(|(index, value)| as_text(value, &format!("{path}.{index}")).map(str::to_owned));
    let sources: Vec<String> = texts.collect::<Result<_, _>>()?;
    Ok((!sources.is_empty()).then_some(sources))
}

fn parse_kind(object: &Map<String, Value>, path: &str) -> Result<OrderKind, FieldError> {
    let value = present(object, "type").ok_or_else(|| FieldError::missing(path))?;
    OrderKind::read(as_text(value, path)?).ok_or_else(|| OrderKind::unknown(path, &[]))
}

fn parse_params(params: &Map<String, Value>, path: &str) -> Result<OrderParams, FieldError> {
    let at = |key: &str| format!("{path}.{key}");
    let share = |key: &str| present(params, key).map(|value| as_share(value, &at(key))).transpose();

    let limit = present(params, "decision_count").map(|value| parse_limit(value, &at("decision_count")));
    let collection = present(params, "collection_id").map(|value| as_text(value, &at("collection_id")));
    let best_shot =
        present(params, "extract_best_shot").map(|value| as_bool(value, &at("extract_best_shot")));

    // Old clients send `decision_threshold` with a search instead.
    let single = share("decision_threshold")?;
    let (low, high) = (share("threshold_min")?, share("threshold_max")?);
    if let (Some(low), Some(high)) = (low, high)
        && low > high
    {
        return Err(FieldError::value(at("threshold_min"), "must not exceed threshold_max"));
    }

    Ok(OrderParams {
        best_shot: best_shot.transpose()?,
        spoofing: share("threshold_spoofing")?,
        low: low.or(single),
        high: high.or(single),
        collection: collection.transpose()?.map(str::to_owned),
        limit: limit.transpose()?,
        custom: Metadata::default(),
    })
}

fn parse_limit(value: &Value, path: &str) -> Result<u32, FieldError> {
    let number = value.as_u64().ok_or_else(|| FieldError::of_type(path, "an integer"))?;
    let limit = u32::try_from(number).ok().filter(|limit| (1..=MAX_CANDIDATES).contains(limit));
    limit.ok_or_else(|| FieldError::value(path, format!("must be between 1 and {MAX_CANDIDATES}")))
}
