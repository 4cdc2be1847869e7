//! Loading the search index at startup.

use oz_core::account::{CompanyFilter, Scope};
use oz_core::collection::Page;
use oz_core::listing::Slice;
use oz_core::system::CompanyId;
use oz_core::{Error, Result};

use super::context::Context;
use crate::Ports;

/// Records per page.
const BATCH: u32 = 1_000;

/// Loads the index, so that the first search need not. An earlier search loads its own collection.
pub(super) async fn run(context: Context) {
    match fill_index(&context.ports).await {
        Ok(references) => tracing::info!(references, "search index loaded"),
        Err(error) => tracing::warn!(
            code = error.code(),
            "failed to load the search index; collections are loaded by their first search"
        ),
    }
}

/// Loads all collections into the index. Returns the number of applied changes. May run concurrently with
/// writes and searches.
///
/// # Errors
/// `storage.backend`.
pub async fn fill_index(ports: &Ports) -> Result<usize> {
    let mut total = 0;
    let mut offset = 0;
    loop {
        let slice = Slice { offset, limit: BATCH, ..Slice::default() };
        let companies =
            ports.accounts.companies(&Scope::Everything, &CompanyFilter::default(), &slice).await?;
        if companies.is_empty() {
            return Ok(total);
        }

        offset += companies.len() as u64;
        for company in companies {
            total += fill_company(ports, company.id).await?;
        }
    }
}

async fn fill_company(ports: &Ports, company: CompanyId) -> Result<usize> {
    let mut total = 0;
    let mut page = Page { after: None, limit: BATCH as usize };
    loop {
        let collections = ports.collections.repository.collections(company, &page).await?;
        let Some(last) = collections.last() else { return Ok(total) };
        page.after = Some(last.position());
        for collection in &collections {
            total += match ports.collections.index.catch_up(collection.id).await {
                Err(Error::NotFound { .. }) => 0,
                caught_up => caught_up?,
            };
        }
    }
}
