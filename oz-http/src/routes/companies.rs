//! `/api/companies`: tenants.

use axum::extract::State;
use axum::http::StatusCode;
use oz_core::account::{Action, Company, CompanyFilter, Resource};
use oz_core::collection::Page;
use oz_core::folder::FolderFilter;
use oz_core::listing::Choice;
use oz_core::metadata::Metadata;
use oz_core::system::CompanyId;
use utoipa_axum::routes;

use super::Routes;
use crate::dto::{CompanyBody, CompanyDto, List, ListParams, plain_text};
use crate::extract::{Caller, Id, Json, ListQuery};
use crate::{ApiError, ServiceState};

pub(super) fn routes() -> Routes {
    Routes::new().with(routes!(list, create)).with(routes!(read, update, delete))
}

/// List companies
///
/// Returns the companies visible to the caller.
#[utoipa::path(get, path = "/api/companies", operation_id = "companies", tag = "companies",
    params(ListParams, ("search_text" = Option<String>, Query, description = "Part of the name"),
        ("company_id" = Option<String>, Query,
            description = "Company IDs (UUIDs), comma-separated; negated by `company_id.exclude`")),
    responses((status = OK, body = Vec<CompanyDto>, description = "Matching companies")))]
async fn list(
    State(state): State<ServiceState>,
    caller: Caller,
    query: ListQuery,
) -> Result<List<CompanyDto>, ApiError> {
    let scope = caller.scope(Action::Read, Resource::Company)?;
    let text = query.text("search_text").map(Into::into);
    let filter = CompanyFilter { ids: query.choice("company_id")?, text };

    let accounts = &state.store()?.accounts;
    let total = query.total(accounts.count_companies(&scope, &filter)).await?;
    let companies = accounts.companies(&scope, &filter, &query.slice()?).await?;
    Ok(List::new(companies.into_iter().map(Into::into), total))
}

/// Create a company
#[utoipa::path(post, path = "/api/companies", operation_id = "create_company", tag = "companies",
    responses((status = CREATED, body = CompanyDto, description = "The new company")))]
async fn create(
    State(state): State<ServiceState>,
    caller: Caller,
    Json(body): Json<CompanyBody>,
) -> Result<(StatusCode, axum::Json<CompanyDto>), ApiError> {
    caller.scope(Action::Create, Resource::Company)?;
    let name = name(&body.name.ok_or_else(|| ApiError::missing_field("name"))?)?;
    let metadata = Metadata::new(body.meta_data.unwrap_or_default())?;
    let (id, now) = (state.next_id(), state.now());
    let company = Company { id, name, metadata, created: now, updated: now };
    state.store()?.accounts.create_company(&company).await?;
    state.record(caller.actor(), "company.created", format!("{id:?}"), &[]).await?;
    Ok((StatusCode::CREATED, axum::Json(company.into())))
}

fn name(text: &str) -> Result<String, ApiError> {
    let name = plain_text("name", text, 200)?;
    if name.is_empty() {
        return Err(ApiError::invalid_value("name", "must not be empty"));
    }
    Ok(name)
}

/// Get a company
#[utoipa::path(get, path = "/api/companies/{company_id}", operation_id = "company", tag = "companies",
    responses((status = OK, body = CompanyDto, description = "The company")))]
async fn read(
    State(state): State<ServiceState>,
    caller: Caller,
    Id(id): Id<CompanyId>,
) -> Result<axum::Json<CompanyDto>, ApiError> {
    let scope = caller.scope(Action::Read, Resource::Company)?;
    Ok(axum::Json(state.store()?.accounts.company(&scope, id).await?.into()))
}

/// Update a company
///
/// Fields absent from the body stay as they are.
#[utoipa::path(patch, path = "/api/companies/{company_id}", operation_id = "update_company",
    tag = "companies",
    responses((status = OK, body = CompanyDto, description = "The company after the change")))]
async fn update(
    State(state): State<ServiceState>,
    caller: Caller,
    Id(id): Id<CompanyId>,
    Json(body): Json<CompanyBody>,
) -> Result<axum::Json<CompanyDto>, ApiError> {
    let scope = caller.scope(Action::Update, Resource::Company)?;
    let accounts = &state.store()?.accounts;
    let mut company = accounts.company(&scope, id).await?;

    if let Some(text) = &body.name {
        company.name = name(text)?;
    }
    if let Some(metadata) = body.meta_data {
        company.metadata = company.metadata.merged(Metadata::new(metadata)?)?;
    }
    company.updated = state.now();

    accounts.update_company(&company).await?;
    state.record(caller.actor(), "company.updated", format!("{id:?}"), &[]).await?;
    Ok(axum::Json(company.into()))
}

/// Delete a company with its users
///
/// Refused with 409 while the company still has folders or collections. Destroys the company's encryption
/// key.
#[utoipa::path(delete, path = "/api/companies/{company_id}", operation_id = "delete_company",
    tag = "companies", responses((status = NO_CONTENT, description = "Company deleted")))]
async fn delete(
    State(state): State<ServiceState>,
    caller: Caller,
    Id(id): Id<CompanyId>,
) -> Result<StatusCode, ApiError> {
    let scope = caller.scope(Action::Delete, Resource::Company)?;
    let ports = state.store()?;
    ports.accounts.company(&scope, id).await?;

    let of_company = FolderFilter { companies: Choice::only(id), ..FolderFilter::default() };
    let page = Page { after: None, limit: 1 };
    if ports.folders.count_folders(&scope, &of_company).await? > 0
        || !ports.collections.repository.collections(id, &page).await?.is_empty()
    {
        return Err(ApiError::conflict("The company still has folders or collections"));
    }

    ports.accounts.delete_company(id).await?;
    ports.keys.destroy(id).await?;
    state.record(caller.actor(), "company.deleted", format!("{id:?}"), &[]).await?;
    Ok(StatusCode::NO_CONTENT)
}
