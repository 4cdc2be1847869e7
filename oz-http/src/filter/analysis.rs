//! Conditions on analyses.

use oz_core::folder::{AnalysisFilter, AnalysisKind, AnalysisStatus};
use oz_core::listing::{Choice, Slice};

use crate::ApiError;
use crate::dto::words::Word;
use crate::extract::ListQuery;

/// What is asked of a list of analyses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnalysisQuery {
    /// Which analyses; none when only what does not exist is wanted.
    pub filter: Option<AnalysisFilter>,
    /// Which part of the list.
    pub slice: Slice,
    /// Whether their number is not wanted.
    pub total_omit: bool,
}

/// Reads the query of a list of analyses.
///
/// # Errors
/// Code 4 for the first parameter that cannot be taken.
pub fn parse_analysis_query(query: &ListQuery) -> Result<AnalysisQuery, ApiError> {
    let (kinds, statuses) = (kinds(query)?, statuses(query)?);
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
    Ok(AnalysisQuery {
        filter: kinds.and(statuses).map(|_| filter),
        slice: query.slice()?,
        total_omit: query.omits_total()?,
    })
}

/// A kind may be named that is documented and exists nowhere. Nothing is of that kind, and excluding it changes nothing.
fn kinds(query: &ListQuery) -> Result<Option<Choice<AnalysisKind>>, ApiError> {
    query.choice_by(&["type"], |text| real_or(text, "DOCUMENTS")).map(possible)
}

/// Until an analysis is done its status mirrors its state, so that words of both are taken.
fn statuses(query: &ListQuery) -> Result<Option<Choice<AnalysisStatus>>, ApiError> {
    query.choice_by(&["resolution_status", "resolution"], |text| real_or(text, "INITIAL")).map(possible)
}

/// The member of a word; `Some(None)` for a word that is known and that nothing has.
fn real_or<T: Word>(text: &str, unreal: &str) -> Option<Option<T>> {
    match T::read(text) {
        None if !text.eq_ignore_ascii_case(unreal) => None,
        member => Some(member),
    }
}

/// The choice among what exists; `None` when only what does not exist is wanted.
fn possible<T>(choice: Choice<Option<T>>) -> Option<Choice<T>> {
    let wishes = !choice.include.is_empty();
    let include: Vec<T> = choice.include.into_iter().flatten().collect();
    let exclude = choice.exclude.into_iter().flatten().collect();
    (!wishes || !include.is_empty()).then_some(Choice { include, exclude })
}

#[cfg(test)]
mod tests {
    use oz_core::folder::AnalysisState;

    use super::*;
    use crate::config::ListConfig;

    fn parse(text: &str) -> Result<AnalysisQuery, ApiError> {
        parse_analysis_query(&ListQuery::new(text, ListConfig::default()))
    }

    #[test]
    fn the_polling_of_clients_is_understood() {
        let query = parse("type=BIOMETRY,QUALITY,DOCUMENTS&state=FINISHED").unwrap();
        let filter = query.filter.unwrap();
        assert_eq!(filter.kinds.include, [AnalysisKind::Matching, AnalysisKind::Liveness]);
        assert_eq!(filter.states.include, [AnalysisState::Finished]);
        let query = parse("resolution_status.exclude=processing,initial").unwrap();
        assert_eq!(query.filter.unwrap().statuses.exclude, [AnalysisStatus::Processing]);
    }

    #[test]
    fn what_does_not_exist_is_not_everything() {
        assert_eq!(parse("type=DOCUMENTS").unwrap().filter, None);
        assert_eq!(parse("resolution_status=INITIAL").unwrap().filter, None);
        assert!(parse("type.exclude=DOCUMENTS").unwrap().filter.is_some());
    }

    #[test]
    fn a_condition_that_cannot_be_met_is_refused() {
        for text in ["type=KYC", "state=DONE", "analyse_id=1", "resolution_status.exclude=X"] {
            assert_eq!(parse(text).unwrap_err().number as u16, 4, "{text}");
        }
    }
}
