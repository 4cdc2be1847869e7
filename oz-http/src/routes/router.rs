//! Routes with their OpenAPI descriptions: a handler cannot be registered without one.

use axum::Router;
use utoipa::openapi::path::Paths;
use utoipa::openapi::{RefOr, Schema};
use utoipa_axum::router::UtoipaMethodRouter;

use crate::ServiceState;

/// Routes with their OpenAPI descriptions.
#[derive(Default)]
pub(crate) struct Routes {
    /// Request handlers.
    pub(crate) router: Router<ServiceState>,
    /// Descriptions of the operations.
    pub(crate) paths: Paths,
    /// Schemas of the bodies.
    pub(crate) schemas: Vec<(String, RefOr<Schema>)>,
}

impl Routes {
    /// Creates an empty set.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Adds the handlers of one path, as returned by `utoipa_axum::routes!(list, create)`. The path is served
    /// with and without a trailing slash, without redirecting: redirects break multipart uploads.
    pub(crate) fn with(mut self, (schemas, paths, methods): UtoipaMethodRouter<ServiceState>) -> Self {
        for path in paths.paths.keys() {
            self.router =
                self.router.route(path, methods.clone()).route(&format!("{path}/"), methods.clone());
        }
        self.paths.merge(paths);
        self.schemas.extend(schemas);
        self
    }

    /// Adds other routes.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.paths.merge(other.paths);
        self.schemas.extend(other.schemas);
        self
    }
}
