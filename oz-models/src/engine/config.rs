//! Configuration of the engines.

use std::path::PathBuf;

use crate::cache::cache_dir;

/// Paths of the files that engines load.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EngineConfig {
    /// ONNX Runtime library to load. If unset, the library is searched for (see `onnx::discovery`).
    pub onnx_library: Option<PathBuf>,
    /// Folder of installed libraries. Defaults to [`cache_dir`].
    pub cache: Option<PathBuf>,
}

impl EngineConfig {
    /// Effective cache folder; `None` if it is unset and there is no home folder.
    #[must_use]
    pub fn cache(&self) -> Option<PathBuf> {
        self.cache.clone().or_else(cache_dir)
    }
}
