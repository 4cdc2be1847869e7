//! Suite of [`VectorIndex`].

use super::{collection, reference, subject, vector};
use crate::{Make, SyncClaim, assert_code, check_sync_claims, claims};
use oz_core::collection::port::VectorIndex;
use oz_core::collection::{IndexEntry, IndexQuery, Neighbour};
use oz_core::face::FeatureVector;
use oz_core::inference::ModelId;

/// Checks a vector index.
///
/// # Panics
/// When a claim does not hold.
pub fn vector_index(adapter: &str, make: Make<'_, dyn VectorIndex>) {
    let claims: &[SyncClaim<dyn VectorIndex>] = claims![
        an_empty_index_returns_no_neighbours,
        results_equal_an_exhaustive_comparison,
        equal_similarities_are_ordered_by_subject,
        a_subject_is_returned_once_with_its_nearest_reference,
        the_minimum_similarity_is_inclusive,
        collections_are_separate,
        vectors_of_different_models_are_never_compared,
        vectors_of_another_length_are_refused_atomically,
        a_probe_of_another_length_is_refused,
        adding_a_reference_again_replaces_it,
        a_removed_reference_is_not_found,
        a_removed_subject_is_not_found,
        a_cleared_collection_is_empty,
        removing_absent_entries_succeeds,
    ];
    check_sync_claims(adapter, claims, make);
}

const MODEL: &str = "conformance";

fn entry(number: u128, owner: u128, values: &[f32]) -> IndexEntry {
    IndexEntry { reference: reference(number), subject: subject(owner), template: vector(MODEL, values) }
}

fn search(index: &dyn VectorIndex, probe: &[f32], query: IndexQuery) -> Vec<Neighbour> {
    index.search(collection(1), &vector(MODEL, probe), &query).unwrap()
}

fn found(index: &dyn VectorIndex, probe: &[f32]) -> Vec<(u128, u128)> {
    let found = search(index, probe, IndexQuery::default());
    found.iter().map(|near| (near.subject.uuid().as_u128(), near.reference.uuid().as_u128())).collect()
}

/// Reproducible pseudo-random vectors from a linear congruential generator.
fn random_vectors(count: usize, length: usize) -> Vec<FeatureVector> {
    let mut state = 42_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..count).map(|_| vector(MODEL, &(0..length).map(|_| next()).collect::<Vec<_>>())).collect()
}

fn an_empty_index_returns_no_neighbours(index: &dyn VectorIndex) {
    assert_eq!(search(index, &[1.0, 0.0], IndexQuery::default()), []);
    assert_eq!(index.count(collection(1), &ModelId::new(MODEL)), 0);
}

fn results_equal_an_exhaustive_comparison(index: &dyn VectorIndex) {
    let vectors = random_vectors(600, 67);
    let entries: Vec<IndexEntry> = (1..)
        .zip(&vectors[20..])
        .map(|(number, template)| IndexEntry {
            reference: reference(number),
            subject: subject(number / 3),
            template: template.clone(),
        })
        .collect();
    index.add(collection(1), &entries).unwrap();
    assert_eq!(index.count(collection(1), &ModelId::new(MODEL)), 580);

    for probe in &vectors[..20] {
        for limit in [1, 7, usize::MAX] {
            let query = IndexQuery { limit, ..IndexQuery::default() };
            let found = index.search(collection(1), probe, &query).unwrap();
            assert_eq!(found, exhaustive_search(&entries, probe, limit));
        }
    }
}

fn exhaustive_search(entries: &[IndexEntry], probe: &FeatureVector, limit: usize) -> Vec<Neighbour> {
    let mut all: Vec<Neighbour> = entries
        .iter()
        .map(|entry| Neighbour {
            subject: entry.subject,
            reference: entry.reference,
            similarity: entry.template.similarity(probe).expect("the vectors are of one model"),
        })
        .collect();

    all.sort_by(|a, b| {
        let nearest_first = b.similarity.total_cmp(&a.similarity);
        nearest_first.then(a.subject.cmp(&b.subject)).then(a.reference.cmp(&b.reference))
    });

    let mut seen = std::collections::HashSet::new();
    all.retain(|near| seen.insert(near.subject));
    all.truncate(limit);
    all
}

fn equal_similarities_are_ordered_by_subject(index: &dyn VectorIndex) {
    for number in [4, 2, 5, 1, 3] {
        index.add(collection(1), &[entry(10 + number, number, &[1.0, 1.0])]).unwrap();
    }
    assert_eq!(found(index, &[1.0, 0.0]), [(1, 11), (2, 12), (3, 13), (4, 14), (5, 15)]);
    let two = search(index, &[1.0, 0.0], IndexQuery { limit: 2, ..IndexQuery::default() });
    assert_eq!(two.iter().map(|near| near.subject).collect::<Vec<_>>(), [subject(1), subject(2)]);
}

fn a_subject_is_returned_once_with_its_nearest_reference(index: &dyn VectorIndex) {
    let entries = [
        entry(1, 1, &[0.0, 1.0]),
        entry(3, 1, &[1.0, 0.1]),
        entry(2, 1, &[1.0, 0.1]),
        entry(4, 2, &[1.0, 1.0]),
    ];
    index.add(collection(1), &entries).unwrap();
    assert_eq!(found(index, &[1.0, 0.0]), [(1, 2), (2, 4)], "equal references are ordered by ID");
}

