//! What kind of user somebody is.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The kinds of users. What each may do stands in [`super::extent`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything in every company, except deciding. Belongs to no company.
    Administrator,
    /// Sees everything, decides. Belongs to no company.
    Operator,
    /// Uploads and analyses; sees its own.
    Client,
    /// A program of a company: sees the company's.
    ClientService,
    /// Sees and decides within its company.
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

    /// The stable name, as stored.
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

    /// The role of a stable name.
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
