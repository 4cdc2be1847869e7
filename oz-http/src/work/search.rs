//! Identification of probes in a collection.

use oz_core::collection::{Candidate, SearchQuery, identify};
use oz_core::face::FeatureVector;
use oz_core::folder::AnalysisParams;
use oz_core::{Error, Result};

use super::context::Context;

/// False positive identification rate (FPIR), for any size of the collection.
///
/// Source: the operating point of NIST FRTE 1:N (NIST IR 8271) for identification, FPIR = 0.003.
const FPIR: f64 = 0.003;

/// Candidate list of a probe, best match first.
///
/// # Errors
/// `input.invalid_value` without a collection; `storage.not_found` for a deleted collection;
/// `license.denied`; `analysis.incomparable_features`; `storage.backend`.
pub(super) async fn candidates(
    context: &Context,
    params: &AnalysisParams,
    probe: &FeatureVector,
) -> Result<Vec<Candidate>> {
    let search = params
        .search
        .ok_or_else(|| Error::InvalidValue { name: "search", detail: "must name a collection".into() })?;

    let collections = &context.ports.collections;
    collections.prepare_search(search.collection).await?;
    let gallery = collections.index.count(search.collection, probe.model());
    let calibration = context.state.engine().calibration.for_search(FPIR, gallery)?;
    let limit = search.limit as usize;
    let query = SearchQuery { limit, threshold: params.threshold, include_non_matching: false };

    let (vectors, probe) = (collections.index.vectors(), probe.clone());
    let work = move || identify(vectors.as_ref(), search.collection, &probe, &calibration, &query);
    let searched = tokio::task::spawn_blocking(work).await;
    Ok(searched.map_err(|panic| Error::backend("searching", true, panic.to_string()))??.candidates)
}