fn the_minimum_similarity_is_inclusive(index: &dyn VectorIndex) {
    index.add(collection(1), &[entry(1, 1, &[1.0, 0.0]), entry(2, 2, &[0.0, 1.0])]).unwrap();
    let count = |min_similarity| {
        search(index, &[1.0, 0.0], IndexQuery { min_similarity, ..IndexQuery::default() }).len()
    };
    assert_eq!([count(-1.0), count(0.0), count(0.001), count(1.0)], [2, 2, 1, 1]);
    assert_eq!(search(index, &[1.0, 0.0], IndexQuery { limit: 0, ..IndexQuery::default() }), []);
}

fn collections_are_separate(index: &dyn VectorIndex) {
    index.add(collection(1), &[entry(1, 1, &[1.0, 0.0])]).unwrap();
    index.add(collection(2), &[entry(2, 2, &[1.0, 0.0])]).unwrap();
    assert_eq!(found(index, &[1.0, 0.0]), [(1, 1)]);
}

fn vectors_of_different_models_are_never_compared(index: &dyn VectorIndex) {
    let other = IndexEntry { template: vector("another", &[1.0, 0.0, 0.0]), ..entry(2, 2, &[1.0]) };
    index.add(collection(1), &[entry(1, 1, &[1.0, 0.0]), other]).unwrap();
    assert_eq!(found(index, &[1.0, 0.0]), [(1, 1)]);
    let unknown = index.search(collection(1), &vector("unknown", &[1.0, 0.0]), &IndexQuery::default());
    assert_eq!(unknown.unwrap(), []);
    assert_eq!(index.count(collection(1), &ModelId::new("another")), 1);
}

fn vectors_of_another_length_are_refused_atomically(index: &dyn VectorIndex) {
    index.add(collection(1), &[entry(1, 1, &[1.0, 0.0])]).unwrap();
    let mixed = [entry(2, 2, &[1.0, 0.0]), entry(3, 3, &[1.0, 0.0, 0.0])];
    assert_code(index.add(collection(1), &mixed), "analysis.incomparable_features");
    assert_eq!(found(index, &[1.0, 0.0]), [(1, 1)]);
    assert_code(index.add(collection(2), &mixed), "analysis.incomparable_features");
    assert_eq!(index.count(collection(2), &ModelId::new(MODEL)), 0);
}

fn a_probe_of_another_length_is_refused(index: &dyn VectorIndex) {
    index.add(collection(1), &[entry(1, 1, &[1.0, 0.0])]).unwrap();
    let found = index.search(collection(1), &vector(MODEL, &[1.0]), &IndexQuery::default());
    assert_code(found, "analysis.incomparable_features");
}

fn adding_a_reference_again_replaces_it(index: &dyn VectorIndex) {
    index.add(collection(1), &[entry(1, 1, &[1.0, 0.0]), entry(2, 2, &[1.0, 1.0])]).unwrap();
    index.add(collection(1), &[entry(1, 1, &[0.0, 1.0])]).unwrap();
    assert_eq!(index.count(collection(1), &ModelId::new(MODEL)), 2);
    assert_eq!(found(index, &[1.0, 0.0]), [(2, 2), (1, 1)]);
    index
        .add(collection(1), &[IndexEntry { template: vector("newer", &[1.0]), ..entry(1, 1, &[1.0]) }])
        .unwrap();
    assert_eq!(found(index, &[1.0, 0.0]), [(2, 2)], "the reference moved to the space of another model");
}

fn a_removed_reference_is_not_found(index: &dyn VectorIndex) {
    let entries: Vec<IndexEntry> =
        (1..=6).map(|number| entry(number, number, &[1.0, number as f32 / 10.0])).collect();
    index.add(collection(1), &entries).unwrap();
    index.remove(collection(1), &[reference(2), reference(6), reference(1)]).unwrap();
    assert_eq!(found(index, &[1.0, 0.0]), [(3, 3), (4, 4), (5, 5)]);
    index.add(collection(1), &[entry(2, 2, &[1.0, 0.0])]).unwrap();
    assert_eq!(found(index, &[1.0, 0.0]), [(2, 2), (3, 3), (4, 4), (5, 5)]);
}

fn a_removed_subject_is_not_found(index: &dyn VectorIndex) {
    let entries = [entry(1, 1, &[1.0, 0.0]), entry(2, 1, &[1.0, 0.1]), entry(3, 2, &[1.0, 1.0])];
    index.add(collection(1), &entries).unwrap();
    let other_model = IndexEntry { template: vector("another", &[1.0]), ..entry(4, 1, &[1.0]) };
    index.add(collection(1), &[other_model]).unwrap();
    index.remove_subject(collection(1), subject(1)).unwrap();
    assert_eq!(found(index, &[1.0, 0.0]), [(2, 3)]);
    assert_eq!(index.count(collection(1), &ModelId::new("another")), 0);
}

fn a_cleared_collection_is_empty(index: &dyn VectorIndex) {
    index.add(collection(1), &[entry(1, 1, &[1.0, 0.0])]).unwrap();
    index.add(collection(2), &[entry(2, 2, &[1.0, 0.0])]).unwrap();
    index.clear(collection(1)).unwrap();
    assert_eq!(found(index, &[1.0, 0.0]), []);
    assert_eq!(index.count(collection(2), &ModelId::new(MODEL)), 1);
    index.add(collection(1), &[entry(3, 3, &[1.0, 0.0, 0.0])]).unwrap();
    assert_eq!(found(index, &[1.0, 0.0, 0.0]), [(3, 3)], "an empty space accepts vectors of any length");
}

fn removing_absent_entries_succeeds(index: &dyn VectorIndex) {
    index.remove(collection(1), &[reference(1)]).unwrap();
    index.remove_subject(collection(1), subject(1)).unwrap();
    index.clear(collection(1)).unwrap();
}
