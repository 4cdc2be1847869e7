//! Routes with their OpenAPI descriptions: a handler cannot be registered without one.

use std::collections::BTreeMap;

use axum::Router;
use axum::routing::MethodRouter;
use utoipa::openapi::path::{PathItem, Paths};
use utoipa::openapi::{RefOr, Schema};
use utoipa_axum::router::UtoipaMethodRouter;

use crate::{ApiError, ServiceState};

/// Routes with their OpenAPI descriptions.
#[derive(Default)]
pub(crate) struct Routes {
    /// Handlers by path; those of one path answer to different methods.
    handlers: BTreeMap<String, MethodRouter<ServiceState>>,
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

    /// Adds the handlers of one path, as returned by `utoipa_axum::routes!(list, create)`.
    pub(crate) fn with(mut self, (schemas, paths, methods): UtoipaMethodRouter<ServiceState>) -> Self {
        for path in paths.paths.keys() {
            self.insert(path.clone(), methods.clone());
        }
        self.paths.merge(paths);
        self.schemas.extend(schemas);
        self
    }

    /// Adds a handler that the OpenAPI document leaves out, for paths that answer with an error only.
    pub(crate) fn undescribed(mut self, path: &str, methods: MethodRouter<ServiceState>) -> Self {
        self.insert(path.into(), methods);
        self
    }

    /// Adds other routes.
    pub(crate) fn and(mut self, other: Self) -> Self {
        for (path, methods) in other.handlers {
            self.insert(path, methods);
        }
        self.paths.merge(other.paths);
        self.schemas.extend(other.schemas);
        self
    }

    /// Adds handlers that take precedence over those of the same path and method.
    pub(crate) fn replaced_by(
        mut self,
        (schemas, paths, methods): UtoipaMethodRouter<ServiceState>,
        state: &ServiceState,
    ) -> Self {
        for (path, item) in paths.paths {
            let methods = match self.handlers.remove(&path) {
                None => methods.clone(),
                Some(replaced) => {
                    let rest = replaced.fallback(async || ApiError::method_not_allowed());
                    methods.clone().fallback_service(rest.with_state(state.clone()))
                }
            };
            self.handlers.insert(path.clone(), methods);
            override_operations(self.paths.paths.entry(path).or_default(), item);
        }
        self.schemas.extend(schemas);
        self
    }

    /// Joins the handlers. Each path is served with and without a trailing slash, without redirecting:
    /// redirects break multipart uploads.
    pub(crate) fn into_router(self) -> Router<ServiceState> {
        self.handlers.into_iter().fold(Router::new(), |router, (path, methods)| {
            let router = router.route(&path, methods.clone());
            if path.contains("{*") { router } else { router.route(&format!("{path}/"), methods) }
        })
    }

    fn insert(&mut self, path: String, methods: MethodRouter<ServiceState>) {
        let joined = match self.handlers.remove(&path) {
            None => methods,
            Some(known) => known.merge(methods),
        };
        self.handlers.insert(path, joined);
    }
}

/// Takes over the operations that `item` describes.
fn override_operations(known: &mut PathItem, item: PathItem) {
    let PathItem { get, put, post, delete, options, head, patch, trace, .. } = item;
    for (slot, new) in [
        (&mut known.get, get),
        (&mut known.put, put),
        (&mut known.post, post),
        (&mut known.delete, delete),
        (&mut known.options, options),
        (&mut known.head, head),
        (&mut known.patch, patch),
        (&mut known.trace, trace),
    ] {
        if new.is_some() {
            *slot = new;
        }
    }
}
