//! Permission table: the actions of each role on each resource.

use super::Role;

/// Operation on a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Create a record.
    Create,
    /// Read a record.
    Read,
    /// Change a record.
    Update,
    /// Delete a record.
    Delete,
    /// Set the verdict manually; analyses only.
    Decide,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 5] = [Self::Create, Self::Read, Self::Update, Self::Delete, Self::Decide];
}

/// Kind of record that permissions apply to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Resource {
    /// Tenants.
    Company,
    /// Accounts.
    User,
    /// Folders and their metadata.
    Folder,
    /// Photos, videos and shot sets.
    Media,
    /// Analyses and their results.
    Analysis,
    /// Collections with their subjects and references.
    Collection,
    /// Folder reports.
    Report,
    /// Counts over folders and analyses.
    Statistics,
    /// Short-lived capture tokens.
    CaptureToken,
    /// Client telemetry.
    EventSession,
}

impl Resource {
    /// Every resource.
    pub const ALL: [Self; 10] = [
        Self::Company,
        Self::User,
        Self::Folder,
        Self::Media,
        Self::Analysis,
        Self::Collection,
        Self::Report,
        Self::Statistics,
        Self::CaptureToken,
        Self::EventSession,
    ];
}

/// Reach of a permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Extent {
    /// No records.
    Nothing,
    /// Records owned by the user. For users: the user's own account; for companies: the user's company.
    Own,
    /// All records of the user's company.
    Company,
    /// All records.
    Everything,
}

/// Reach of `action` on `resource` for `role`.
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

/// Letters are the actions Create, Read, Update, Delete and decide (X); the word after the colon is their
/// [`Extent`]. Columns follow [`Role::ALL`], three per line.
#[rustfmt::skip]
const TABLE: [(Resource, [&str; 6]); 10] = [
    //                          administrator    operator           client
    //                          client service   client operator    client administrator
    (Resource::Company,       ["CRUD:all",      "R:all",           "R:own",
                               "R:own",         "R:own",           "RU:own"]),
    (Resource::User,          ["CRUD:all",      "R:all U:own",     "RU:own",
                               "R:own",         "R:company U:own", "CRUD:company"]),
    (Resource::Folder,        ["CRUD:all",      "R:all",           "CRU:own",
                               "CRU:company",   "R:company",       "CRUD:company"]),
    (Resource::Media,         ["CRUD:all",      "R:all",           "CR:own",
                               "CR:company",    "R:company",       "CRUD:company"]),
    (Resource::Analysis,      ["CRUD:all",      "RX:all",          "CR:own",
                               "CR:company",    "RX:company",      "CRD:company"]),
    (Resource::Collection,    ["CRUD:all",      "R:all",           "R:company",
                               "R:company",     "R:company",       "CRUD:company"]),
    (Resource::Report,        ["CRUD:all",      "R:all",           "CR:own",
                               "CR:company",    "R:company",       "CRUD:company"]),
    (Resource::Statistics,    ["R:all",         "R:all",           "",
                               "",              "R:company",       "R:company"]),
    (Resource::CaptureToken,  ["C:all",         "",                "C:own",
                               "C:own",         "C:own",           "C:own"]),
    (Resource::EventSession,  ["CRUD:all",      "R:all",           "C:own",
                               "C:own",         "CR:company",      "CR:company"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn check(role: Role, action: Action, resource: Resource, expected: Extent) {
        assert_eq!(extent(role, action, resource), expected, "{role} {action:?} {resource:?}");
    }

    #[test]
    fn table_matches_the_contract() {
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
    fn company_roles_never_reach_beyond_their_company() {
        for role in Role::ALL.into_iter().filter(|role| role.has_company()) {
            for resource in Resource::ALL {
                for action in Action::ALL {
                    assert_ne!(extent(role, action, resource), Extent::Everything, "{role} {resource:?}");
                }
            }
        }
    }
}
