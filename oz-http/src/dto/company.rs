//! Wire form of a company.

use oz_core::account::Company;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::Seconds;

/// A company: the tenant that owns users, folders and collections.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CompanyDto {
    /// ID of the company (UUID).
    company_id: String,
    /// Display name, unique.
    name: String,
    /// Custom attributes.
    meta_data: Map<String, Value>,
    /// Reserved; always empty.
    technical_meta_data: Map<String, Value>,
    /// Creation time.
    time_created: Seconds,
    /// Time of the last change.
    time_updated: Seconds,
}

impl From<Company> for CompanyDto {
    fn from(company: Company) -> Self {
        Self {
            company_id: company.id.to_string(),
            name: company.name,
            meta_data: company.metadata.as_object().clone(),
            technical_meta_data: Map::new(),
            time_created: company.created.into(),
            time_updated: company.updated.into(),
        }
    }
}

/// A company to create, or the changes to one.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct CompanyBody {
    /// Display name, 1 to 200 characters, unique; required on creation.
    #[schema(max_length = 200)]
    pub(crate) name: Option<String>,
    /// Custom attributes, merged into the existing ones; at most 64 KiB of JSON.
    #[schema(value_type = Option<Object>)]
    pub(crate) meta_data: Option<Value>,
}
