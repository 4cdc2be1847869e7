//! Reading collections.

use axum::Json as Answer;
use axum::extract::State;
use oz_core::account::port::AccountRepository;
use oz_core::account::{Action, CompanyFilter, Resource, Scope};
use oz_core::collection::port::CollectionRepository;
use oz_core::collection::{Collection, CollectionId, Page};
use oz_core::listing::{Choice, Slice, SortKey};
use oz_core::system::CompanyId;

use super::reach::reachable;
use crate::dto::{CollectionDto, List, ListParams};
use crate::extract::{Caller, Id, ListQuery};
use crate::{ApiError, ServiceState};

/// Number of records per database query.
const BATCH: usize = 1_000;

/// List collections
///
/// Returns the collections visible to the caller. Each filter is negated by its counterpart with the suffix
/// `.exclude`.
#[utoipa::path(get, path = "/api/collections", operation_id = "collections", tag = "collections",
    params(ListParams,
        ("alias" = Option<String>, Query, description = "Names, comma-separated"),
        ("collection_id" = Option<String>, Query, description = "Collection IDs (UUIDs), comma-separated"),
        ("company_id" = Option<String>, Query, description = "Company IDs (UUIDs), comma-separated")),
    responses((status = OK, body = Vec<CollectionDto>, description = "Matching collections")))]
pub(super) async fn list(
    State(state): State<ServiceState>,
    caller: Caller,
    query: ListQuery,
) -> Result<List<CollectionDto>, ApiError> {
    let scope = caller.scope(Action::Read, Resource::Collection)?;
    let (slice, wanted) = (query.slice()?, query.choice::<CompanyId>("company_id")?);
    let (aliases, ids) = (query.choice::<String>("alias")?, query.choice::<CollectionId>("collection_id")?);

    let ports = state.store()?;
    let mut found = Vec::new();
    for company in companies(&*ports.accounts, &scope, wanted).await? {
        found.extend(collections(&*ports.collections.repository, company).await?);
    }
    found.retain(|collection| aliases.admits(&collection.alias) && ids.admits(&collection.id));

    let total = query.total(async { Ok(found.len() as u64) }).await?;
    Ok(List::new(sorted_page(found, &slice).into_iter().map(Into::into), total))
}

/// IDs of the companies in `scope` that match `wanted`.
async fn companies(
    accounts: &dyn AccountRepository,
    scope: &Scope,
    wanted: Choice<CompanyId>,
) -> oz_core::Result<Vec<CompanyId>> {
    let filter = CompanyFilter { ids: wanted, text: None };
    let mut slice = Slice { limit: BATCH as u32, ..Slice::default() };
    let mut all = Vec::new();

    loop {
        let companies = accounts.companies(scope, &filter, &slice).await?;
        all.extend(companies.iter().map(|company| company.id));
        if companies.len() < BATCH {
            return Ok(all);
        }
        slice.offset += BATCH as u64;
    }
}

/// All collections of a company.
async fn collections(
    repository: &dyn CollectionRepository,
    company: CompanyId,
) -> oz_core::Result<Vec<Collection>> {
    let mut page = Page { after: None, limit: BATCH };
    let mut all: Vec<Collection> = Vec::new();

    loop {
        let part = repository.collections(company, &page).await?;
        let is_last = part.len() < BATCH;
        page.after = part.last().map(Collection::position);
        all.extend(part);
        if is_last {
            return Ok(all);
        }
    }
}

fn sorted_page(mut collections: Vec<Collection>, slice: &Slice) -> Vec<Collection> {
    collections.sort_by_key(|collection| {
        let time = match slice.sorting.key {
            SortKey::Created => collection.created,
            SortKey::Updated => collection.updated,
        };
        (time, collection.id)
    });
    if slice.sorting.descending {
        collections.reverse();
    }

    let offset = usize::try_from(slice.offset).unwrap_or(usize::MAX);
    collections.into_iter().skip(offset).take(slice.limit as usize).collect()
}

/// Get a collection
#[utoipa::path(get, path = "/api/collections/{collection_id}", operation_id = "collection",
    tag = "collections", responses((status = OK, body = CollectionDto, description = "The collection")))]
pub(super) async fn read(
    State(state): State<ServiceState>,
    caller: Caller,
    Id(id): Id<CollectionId>,
) -> Result<Answer<CollectionDto>, ApiError> {
    Ok(Answer(reachable(&state, &caller, Action::Read, id).await?.into()))
}
