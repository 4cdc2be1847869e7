//! Bodies that clients send, described.

use serde_json::{Map, Value};
use utoipa::ToSchema;

/// Media, each under any key, and `payload`.
#[derive(Debug, ToSchema)]
#[schema(as = Upload)]
#[expect(dead_code, reason = "describes a body that `upload` reads")]
pub(crate) struct UploadForm {
    /// JSON with `folder:meta_data`, `media:meta_data` and `media:tags` (both by media key), `analyses`,
    /// `resolution_endpoint`.
    payload: Option<String>,
    /// One of the media; there may be further ones under other keys.
    #[schema(value_type = Option<String>, format = Binary)]
    video1: Option<Vec<u8>>,
}

/// Analyses to start.
#[derive(Debug, ToSchema)]
#[schema(as = NewAnalyses)]
#[expect(dead_code, reason = "describes a body that `upload` reads")]
pub(crate) struct NewAnalyses {
    /// At least one.
    analyses: Vec<NewAnalysis>,
    /// Where it is to be told that they are done.
    resolution_endpoint: Option<String>,
}

/// An analysis to start.
#[derive(Debug, ToSchema)]
#[schema(as = NewAnalysis)]
#[expect(dead_code, reason = "describes a body that `upload` reads")]
pub(crate) struct NewAnalysis {
    /// QUALITY, BIOMETRY, COLLECTION or DOCUMENTS, in any case.
    r#type: String,
    /// Ids of media; all that suit when absent or empty.
    source_media: Option<Vec<String>>,
    /// `extract_best_shot`, `threshold_spoofing`, `threshold_min`, `threshold_max`, `collection_id`, `decision_count`.
    params: Option<Map<String, Value>>,
    /// Free attributes.
    meta_data: Option<Map<String, Value>>,
}

/// New tags in place of all.
#[derive(Debug, ToSchema)]
#[schema(as = NewTags)]
#[expect(dead_code, reason = "describes a body that a handler reads")]
pub(crate) struct NewTags {
    /// None when empty.
    tags: Vec<String>,
}

/// What an operator decides.
#[derive(Debug, ToSchema)]
#[schema(as = Decision)]
#[expect(dead_code, reason = "describes a body that a handler reads")]
pub(crate) struct Decision {
    /// SUCCESS or DECLINED.
    resolution_status: String,
    /// Why.
    operator_comment: Option<String>,
}
