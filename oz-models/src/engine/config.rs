//! What the engines need to know before they are made.

use std::path::PathBuf;

use crate::cache::cache_dir;

/// Where an engine finds what it needs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EngineConfig {
    /// The ONNX Runtime library to load, and no other. Looked for when it is not set.
    pub onnx_library: Option<PathBuf>,
    /// The folder in which installed libraries are kept. [`cache_dir`] when it is not set.
    pub cache: Option<PathBuf>,
}

impl EngineConfig {
    /// The cache that is in use; none when there is no home folder either.
    #[must_use]
    pub fn cache(&self) -> Option<PathBuf> {
        self.cache.clone().or_else(cache_dir)
    }
}
