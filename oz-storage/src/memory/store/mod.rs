//! Accounts, folders, telemetry, jobs and the erasure list behind one lock, which makes every call a
//! transaction.

mod accounts;
mod erasures;
mod events;
mod folders;
mod jobs;

use std::sync::{Mutex, MutexGuard};

use oz_core::listing::{Slice, SortKey};
use oz_core::system::{Timestamp, Uuid};

use crate::locked;

/// Accounts, folders, telemetry, jobs and the erasure list in process memory.
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

/// Sort key of a record in a list.
struct Place {
    created: Timestamp,
    updated: Timestamp,
    id: Uuid,
}

/// Sorts records and returns the requested slice.
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
