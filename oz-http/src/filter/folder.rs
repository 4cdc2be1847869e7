//! Filters of folders.

use oz_core::folder::{CustomKind, FolderFilter};
use oz_core::listing::Slice;
use oz_core::metadata::MetadataCondition;

use crate::ApiError;
use crate::dto::words::{Word, read_kind};
use crate::extract::ListQuery;

/// Parsed query of the folder list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderQuery {
    /// Filter.
    pub filter: FolderFilter,
    /// Page and order.
    pub slice: Slice,
    /// Whether to return the analyses of each folder.
    pub with_analyses: bool,
}

/// Parses the query of the folder list. `custom` are the kinds of analyses that the application adds.
///
/// # Errors
/// Code 4 for the first invalid parameter.
pub fn parse_folder_query(query: &ListQuery, custom: &[CustomKind]) -> Result<FolderQuery, ApiError> {
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
        analysis_kinds: query
            .choice_by(&["analyse.type", "analyses.type"], |text| read_kind(text, custom))?,
        analysis_statuses: query
            .choice_by(&["analyse.resolution_status", "analyses.resolution_status"], Word::read)?,
    };
    Ok(FolderQuery { filter, slice: query.slice()?, with_analyses: query.flag("with_analyses")? })
}

/// Conditions on attributes. U+0000 is refused, as not every database can store it and no attribute contains
/// it.
fn conditions(query: &ListQuery) -> Result<Vec<MetadataCondition>, ApiError> {
    let conditions = query.metadata()?;
    if conditions.iter().any(|condition| condition.path.contains('\0') || condition.value.contains('\0')) {
        return Err(ApiError::invalid_value("meta_data", "must not contain U+0000"));
    }
    Ok(conditions)
}

#[cfg(test)]
mod tests {
    use oz_core::folder::{AnalysisKind, AnalysisStatus, FolderStatus, FolderVerdict};

    use super::*;
    use crate::config::ListConfig;

    fn parse(text: &str) -> Result<FolderQuery, ApiError> {
        parse_folder_query(&ListQuery::new(text, ListConfig::default()), &[])
    }

    #[test]
    fn documented_filters_are_parsed() {
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
        assert!(query.with_analyses);
    }

    #[test]
    fn invalid_values_are_refused_with_the_parameter_name() {
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
