//! SQL conditions of filters, equivalent to `FolderFilter::admits` and `AnalysisFilter::admits`.

use oz_core::listing::Choice;
use oz_core::metadata::MetadataCondition;

use super::{AnalysisFilter, FolderFilter, Scope, Selection, uuid};

/// Result columns of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    Records,
    Count,
}

/// Query for the folders of a scope. With the index of a non-negated metadata condition in `leading`, the
/// query starts from the facet index, which holds the facets of a company in the order of creation.
pub(super) fn folders(
    target: Target,
    scope: &Scope,
    filter: &FolderFilter,
    leading: Option<usize>,
) -> Selection {
    let mut found = Selection::new(match (target, leading) {
        (Target::Records, None) => "SELECT folder.* FROM folder",
        (Target::Count, None) => "SELECT COUNT(*) AS count FROM folder",
        (Target::Records, Some(_)) => "SELECT folder.* FROM folder_facet AS facet CROSS JOIN folder",
        (Target::Count, Some(_)) => "SELECT COUNT(*) AS count FROM folder_facet AS facet CROSS JOIN folder",
    });

    for (place, condition) in filter.metadata.iter().enumerate() {
        if leading == Some(place) {
            led_by(&mut found, condition, scope, &filter.companies);
        } else {
            has_facet(&mut found, condition);
        }
    }

    conditions(&mut found, scope, filter);
    found
}

fn conditions(found: &mut Selection, scope: &Scope, filter: &FolderFilter) {
    found
        .scope(scope, "folder.company", Some("folder.owner"))
        .choice("folder.id", &filter.ids, |id| uuid(id.uuid()))
        .choice("folder.company", &filter.companies, |id| uuid(id.uuid()))
        .choice("folder.owner", &filter.owners, |id| uuid(id.uuid()))
        .range("folder.created", &filter.created)
        .range("folder.updated", &filter.updated)
        .choice("folder.status", &filter.statuses, |status| status.name())
        .choice("folder.verdict", &filter.verdicts, |verdict| verdict.name());
    if let Some(cleared) = filter.cleared {
        found.and("folder.cleared = ").bind(cleared);
    }
    has_analyses(found, "kind", &filter.analysis_kinds, |kind| kind.name().to_owned());
    has_analyses(found, "status", &filter.analysis_statuses, |status| status.name().to_owned());
}

fn led_by(
    found: &mut Selection,
    condition: &MetadataCondition,
    scope: &Scope,
    companies: &Choice<oz_core::system::CompanyId>,
) {
    found.and("facet.folder = folder.id");
    found.and("facet.path = ").bind(condition.path.as_bytes().to_vec());
    found.and("facet.value = ").bind(condition.value.as_bytes().to_vec());
    found.scope(scope, "facet.company", None);
    if let [company] = companies.include[..] {
        found.and("facet.company = ").bind(uuid(company.uuid()));
    }
}

/// Condition on one facet. The columns of the folder complete the key of the facet, so one row is looked up.
/// It is a scalar subquery, because PostgreSQL turns `EXISTS` into a join, which may read all facets with
/// that value.
fn has_facet(found: &mut Selection, condition: &MetadataCondition) {
    found
        .and("(SELECT TRUE FROM folder_facet AS other WHERE other.company = folder.company")
        .push(" AND other.created = folder.created AND other.folder = folder.id")
        .and("other.path = ")
        .bind(condition.path.as_bytes().to_vec())
        .and("other.value = ")
        .bind(condition.value.as_bytes().to_vec())
        .push(if condition.negated { ") IS NULL" } else { ") IS NOT NULL" });
}

/// Condition that the folder has at least one included and no excluded analysis.
fn has_analyses<T>(
    found: &mut Selection,
    column: &'static str,
    choice: &Choice<T>,
    name: impl Fn(&T) -> String,
) {
    for (words, prefix) in [(&choice.include, ""), (&choice.exclude, "NOT ")] {
        if !words.is_empty() {
            found.and(prefix).push("EXISTS (SELECT 1 FROM analysis WHERE analysis.folder = folder.id");
            found.and("analysis.").push(column).push(" IN ").list(words.iter().map(&name)).push(")");
        }
    }
}

/// Query for the analyses of a scope. A scope without limits needs no join with their folders.
pub(super) fn analyses(target: Target, scope: &Scope, filter: &AnalysisFilter) -> Selection {
    let is_bounded = *scope != Scope::Everything;
    let mut found = Selection::new(match (target, is_bounded) {
        (Target::Records, false) => "SELECT analysis.* FROM analysis",
        (Target::Count, false) => "SELECT COUNT(*) AS count FROM analysis",
        (Target::Records, true) => {
            "SELECT analysis.* FROM analysis JOIN folder ON folder.id = analysis.folder"
        }
        (Target::Count, true) => {
            "SELECT COUNT(*) AS count FROM analysis JOIN folder ON folder.id = analysis.folder"
        }
    });

    found
        .scope(scope, "folder.company", Some("folder.owner"))
        .choice("analysis.id", &filter.ids, |id| uuid(id.uuid()))
        .choice("analysis.folder", &filter.folders, |id| uuid(id.uuid()))
        .choice("analysis.group_id", &filter.groups, |id| uuid(id.uuid()))
        .choice("analysis.kind", &filter.kinds, |kind| kind.name().to_owned())
        .choice("analysis.state", &filter.states, |state| state.name())
        .choice("analysis.status", &filter.statuses, |status| status.name())
        .range("analysis.created", &filter.created)
        .range("analysis.updated", &filter.updated);

    if let Some(subject) = filter.subject {
        found.and("analysis.id IN (SELECT analysis FROM analysis_subject WHERE subject = ");
        found.bind(uuid(subject.uuid())).push(")");
    }
    found
}
