//! Counts over folders and analyses.

use axum::Json;
use axum::extract::State;
use oz_core::account::{Action, Resource};
use utoipa_axum::routes;

use super::Routes;
use crate::dto::plain_text;
use crate::dto::statistics::StatisticsDto;
use crate::extract::{Caller, ListQuery};
use crate::{ApiError, ServiceState};

/// Where integrators note whom a folder is about, unless they say otherwise.
const PERSON: &str = "iin";

/// Longest key.
const MAX_PERSON: usize = 512;

pub(super) fn routes() -> Routes {
    Routes::new().with(routes!(read))
}

/// Folders and analyses by day and outcome, how long analyses took, and how many attempts people made.
#[utoipa::path(get, path = "/api/statistics", operation_id = "statistics", tag = "statistics",
    params(
        ("time_created.min" = Option<f64>, Query, description = "Created not before, in seconds since the epoch"),
        ("time_created.max" = Option<f64>, Query, description = "Created not after"),
        ("person" = Option<String>, Query, description = "Metadata key that names a person: `iin`, or e.g. `end_user_id`"),
    ), responses((status = OK, body = StatisticsDto)))]
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
