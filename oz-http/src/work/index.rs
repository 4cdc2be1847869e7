//! Filling the index before it is searched.

use oz_core::account::{CompanyFilter, Scope};
use oz_core::collection::Page;
use oz_core::listing::Slice;
use oz_core::system::CompanyId;
use oz_core::{Error, Result};

use super::context::Context;
use crate::Ports;

/// Records that are read at once.
const BATCH: u32 = 1_000;

/// Fills the index, so that the first search does not have to; searches that come earlier fill what they need by themselves.
pub(super) async fn run(context: Context) {
    match fill_index(&context.ports).await {
        Ok(references) => tracing::info!(references, "the index is filled"),
        Err(error) => tracing::warn!(code = error.code(), "the index is filled as it is searched"),
    }
}

/// Takes everything that is stored in collections into the index. Says how many changes that were. May be called at any
/// time, side by side with writes and searches.
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
