//! `/api/statistics`: counts of folders and analyses.

use axum::Json;
use axum::extract::State;
use oz_core::account::{Action, Resource};
use utoipa_axum::routes;

use super::Routes;
use crate::dto::plain_text;
use crate::dto::statistics::StatisticsDto;
use crate::extract::{Caller, ListQuery};
use crate::{ApiError, ServiceState};

/// Default attribute that identifies the person of a folder.
const PERSON: &str = "iin";

/// Maximum length of an attribute key, in characters.
const MAX_PERSON: usize = 512;

pub(super) fn routes() -> Routes {
    Routes::new().with(routes!(read))
}

/// Get statistics
///
/// Returns the number of folders and analyses by day and outcome, the mean duration of analyses, and the
/// number of attempts per person.
#[utoipa::path(get, path = "/api/statistics", operation_id = "statistics", tag = "statistics",
    params(
        ("time_created.min" = Option<f64>, Query,
            description = "Earliest creation time, inclusive, in UNIX seconds"),
        ("time_created.max" = Option<f64>, Query,
            description = "Latest creation time, inclusive, in UNIX seconds"),
        ("person" = Option<String>, Query,
            description = "Attribute in `meta_data` that identifies a person; `iin` by default",
            example = "end_user_id"),
    ), responses((status = OK, body = StatisticsDto, description = "Statistics")))]
async fn read(
    State(state): State<ServiceState>,
    caller: Caller,
    query: ListQuery,
) -> Result<Json<StatisticsDto>, ApiError> {
    let scope = caller.scope(Action::Read, Resource::Statistics)?;
    let person = plain_text("person", query.text("person").unwrap_or(PERSON), MAX_PERSON)?;
    let range = query.times("time_created")?;

    let counts = state.store()?.folders.statistics(&scope, &range, &person).await?;
    Ok(Json(StatisticsDto::new(&counts, &person)))
}
