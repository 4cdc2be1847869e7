//! Storage behind a collection.

use std::sync::Arc;

use oz_core::collection::port::CollectionRepository;
use oz_core::collection::{CollectionId, Collections, LiveIndex, ReferenceSample};
use oz_core::face::FeatureVector;
use oz_core::metadata::Metadata;
use oz_core::system::{CompanyId, Uuid};
use oz_storage::index::ExactIndex;
use oz_storage::license::UnlimitedLicense;
use oz_storage::memory::{MemoryBlobStore, MemoryCollectionRepository};

use super::Parts;
use super::driver::Driver;
use crate::{Oz, RandomIds, Result, SystemClock};

/// Owner of the collection: a fixed ID, because only the service has companies.
const OWNER: u128 = 0;

/// Alias of the single collection in a file.
const ALIAS: &str = "faces";

/// Reference without a picture: the application keeps its pictures.
pub(super) fn sample(template: FeatureVector) -> ReferenceSample {
    ReferenceSample { template, image: None }
}

pub(super) fn in_memory(oz: &Oz) -> Result<Parts> {
    open(oz, Arc::new(MemoryCollectionRepository::default()), Driver::Immediate)
}

#[cfg(feature = "sqlite")]
pub(super) fn in_sqlite(
    oz: &Oz,
    path: &std::path::Path,
    keys: Option<Arc<dyn oz_core::storage::port::KeyProvider>>,
) -> Result<Parts> {
    use super::driver::Runtime;
    use oz_storage::layer::Sealer;
    use oz_storage::sql::{SqliteStore, StoreOptions};

    let runtime = Runtime::start()
        .map_err(|error| oz_core::Error::backend("starting the thread of the database", false, error))?;
    let driver = Driver::Runtime(runtime);

    let options = StoreOptions { sealer: keys.map(Sealer::new), ..StoreOptions::default() };
    let store = driver.wait(SqliteStore::open(path, options))?;
    open(oz, Arc::new(store), driver)
}

/// Assembles the use cases and opens the collection, or creates it.
fn open(oz: &Oz, repository: Arc<dyn CollectionRepository>, driver: Driver) -> Result<Parts> {
    let index = Arc::new(LiveIndex::new(repository.clone(), Arc::new(ExactIndex::default())));
    let use_cases = Collections {
        repository,
        index,
        blobs: Arc::new(MemoryBlobStore::default()),
        license: Arc::new(UnlimitedLicense::default()),
        clock: Arc::new(SystemClock),
        ids: Arc::new(RandomIds),
    };
    let id = driver.wait(existing_or_new(&use_cases))?;
    Ok(Parts { oz: oz.clone(), use_cases, id, driver })
}

async fn existing_or_new(use_cases: &Collections) -> oz_core::Result<CollectionId> {
    let owner = CompanyId::from(Uuid::from_random_bits(OWNER));
    let existing = || use_cases.repository.collection_by_alias(owner, ALIAS);
    match existing().await {
        Err(oz_core::Error::NotFound { .. }) => {}
        found => return found.map(|collection| collection.id),
    }

    match use_cases.create(owner, ALIAS, Metadata::default()).await {
        // Another process has created it in the meantime.
        Err(oz_core::Error::Conflict { .. }) => Ok(existing().await?.id),
        created => created.map(|collection| collection.id),
    }
}
