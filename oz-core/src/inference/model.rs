//! A model file, verified and ready to be loaded.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The name of a model in the ledger, e.g. `mobilefacenet_192`. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ModelId(Arc<str>);

impl ModelId {
    /// Wraps a name.
    pub fn new(name: impl AsRef<str>) -> Self {
        Self(name.as_ref().into())
    }

    /// The name.
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

/// An ONNX file in memory. Whoever makes one has checked its digest.
#[derive(Clone)]
pub struct ModelArtifact {
    /// Name in the ledger.
    pub id: ModelId,
    /// The ONNX protobuf.
    pub onnx: Arc<[u8]>,
}

impl fmt::Debug for ModelArtifact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ModelArtifact({}, {} bytes)", self.id, self.onnx.len())
    }
}
