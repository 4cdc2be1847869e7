//! Companies, the tenants that own all stored records.

use serde::{Deserialize, Serialize};

use crate::listing::Choice;
use crate::metadata::Metadata;
use crate::system::{CompanyId, Timestamp};

/// A tenant. Companies cannot access each other's records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Company {
    /// Unique ID.
    pub id: CompanyId,
    /// Display name; unique, ignoring case.
    pub name: String,
    /// Custom attributes.
    pub metadata: Metadata,
    /// Creation time.
    pub created: Timestamp,
    /// Time of the last change.
    pub updated: Timestamp,
}

impl Company {
    /// Lowercase form of the name, used for comparison and search.
    #[must_use]
    pub fn name_key(&self) -> String {
        self.name.to_lowercase()
    }
}

/// Conditions on companies; all must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CompanyFilter {
    /// Company IDs.
    pub ids: Choice<CompanyId>,
    /// Substring of the name, ignoring case.
    pub text: Option<String>,
}

impl CompanyFilter {
    /// Whether a company satisfies the filter.
    #[must_use]
    pub fn admits(&self, company: &Company) -> bool {
        self.ids.admits(&company.id)
            && self.text.as_ref().is_none_or(|text| company.name_key().contains(&text.to_lowercase()))
    }
}
