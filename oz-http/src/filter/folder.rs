//! Conditions on folders.

use oz_core::folder::FolderFilter;
use oz_core::listing::Slice;
use oz_core::metadata::MetadataCondition;

use crate::ApiError;
use crate::dto::words::Word;
use crate::extract::ListQuery;

/// What is asked of the list of folders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderQuery {
    /// Which folders.
    pub filter: FolderFilter,
    /// Which part of the list.
    pub slice: Slice,
    /// Whether their analyses are wanted.
    pub with_analyses: bool,
    /// Whether their number is not.
    pub total_omit: bool,
}

/// Reads the query of the list of folders.
///
/// # Errors
/// Code 4 for the first parameter that cannot be taken.
pub fn parse_folder_query(query: &ListQuery) -> Result<FolderQuery, ApiError> {
    let filter = FolderFilter {
        ids: query.choice("folder_id")?,
        companies: query.choice("company_id")?,
        owners: query.choice("user_id")?,
        created: query.times("time_created")?,
        updated: query.times("time_updated")?,
        statuses: query.choice_by(&["resolution_status"], Word::read)?,
        verdicts: query.choice_by(&["system_resolution"], Word::read)?,
        cleared: None,
        metadata: conditions(query)?,
        analysis_kinds: query.choice_by(&["analyse.type", "analyses.type"], Word::read)?,
        analysis_statuses: query
            .choice_by(&["analyse.resolution_status", "analyses.resolution_status"], Word::read)?,
    };
    Ok(FolderQuery {
        filter,
        slice: query.slice()?,
        with_analyses: query.flag("with_analyses")?,
        total_omit: query.omits_total()?,
    })
}

/// Attributes hold no U+0000, which databases take in no text.
fn conditions(query: &ListQuery) -> Result<Vec<MetadataCondition>, ApiError> {
    let conditions = query.metadata()?;
    if conditions.iter().any(|condition| condition.path.contains('\0') || condition.value.contains('\0')) {
        return Err(ApiError::invalid_value("meta_data", "it holds U+0000"));
    }
    Ok(conditions)
}

#[cfg(test)]
mod tests {
    use oz_core::folder::{AnalysisKind, AnalysisStatus, FolderStatus, FolderVerdict};

    use super::*;
    use crate::config::ListConfig;

    fn parse(text: &str) -> Result<FolderQuery, ApiError> {
        parse_folder_query(&ListQuery::new(text, ListConfig::default()))
    }

    #[test]
    fn every_documented_condition_is_read() {
        let id = "00000000-0000-0000-0000-000000000001";
        let text = format!(
            "resolution_status=initial,FINISHED&resolution_status.exclude=FAILED&analyse.type=COLLECTION\
             &analyses.type.exclude=quality&analyses.resolution_status=DECLINED&folder_id={id}&user_id={id}\
             &company_id.exclude={id}&with_analyses=true&total_omit=1&system_resolution=SUCCESS&_=123\
             &meta_data=transaction_id==T-1&time_created.min=1&time_updated.max=2"
        );
        let query = parse(&text).unwrap();
        let filter = query.filter;
        assert_eq!(filter.statuses.include, [FolderStatus::Initial, FolderStatus::Finished]);
        assert_eq!(filter.statuses.exclude, [FolderStatus::Failed]);
        assert_eq!(filter.verdicts.include, [FolderVerdict::Success]);
        assert_eq!(filter.analysis_kinds.include, [AnalysisKind::Search]);
        assert_eq!(filter.analysis_kinds.exclude, [AnalysisKind::Liveness]);
        assert_eq!(filter.analysis_statuses.include, [AnalysisStatus::Declined]);
        assert_eq!((filter.ids.include.len(), filter.owners.include.len()), (1, 1));
        assert_eq!((filter.companies.exclude.len(), filter.metadata.len()), (1, 1));
        assert!(filter.created.min.is_some() && filter.updated.max.is_some());
        assert!(query.with_analyses && query.total_omit);
    }

    #[test]
    fn a_condition_that_cannot_be_met_is_refused() {
        for (text, field) in [
            ("resolution_status=DONE", "'resolution_status'"),
            ("folder_id=7", "'folder_id'"),
            ("meta_data=a==%00", "'meta_data'"),
            ("folder_id.exclude=x", "'folder_id.exclude'"),
            ("with_analyses=perhaps", "'with_analyses'"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.number as u16 == 4 && error.message.contains(field), "{text}: {}", error.message);
        }
    }
}
