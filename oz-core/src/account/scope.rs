//! Access scopes.

use super::{Extent, User, UserId};
use crate::system::CompanyId;

/// The records that a caller may access. Records outside the scope are `storage.not_found`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// No records.
    Nothing,
    /// Records owned by one user of a company.
    Owner(CompanyId, UserId),
    /// All records of a company.
    Company(CompanyId),
    /// All records.
    Everything,
}

impl Scope {
    /// Scope that a permission of the given extent grants to `user`.
    #[must_use]
    pub fn of(extent: Extent, user: &User) -> Self {
        match (extent, user.company) {
            (Extent::Everything, _) => Self::Everything,
            (Extent::Company, Some(company)) => Self::Company(company),
            (Extent::Own, Some(company)) => Self::Owner(company, user.id),
            _ => Self::Nothing,
        }
    }

    /// Whether the scope contains records owned by `owner` of `company`.
    #[must_use]
    pub fn holds(&self, company: CompanyId, owner: UserId) -> bool {
        match *self {
            Self::Nothing => false,
            Self::Owner(own, user) => own == company && user == owner,
            Self::Company(own) => own == company,
            Self::Everything => true,
        }
    }

    /// Whether the scope contains records owned by `company` as a whole.
    #[must_use]
    pub fn holds_company(&self, company: CompanyId) -> bool {
        match *self {
            Self::Nothing => false,
            Self::Owner(own, _) | Self::Company(own) => own == company,
            Self::Everything => true,
        }
    }
}
