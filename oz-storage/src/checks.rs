//! Argument checks shared by several adapters.

#[cfg(any(feature = "memory", feature = "index"))]
mod vectors {
    use std::collections::HashMap;

    use oz_core::collection::IndexEntry;
    use oz_core::face::FeatureVector;
    use oz_core::inference::ModelId;
    use oz_core::{Error, Result};

    /// Ensures that all vectors of a model have the same length, both among `entries` and compared with the
    /// lengths `known` from an index.
    ///
    /// # Errors
    /// [`Error::IncomparableFeatures`] for the first entry of another length.
    pub(crate) fn ensure_equal_lengths<'a>(
        known: impl Iterator<Item = (&'a ModelId, usize)>,
        entries: &'a [IndexEntry],
    ) -> Result<()> {
        let mut lengths: HashMap<&ModelId, usize> = known.collect();
        for entry in entries {
            let length = entry.template.values().len();
            if *lengths.entry(entry.template.model()).or_insert(length) != length {
                return Err(incomparable(&entry.template));
            }
        }
        Ok(())
    }

    /// Error for a vector whose length differs from that of its model in an index.
    pub(crate) fn incomparable(vector: &FeatureVector) -> Error {
        let model = vector.model();
        let left = format!("{model} of {} values", vector.values().len());
        Error::IncomparableFeatures { left, right: format!("{model} in the index") }
    }
}

#[cfg(any(feature = "memory", feature = "index"))]
pub(crate) use vectors::{ensure_equal_lengths, incomparable};

/// Ensures that a lease belongs to the job of a group.
///
/// # Errors
/// `storage.conflict` when the lease belongs to another job.
#[cfg(any(feature = "memory", feature = "sqlite", feature = "postgres"))]
pub(crate) fn ensure_job_of(
    group: oz_core::folder::GroupId,
    lease: &oz_core::storage::Lease,
) -> oz_core::Result<()> {
    if lease.job == oz_core::folder::group_job(group) { Ok(()) } else { Err(group.conflict()) }
}
