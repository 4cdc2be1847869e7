//! Metrics and log events of requests.

use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;

/// Records the duration of a request by route pattern. Paths contain IDs and would create one series each.
pub(super) async fn measured(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let method = request.method().as_str().to_owned();

    let start = Instant::now();
    let response = next.run(request).await;
    let (elapsed, status) = (start.elapsed(), response.status().as_u16());

    let labels = [("route", route), ("method", method), ("status", status.to_string())];
    metrics::histogram!("oz_http_request_seconds", &labels).record(elapsed.as_secs_f64());
    if status >= 500 {
        tracing::error!(status, ms = elapsed.as_millis() as u64, "request finished");
    } else {
        tracing::info!(status, ms = elapsed.as_millis() as u64, "request finished");
    }
    response
}
