//! Wire form of lists: a bare array, with the total number of records in a header.

use axum::Json;
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::IntoParams;

/// Header with the total number of matching records.
const TOTAL: HeaderName = HeaderName::from_static("x-total-count");

/// One page of a list.
#[derive(Debug, Clone)]
pub(crate) struct List<T> {
    /// Records of the page.
    pub(crate) items: Vec<T>,
    /// Total number of matching records; `None` if the request omits it.
    pub(crate) total: Option<u64>,
}

impl<T> List<T> {
    /// Creates a page with the total returned by [`ListQuery::total`](crate::extract::ListQuery::total).
    pub(crate) fn new(items: impl IntoIterator<Item = T>, total: Option<u64>) -> Self {
        Self { items: items.into_iter().collect(), total }
    }
}

impl<T: Serialize> IntoResponse for List<T> {
    fn into_response(self) -> Response {
        let mut response = Json(self.items).into_response();
        if let Some(total) = self.total {
            response.headers_mut().insert(TOTAL, HeaderValue::from(total));
        }
        response
    }
}

/// Paging and sorting, common to all lists.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes parameters that `ListQuery` reads")]
pub(crate) struct ListParams {
    /// Number of records to skip; 0 by default.
    #[param(minimum = 0)]
    offset: Option<u64>,
    /// Maximum number of records to return; 100 by default, at most 1000 unless configured otherwise.
    #[param(minimum = 0, maximum = 1000)]
    limit: Option<u32>,
    /// Sort order: `time_created{asc}` (default), `time_created{desc}`, `time_updated{asc}` or
    /// `time_updated{desc}`.
    #[param(example = "time_created{desc}", pattern = r"^time_(created|updated)\{(asc|desc)\}$")]
    sorting: Option<String>,
    /// Whether to leave out the header `X-Total-Count`, the number of matching records; false by default.
    total_omit: Option<bool>,
}
