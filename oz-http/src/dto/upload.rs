//! Request bodies that are read by hand, for the OpenAPI document.

use serde_json::{Map, Value};
use utoipa::ToSchema;

/// Media, each as a part named by its media key, and an optional part `payload`.
#[derive(Debug, ToSchema)]
#[schema(as = Upload)]
#[expect(dead_code, reason = "describes a body that `upload` reads")]
pub(crate) struct UploadForm {
    /// JSON object: `folder:meta_data` (custom attributes of the folder), `media:meta_data` and `media:tags`
    /// (by media key), `analyses` (see `NewAnalysis`), `resolution_endpoint` (webhook URL).
    payload: Option<String>,
    /// Image, video or ZIP of frames; the format is detected from the content. Further media follow as parts
    /// with other media keys.
    #[schema(value_type = Option<String>, format = Binary)]
    video1: Option<Vec<u8>>,
}

/// Analyses to start together.
#[derive(Debug, ToSchema)]
#[schema(as = NewAnalyses)]
#[expect(dead_code, reason = "describes a body that `upload` reads")]
pub(crate) struct NewAnalyses {
    /// Analyses to start, 1 to 32.
    analyses: Vec<NewAnalysis>,
    /// Webhook URL called when the analyses finish; replaces that of the folder.
    resolution_endpoint: Option<String>,
}

/// An analysis to start.
#[derive(Debug, ToSchema)]
#[schema(as = NewAnalysis)]
#[expect(dead_code, reason = "describes a body that `upload` reads")]
pub(crate) struct NewAnalysis {
    /// Analysis type, case-insensitive: `QUALITY` (liveness), `BIOMETRY` (1:1 comparison, succeeds if all
    /// media match) or `COLLECTION` (1:N search, declined if a person matches), or a type that
    /// the application adds. `DOCUMENTS` is not implemented.
    r#type: String,
    /// IDs of the media to analyse, or their media keys in an upload; all suitable media if absent or empty.
    source_media: Option<Vec<String>>,
    /// Parameters, all optional unless stated otherwise:
    /// - `extract_best_shot`: whether to keep the best shot of a `QUALITY` analysis; true by default
    /// - `threshold_spoofing`: attack score, 0 to 1, from which liveness is declined; 0.5 by default
    /// - `threshold_min`: comparison score, 0 to 1, below which there is no match; 0.85 by default
    /// - `threshold_max`: comparison score, 0 to 1, from which there is a match; 0.85 by default. Scores
    ///   between the two thresholds require an operator. If only one is set, it is used for both.
    /// - `collection_id`: ID of the collection (UUID); required for `COLLECTION`
    /// - `decision_count`: maximum length of the candidate list, 1 to 1000; 10 by default
    ///
    /// Types that the application adds define parameters of their own.
    params: Option<Map<String, Value>>,
    /// Custom attributes, at most 64 KiB of JSON.
    meta_data: Option<Map<String, Value>>,
}

/// Tags that replace those of a media.
#[derive(Debug, ToSchema)]
#[schema(as = NewTags)]
#[expect(dead_code, reason = "describes a body that a handler reads")]
pub(crate) struct NewTags {
    /// At most 64 tags of 1 to 128 bytes; an empty list removes all.
    tags: Vec<String>,
}

/// An operator's decision on an analysis.
#[derive(Debug, ToSchema)]
#[schema(as = Decision)]
#[expect(dead_code, reason = "describes a body that a handler reads")]
pub(crate) struct Decision {
    /// Decision: `SUCCESS` or `DECLINED`, case-insensitive.
    resolution_status: String,
    /// Comment, at most 4096 bytes.
    operator_comment: Option<String>,
}
