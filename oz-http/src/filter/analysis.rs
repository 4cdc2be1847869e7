//! Filters of analyses.

use oz_core::folder::{AnalysisFilter, AnalysisKind, AnalysisStatus, CustomKind};
use oz_core::listing::{Choice, Slice};

use crate::ApiError;
use crate::dto::words::{Word, read_kind};
use crate::extract::ListQuery;

/// Parsed query of a list of analyses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnalysisQuery {
    /// Filter; `None` if the query selects only values that no analysis has.
    pub filter: Option<AnalysisFilter>,
    /// Page and order.
    pub slice: Slice,
}

/// Parses the query of a list of analyses. `custom` are the kinds that the application adds.
///
/// # Errors
/// Code 4 for the first invalid parameter.
pub fn parse_analysis_query(query: &ListQuery, custom: &[CustomKind]) -> Result<AnalysisQuery, ApiError> {
    let (kinds, statuses) = (kinds(query, custom)?, statuses(query)?);
    let filter = AnalysisFilter {
        ids: query.choice_by(&["analyse_id", "analysis_id"], |text| text.parse().ok())?,
        folders: query.choice("folder_id")?,
        groups: query.choice("group_id")?,
        kinds: kinds.clone().unwrap_or_default(),
        states: query.choice_by(&["state"], Word::read)?,
        statuses: statuses.clone().unwrap_or_default(),
        created: query.times("time_created")?,
        updated: query.times("time_updated")?,
        subject: None,
    };
    Ok(AnalysisQuery { filter: kinds.and(statuses).map(|_| filter), slice: query.slice()? })
}

/// Accepts `DOCUMENTS`, which is documented, but not implemented: no analysis is of that type.
fn kinds(query: &ListQuery, custom: &[CustomKind]) -> Result<Option<Choice<AnalysisKind>>, ApiError> {
    let read = |text: &str| known_or(text, read_kind(text, custom), "DOCUMENTS");
    query.choice_by(&["type"], read).map(possible)
}

/// Accepts `INITIAL`, a state of folders only: no analysis has that status.
fn statuses(query: &ListQuery) -> Result<Option<Choice<AnalysisStatus>>, ApiError> {
    query
        .choice_by(&["resolution_status", "resolution"], |text| known_or(text, Word::read(text), "INITIAL"))
        .map(possible)
}

/// The member that a wire name means; `Some(None)` for the name `unreal`, which is accepted and matches
/// nothing.
fn known_or<T>(text: &str, member: Option<T>, unreal: &str) -> Option<Option<T>> {
    match member {
        None if !text.eq_ignore_ascii_case(unreal) => None,
        member => Some(member),
    }
}

/// Removes names that match nothing; `None` if only such names are included, so that nothing can match.
fn possible<T>(choice: Choice<Option<T>>) -> Option<Choice<T>> {
    let is_selective = !choice.include.is_empty();
    let include: Vec<T> = choice.include.into_iter().flatten().collect();
    let exclude = choice.exclude.into_iter().flatten().collect();
    (!is_selective || !include.is_empty()).then_some(Choice { include, exclude })
}

#[cfg(test)]
mod tests {
    use oz_core::folder::AnalysisState;

    use super::*;
    use crate::config::ListConfig;

    fn parse(text: &str) -> Result<AnalysisQuery, ApiError> {
        parse_analysis_query(&ListQuery::new(text, ListConfig::default()), &[])
    }

    #[test]
    fn polling_queries_of_clients_are_parsed() {
        let query = parse("type=BIOMETRY,QUALITY,DOCUMENTS&state=FINISHED").unwrap();
        let filter = query.filter.unwrap();
        assert_eq!(filter.kinds.include, [AnalysisKind::Matching, AnalysisKind::Liveness]);
        assert_eq!(filter.states.include, [AnalysisState::Finished]);
        let query = parse("resolution_status.exclude=processing,initial").unwrap();
        assert_eq!(query.filter.unwrap().statuses.exclude, [AnalysisStatus::Processing]);
    }

    #[test]
    fn selecting_only_unimplemented_values_matches_nothing() {
        assert_eq!(parse("type=DOCUMENTS").unwrap().filter, None);
        assert_eq!(parse("resolution_status=INITIAL").unwrap().filter, None);
        assert!(parse("type.exclude=DOCUMENTS").unwrap().filter.is_some());
    }

    #[test]
    fn unknown_values_are_refused() {
        for text in ["type=KYC", "state=DONE", "analyse_id=1", "resolution_status.exclude=X"] {
            assert_eq!(parse(text).unwrap_err().number as u16, 4, "{text}");
        }
    }
}
