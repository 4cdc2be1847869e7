//! Hardening of all responses: security headers, and panics turned into error responses.

use std::any::Any;

use axum::Router;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::{ApiError, ServiceState};

/// Headers of every response, unless set by its handler.
const HEADERS: [(HeaderName, HeaderValue); 4] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
];

/// Adds the headers and the conversion of panics to all routes.
pub(crate) fn harden(router: Router<ServiceState>) -> Router<ServiceState> {
    let caught = router.layer(CatchPanicLayer::custom(panic_response));
    HEADERS.into_iter().fold(caught, |router, (name, value)| {
        router.layer(SetResponseHeaderLayer::if_not_present(name, value))
    })
}

#[expect(clippy::needless_pass_by_value, reason = "signature required by the layer")]
fn panic_response(panic: Box<dyn Any + Send>) -> Response {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("panic");
    ApiError::internal(text).into_response()
}
