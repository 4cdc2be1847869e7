//! Routes of a service: the built-in ones, and those of an application.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::UtoipaMethodRouter;

use crate::routes::{self, Routes};
use crate::{ApiError, ServiceState, observe, openapi, security};

/// Routes of a service, to extend before they become a router.
///
/// A stateless service has only the built-in routes that need no storage.
///
/// ```ignore
/// let api = Api::new(state).route(routes!(status)).prefix("/identity");
/// let (document, router) = (api.openapi(), api.into_router());
/// ```
pub struct Api {
    state: ServiceState,
    routes: Routes,
    pages: Router<ServiceState>,
    prefix: String,
}

impl Api {
    /// Starts with the built-in routes.
    #[must_use]
    pub fn new(state: ServiceState) -> Self {
        let routes =
            if state.is_stateless() { routes::common() } else { routes::common().and(routes::persistent()) };
        let prefix = state.config().path_prefix.to_string();
        Self { state, routes, pages: Router::new(), prefix }
    }

    /// Adds the described handlers of one path, as returned by `utoipa_axum::routes!`. They take precedence
    /// over built-in handlers of the same path and method, in the router and in the OpenAPI document.
    #[must_use]
    pub fn route(mut self, route: UtoipaMethodRouter<ServiceState>) -> Self {
        self.routes = self.routes.replaced_by(route, &self.state);
        self
    }

    /// Adds routes that the OpenAPI document leaves out, such as pages.
    ///
    /// # Panics
    /// When a path and method is taken.
    #[must_use]
    pub fn merge(mut self, pages: Router<ServiceState>) -> Self {
        self.pages = self.pages.merge(pages);
        self
    }

    /// OpenAPI document of all described routes, as served at `/api/openapi.json`.
    #[must_use]
    pub fn openapi(&self) -> OpenApi {
        openapi::document(&self.routes, &self.prefix)
    }

    /// Joins all routes. Unknown paths and methods are answered with an [`ErrorBody`](crate::ErrorBody).
    pub fn into_router(self) -> Router {
        let pages = openapi::pages(self.openapi(), &self.prefix);
        let routes = self.routes.into_router().merge(self.pages);
        let prefixed = if self.prefix.is_empty() { routes } else { Router::new().nest(&self.prefix, routes) };
        let limit = DefaultBodyLimit::max(self.state.config().uploads.max_json_bytes);

        let all = prefixed
            .merge(pages)
            .fallback(async || ApiError::not_found())
            .method_not_allowed_fallback(async || ApiError::method_not_allowed())
            .layer(limit);
        observe::observed(security::harden(all), self.state.clone()).with_state(self.state)
    }
}
