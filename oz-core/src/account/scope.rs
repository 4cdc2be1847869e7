//! What somebody can see.

use super::{Extent, User, UserId};
use crate::system::CompanyId;

/// The part of the world that a caller sees and changes. What lies outside is `storage.not_found`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Nothing.
    Nothing,
    /// What belongs to one user of a company.
    Owner(CompanyId, UserId),
    /// What belongs to a company.
    Company(CompanyId),
    /// Everything.
    Everything,
}

impl Scope {
    /// How far a permission of this extent reaches for a user.
    #[must_use]
    pub fn of(extent: Extent, user: &User) -> Self {
        match (extent, user.company) {
            (Extent::Everything, _) => Self::Everything,
            (Extent::Company, Some(company)) => Self::Company(company),
            (Extent::Own, Some(company)) => Self::Owner(company, user.id),
            _ => Self::Nothing,
        }
    }

    /// Whether it holds what belongs to `owner` of `company`.
    #[must_use]
    pub fn holds(&self, company: CompanyId, owner: UserId) -> bool {
        match *self {
            Self::Nothing => false,
            Self::Owner(own, user) => own == company && user == owner,
            Self::Company(own) => own == company,
            Self::Everything => true,
        }
    }

    /// Whether it holds what belongs to a company as a whole.
    #[must_use]
    pub fn holds_company(&self, company: CompanyId) -> bool {
        match *self {
            Self::Nothing => false,
            Self::Owner(own, _) | Self::Company(own) => own == company,
            Self::Everything => true,
        }
    }
}
