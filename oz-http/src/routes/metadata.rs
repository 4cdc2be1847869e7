//! What all `meta_data` paths have in common.

use oz_core::metadata::Metadata;
use serde_json::{Map, Value};

use crate::ApiError;
use crate::upload::as_metadata;

/// Attributes as they are answered.
pub(super) type MetadataBody = Map<String, Value>;

/// How attributes are changed.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum MetadataChange {
    /// These in place of all.
    Replace(Metadata),
    /// These in addition, or in place of those of the same keys; `null` removes a key.
    Merge(Metadata),
    /// None.
    Clear,
}

impl MetadataChange {
    /// From the body of a POST.
    pub(super) fn replace(body: &Value) -> Result<Self, ApiError> {
        Ok(Self::Replace(as_metadata(body, "meta_data")?))
    }

    /// From the body of a PATCH.
    pub(super) fn merge(body: &Value) -> Result<Self, ApiError> {
        Ok(Self::Merge(as_metadata(body, "meta_data")?))
    }

    /// What becomes of the old attributes.
    pub(super) fn apply(self, old: &Metadata) -> Result<Metadata, ApiError> {
        match self {
            Self::Replace(new) => Ok(new),
            Self::Merge(new) => Ok(old.merged(new)?),
            Self::Clear => Ok(Metadata::default()),
        }
    }
}
