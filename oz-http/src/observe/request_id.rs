//! Request IDs, in the response and in every log event of a request.

use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument as _;

use crate::ServiceState;

/// Maximum length of an ID from a client, in bytes.
const MAX_LENGTH: usize = 64;

const HEADER: &str = "x-request-id";

/// ID of a request, one of its extensions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(pub String);

/// Uses the request ID sent by the client, or generates one.
pub(super) async fn identified(
    State(state): State<ServiceState>,
    mut request: Request,
    next: Next,
) -> Response {
    let given =
        request.headers().get(HEADER).and_then(|value| value.to_str().ok()).filter(|name| is_plain(name));
    let id = given.map_or_else(|| state.ids().next_id().to_string(), str::to_owned);
    request.extensions_mut().insert(RequestId(id.clone()));

    let span =
        tracing::info_span!("request", id = %id, method = %request.method(), path = request.uri().path());
    let mut response = next.run(request).instrument(span).await;
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(HEADER, value);
    }
    response
}

/// Whether a client's ID is safe to log: letters, digits, `-`, `_`, `.` and `:` only, so that it cannot forge
/// log lines.
fn is_plain(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':');
    !name.is_empty() && name.len() <= MAX_LENGTH && name.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_could_forge_log_lines_are_ignored() {
        assert!(is_plain("0c3b9d6f-1122-4344-8566-778899aabbcc") && is_plain("trace:1.2_x"));
        for name in ["", "a b", "a\nb", "ü", "\"", &"x".repeat(65)] {
            assert!(!is_plain(name), "{name:?}");
        }
    }
}
