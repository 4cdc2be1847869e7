//! `PATCH /api/analyses/{analyse_id}`: operator decisions.

use axum::Json as Answer;
use axum::extract::State;
use oz_core::account::{Action, Resource};
use oz_core::folder::{AnalysisId, OperatorDecision, Resolution};
use serde_json::{Map, Value};

use crate::cases::View;
use crate::dto::analysis::AnalysisDto;
use crate::dto::upload::Decision;
use crate::dto::words::Word;
use crate::extract::{Caller, Id, Json};
use crate::field::FieldError;
use crate::links::Links;
use crate::upload::{as_object, as_text, present};
use crate::{ApiError, ServiceState};

/// Maximum length of a comment, in bytes.
const MAX_COMMENT: usize = 4_096;

/// Decide on an analysis
///
/// Overrides the outcome of a finished analysis with an operator's decision, in place of any earlier one. The
/// automatic outcome remains in `system_resolution`.
#[utoipa::path(patch, path = "/api/analyses/{analyse_id}", operation_id = "analysis_decide", tag = "analyses",
    request_body = Decision,
    responses((status = OK, body = AnalysisDto, description = "The analysis after the decision")))]
pub(super) async fn decide(
    State(state): State<ServiceState>,
    caller: Caller,
    links: Links,
    Id(id): Id<AnalysisId>,
    Json(body): Json<Value>,
) -> Result<Answer<AnalysisDto>, ApiError> {
    let scope = caller.scope(Action::Decide, Resource::Analysis)?;
    let body = as_object(&body, "body")?;
    let (resolution, comment) = (resolution(body)?, comment(body)?);
    let decision = OperatorDecision { resolution, comment, by: caller.user.id, at: state.now() };

    let analysis = state.store()?.folders.decide(&scope, id, &decision).await?;
    let details = [("resolution", resolution.name().to_owned())];
    state.record(caller.actor(), "analysis.decided", format!("{id:?}"), &details).await?;

    Ok(Answer(View::new(&state, &scope, &links)?.analysis(analysis).await?))
}

/// Parses the decision. `OPERATOR_REQUIRED` is refused: an operator decides, and does not defer.
fn resolution(body: &Map<String, Value>) -> Result<Resolution, FieldError> {
    let field =
        ["resolution_status", "operator_status"].into_iter().find(|field| present(body, field).is_some());
    let field = field.ok_or_else(|| FieldError::missing("resolution_status"))?;
    let word = as_text(&body[field], field)?;
    let decided = Resolution::read(word).filter(|resolution| *resolution != Resolution::OperatorRequired);
    decided.ok_or_else(|| FieldError::value(field, "must be SUCCESS or DECLINED"))
}

fn comment(body: &Map<String, Value>) -> Result<Option<String>, FieldError> {
    const FIELD: &str = "operator_comment";
    let Some(value) = present(body, FIELD) else { return Ok(None) };
    let text = as_text(value, FIELD)?;
    if text.len() > MAX_COMMENT {
        return Err(FieldError::value(FIELD, format!("must have at most {MAX_COMMENT} bytes")));
    }
    if text.contains('\0') {
        return Err(FieldError::value(FIELD, "must not contain U+0000"));
    }
    Ok(Some(text.to_owned()))
}
