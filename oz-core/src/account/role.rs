//! User roles.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Role of a user. Permissions are defined by [`super::extent`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Full access to all companies, except deciding analyses. Belongs to no company.
    Administrator,
    /// Reads the records of all companies and decides analyses. Belongs to no company.
    Operator,
    /// Uploads media and starts analyses; reads its own records.
    Client,
    /// Service account of a company; reads all records of the company.
    ClientService,
    /// Reads all records of its company and decides analyses.
    ClientOperator,
    /// Manages its company.
    ClientAdministrator,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 6] = [
        Self::Administrator,
        Self::Operator,
        Self::Client,
        Self::ClientService,
        Self::ClientOperator,
        Self::ClientAdministrator,
    ];

    /// Whether users of this role belong to a company.
    #[must_use]
    pub fn has_company(self) -> bool {
        !matches!(self, Self::Administrator | Self::Operator)
    }

    /// Stable name used in storage.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Operator => "operator",
            Self::Client => "client",
            Self::ClientService => "client_service",
            Self::ClientOperator => "client_operator",
            Self::ClientAdministrator => "client_administrator",
        }
    }

    /// Looks up a role by its stable name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
