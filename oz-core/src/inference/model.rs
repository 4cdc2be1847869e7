//! Model IDs and verified model files.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// ID of a model in the ledger, e.g. `mobilefacenet_192`. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ModelId(Arc<str>);

impl ModelId {
    /// Wraps a name, which is not checked.
    pub fn new(name: impl AsRef<str>) -> Self {
        Self(name.as_ref().into())
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ModelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// ONNX file in memory. Its creator has verified the digest. `Debug` shows ID and size.
#[derive(Clone)]
pub struct ModelArtifact {
    /// ID in the ledger.
    pub id: ModelId,
    /// Serialised ONNX protobuf.
    pub onnx: Arc<[u8]>,
}

impl fmt::Debug for ModelArtifact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ModelArtifact({}, {} bytes)", self.id, self.onnx.len())
    }
}
