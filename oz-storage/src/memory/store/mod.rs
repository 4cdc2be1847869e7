//! Accounts, folders, telemetry, jobs and the erasure list behind one lock, as a database has them in one transaction.

mod accounts;
mod erasures;
mod events;
mod folders;
mod jobs;

use std::sync::{Mutex, MutexGuard};

use oz_core::listing::{Slice, SortKey};
use oz_core::system::{Timestamp, Uuid};

use crate::locked;

/// Everything but collections, blobs, keys and the audit trail. It ends with the process.
#[derive(Debug, Default)]
pub struct MemoryStore {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    accounts: accounts::Accounts,
    folders: folders::Folders,
    events: events::Events,
    jobs: jobs::Jobs,
    erasures: erasures::Erasures,
}

impl MemoryStore {
    fn state(&self) -> MutexGuard<'_, State> {
        locked(&self.state)
    }
}

/// What a list is ordered by.
struct Place {
    created: Timestamp,
    updated: Timestamp,
    id: Uuid,
}

/// A part of a list, in its order.
fn sliced<'a, T: Clone + 'a>(
    records: impl Iterator<Item = &'a T>,
    slice: &Slice,
    place: impl Fn(&T) -> Place,
) -> Vec<T> {
    let key = |record: &&T| {
        let place = place(record);
        match slice.sorting.key {
            SortKey::Created => (place.created, place.id),
            SortKey::Updated => (place.updated, place.id),
        }
    };
    let mut records: Vec<&T> = records.collect();
    records.sort_by_key(key);
    if slice.sorting.descending {
        records.reverse();
    }
    let offset = usize::try_from(slice.offset).unwrap_or(usize::MAX);
    records.into_iter().skip(offset).take(slice.limit as usize).cloned().collect()
}
