//! Looking for a probe in a collection.

use oz_core::collection::{Candidate, SearchQuery, identify};
use oz_core::face::FeatureVector;
use oz_core::folder::AnalysisParams;
use oz_core::{Error, Result};

use super::context::Context;

/// Share of searches for somebody who is not enrolled that may give a match, whatever the size of the collection.
///
/// Source: the operating point of NIST FRTE 1:N (NIST IR 8271) for identification, FPIR = .003.
const FALSE_POSITIVES: f64 = 0.003;

/// Who the probe may be, best first.
///
/// # Errors
/// `storage.not_found` when the collection is gone; `license.denied`; `analysis.incomparable_features`; `storage.backend`.
pub(super) async fn candidates(
    context: &Context,
    params: &AnalysisParams,
    probe: &FeatureVector,
) -> Result<Vec<Candidate>> {
    let missing = || Error::InvalidValue { name: "search", detail: "it names no collection".into() };
    let search = params.search.ok_or_else(missing)?;
    let collections = &context.ports.collections;
    collections.prepare_search(search.collection).await?;
    let gallery = collections.index.count(search.collection, probe.model());
    let calibration = context.state.engine().calibration.for_search(FALSE_POSITIVES, gallery)?;
    let limit = search.limit as usize;
    let query = SearchQuery { limit, threshold: params.threshold, include_non_matching: false };
    let (vectors, probe) = (collections.index.vectors(), probe.clone());
    let work = move || identify(vectors.as_ref(), search.collection, &probe, &calibration, &query);
    let searched = tokio::task::spawn_blocking(work).await;
    Ok(searched.map_err(|panic| Error::backend("searching", true, panic.to_string()))??.candidates)
}
