//! What handlers share.

use std::sync::Arc;

/// Facts about the running service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServiceInfo {
    /// Version of the library.
    pub core: String,
    /// Names of the inference engines that can be used.
    pub engines: Vec<String>,
    /// Ids of the models in use.
    pub models: Vec<String>,
}

/// What handlers share; cheap to clone.
#[derive(Debug, Clone)]
pub struct ServiceState {
    info: Arc<ServiceInfo>,
}

impl ServiceState {
    /// A service that tells `info` about itself.
    #[must_use]
    pub fn new(info: ServiceInfo) -> Self {
        Self { info: Arc::new(info) }
    }

    /// Facts about the running service.
    #[must_use]
    pub fn info(&self) -> &ServiceInfo {
        &self.info
    }
}
