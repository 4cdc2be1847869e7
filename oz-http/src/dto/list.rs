//! Lists on the wire: bare arrays; how many there are in all stands in a header.

use axum::Json;
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::IntoParams;

/// Name of the header with the number of all records.
const TOTAL: HeaderName = HeaderName::from_static("x-total-count");

/// A part of a list.
#[derive(Debug, Clone)]
pub(crate) struct List<T> {
    /// The part.
    pub(crate) items: Vec<T>,
    /// How many records there are in all, unless that was not asked for.
    pub(crate) total: Option<u64>,
}

impl<T> List<T> {
    /// A list without a total.
    pub(crate) fn new(items: impl IntoIterator<Item = T>) -> Self {
        Self { items: items.into_iter().collect(), total: None }
    }

    /// With the number of all records.
    pub(crate) fn of(self, total: Option<u64>) -> Self {
        Self { total, ..self }
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

/// What every list takes.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes parameters that `ListQuery` reads")]
pub(crate) struct ListParams {
    /// Records to pass over.
    #[param(minimum = 0)]
    offset: Option<u64>,
    /// Most records to give.
    #[param(minimum = 0, maximum = 1000)]
    limit: Option<u32>,
    /// `time_created{asc}`, `time_created{desc}`, `time_updated{asc}` or `time_updated{desc}`.
    #[param(example = "time_created{desc}", pattern = r"^time_(created|updated)\{(asc|desc)\}$")]
    sorting: Option<String>,
    /// Leaves out the header with the number of all records.
    total_omit: Option<bool>,
}
