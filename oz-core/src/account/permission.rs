//! What each role may do to what: one table.

use super::Role;

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Make a new one.
    Create,
    /// See it.
    Read,
    /// Change it.
    Update,
    /// Remove it.
    Delete,
    /// Set the verdict by hand; analyses only.
    Decide,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 5] = [Self::Create, Self::Read, Self::Update, Self::Delete, Self::Decide];
}

/// What it is done to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Resource {
    /// Tenants.
    Company,
    /// Accounts.
    User,
    /// Folders and their metadata.
    Folder,
    /// Photos, videos, shot sets.
    Media,
    /// Analyses and their results.
    Analysis,
    /// Collections, their subjects and references.
    Collection,
    /// Reports of folders.
    Report,
    /// Templates of reports.
    ReportTemplate,
    /// Counts over folders and analyses.
    Statistics,
    /// Short-lived tokens for a capture.
    CaptureToken,
    /// Telemetry of clients.
    EventSession,
}

impl Resource {
    /// Every resource.
    pub const ALL: [Self; 11] = [
        Self::Company,
        Self::User,
        Self::Folder,
        Self::Media,
        Self::Analysis,
        Self::Collection,
        Self::Report,
        Self::ReportTemplate,
        Self::Statistics,
        Self::CaptureToken,
        Self::EventSession,
    ];
}

/// How far a permission reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Extent {
    /// Not at all.
    Nothing,
    /// To what is the user's own; of users: to itself; of companies: to its company.
    Own,
    /// To what is its company's.
    Company,
    /// To everything.
    Everything,
}

/// How far `role` may do `action` to `resource`.
#[must_use]
pub fn extent(role: Role, action: Action, resource: Resource) -> Extent {
    let row = TABLE.iter().find(|row| row.0 == resource).expect("every resource has a row");
    let column = Role::ALL.iter().position(|known| *known == role).expect("every role has a column");
    let letter = match action {
        Action::Create => 'C',
        Action::Read => 'R',
        Action::Update => 'U',
        Action::Delete => 'D',
        Action::Decide => 'X',
    };
    row.1[column]
        .split(' ')
        .find(|cell| cell.split_once(':').is_some_and(|(letters, _)| letters.contains(letter)))
        .map_or(Extent::Nothing, reach)
}

fn reach(cell: &str) -> Extent {
    match cell.split_once(':').map(|(_, reach)| reach) {
        Some("own") => Extent::Own,
        Some("company") => Extent::Company,
        Some("all") => Extent::Everything,
        _ => Extent::Nothing,
    }
}

/// Letters are Create, Read, Update, Delete, decide (X); what stands behind the colon is how far they reach. Columns in the
/// order of [`Role::ALL`]: administrator, operator, client, service, company operator, company administrator.
#[rustfmt::skip]
const TABLE: [(Resource, [&str; 6]); 11] = [
    //                          administrator  operator         client      service           company operator     company administrator
    (Resource::Company,        ["CRUD:all",   "R:all",         "R:own",    "R:own",          "R:own",             "RU:own"]),
    (Resource::User,           ["CRUD:all",   "R:all U:own",   "RU:own",   "R:own",          "R:company U:own",   "CRUD:company"]),
    (Resource::Folder,         ["CRUD:all",   "R:all",         "CRU:own",  "CRU:company",    "R:company",         "CRUD:company"]),
    (Resource::Media,          ["CRUD:all",   "R:all",         "CR:own",   "CR:company",     "R:company",         "CRUD:company"]),
    (Resource::Analysis,       ["CRUD:all",   "RX:all",        "CR:own",   "CR:company",     "RX:company",        "CRD:company"]),
    (Resource::Collection,     ["CRUD:all",   "R:all",         "R:company", "R:company",     "R:company",         "CRUD:company"]),
    (Resource::Report,         ["CRUD:all",   "R:all",         "CR:own",   "CR:company",     "R:company",         "CRUD:company"]),
    (Resource::ReportTemplate, ["CRUD:all",   "R:all",         "R:company", "R:company",     "R:company",         "CRUD:company"]),
    (Resource::Statistics,     ["R:all",      "R:all",         "",         "",               "R:company",         "R:company"]),
    (Resource::CaptureToken,   ["C:all",      "",              "C:own",    "C:own",          "C:own",             "C:own"]),
    (Resource::EventSession,   ["CRUD:all",   "R:all",         "C:own",    "C:own",          "CR:company",        "CR:company"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn check(role: Role, action: Action, resource: Resource, expected: Extent) {
        assert_eq!(extent(role, action, resource), expected, "{role} {action:?} {resource:?}");
    }

    #[test]
    fn the_table_says_what_the_contract_says() {
        check(Role::Operator, Action::Create, Resource::Folder, Extent::Nothing);
        check(Role::Client, Action::Read, Resource::Folder, Extent::Own);
        check(Role::Administrator, Action::Decide, Resource::Analysis, Extent::Nothing);
        check(Role::ClientOperator, Action::Decide, Resource::Analysis, Extent::Company);
        check(Role::Operator, Action::Create, Resource::CaptureToken, Extent::Nothing);
        check(Role::ClientAdministrator, Action::Delete, Resource::Analysis, Extent::Company);
        check(Role::ClientAdministrator, Action::Delete, Resource::Company, Extent::Nothing);
        check(Role::Operator, Action::Update, Resource::User, Extent::Own);
    }

    #[test]
    fn nobody_of_a_company_reaches_beyond_it() {
        for role in Role::ALL.into_iter().filter(|role| role.has_company()) {
            for resource in Resource::ALL {
                for action in Action::ALL {
                    assert_ne!(extent(role, action, resource), Extent::Everything, "{role} {resource:?}");
                }
            }
        }
    }
}
