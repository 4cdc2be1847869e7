//! Companies on the wire.

use oz_core::account::Company;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::Seconds;

/// A tenant.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CompanyDto {
    company_id: String,
    name: String,
    meta_data: Map<String, Value>,
    technical_meta_data: Map<String, Value>,
    time_created: Seconds,
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

/// What a company is made of, or changed to.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct CompanyBody {
    /// Name for people; unique.
    #[schema(max_length = 200)]
    pub(crate) name: Option<String>,
    /// Free attributes; merged into what is there.
    #[schema(value_type = Option<Object>)]
    pub(crate) meta_data: Option<Value>,
}
