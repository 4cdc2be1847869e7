//! Owners of everything that is stored.

use serde::{Deserialize, Serialize};

use crate::listing::Choice;
use crate::metadata::Metadata;
use crate::system::{CompanyId, Timestamp};

/// A tenant. Companies know nothing of each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Company {
    /// Unique name.
    pub id: CompanyId,
    /// Name for people; unique.
    pub name: String,
    /// Free attributes.
    pub metadata: Metadata,
    /// When it was created.
    pub created: Timestamp,
    /// When it was changed last.
    pub updated: Timestamp,
}

/// Which companies.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CompanyFilter {
    /// Which.
    pub ids: Choice<CompanyId>,
    /// Part of the name, whatever the case.
    pub text: Option<String>,
}
