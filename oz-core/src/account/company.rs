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

impl Company {
    /// The name as names are compared: whatever the case.
    #[must_use]
    pub fn name_key(&self) -> String {
        self.name.to_lowercase()
    }
}

/// Which companies.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CompanyFilter {
    /// Which.
    pub ids: Choice<CompanyId>,
    /// Part of the name, whatever the case.
    pub text: Option<String>,
}

impl CompanyFilter {
    /// Whether a company is one of them.
    #[must_use]
    pub fn admits(&self, company: &Company) -> bool {
        self.ids.admits(&company.id)
            && self.text.as_ref().is_none_or(|text| company.name_key().contains(&text.to_lowercase()))
    }
}
