//! Exact index: results equal those of comparing every vector.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use oz_conformance::collection;
use oz_core::collection::port::VectorIndex;
use oz_core::collection::{CollectionId, IndexEntry, IndexQuery, ReferenceId, SubjectId};
use oz_core::face::FeatureVector;
use oz_core::inference::ModelId;
use oz_core::system::Uuid;
use oz_storage::index::ExactIndex;
use oz_storage::memory::MemoryVectorIndex;
use proptest::prelude::*;

fn list() -> CollectionId {
    CollectionId::from(Uuid::from_u128(1))
}

fn vector(values: Vec<f32>) -> FeatureVector {
    FeatureVector::normalized(ModelId::new("m"), values).unwrap()
}

fn entry(reference: u128, subject: u128, template: FeatureVector) -> IndexEntry {
    let (reference, subject) = (Uuid::from_u128(reference).into(), Uuid::from_u128(subject).into());
    IndexEntry { reference, subject, template }
}

/// Pseudo-random numbers from -1 to 1.
fn noise(seed: u64) -> impl FnMut() -> f32 {
    let mut state = seed;
    move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 40) as f32 / (1 << 23) as f32 - 1.0
    }
}

fn random(next: &mut impl FnMut() -> f32, dimension: usize) -> FeatureVector {
    vector((0..dimension).map(|_| next()).collect())
}

#[test]
fn exact_index_keeps_the_contract() {
    collection::vector_index("exact", &|| Arc::new(ExactIndex::default()));
}

#[test]
fn results_equal_those_of_comparing_every_vector() {
    for (seed, dimension) in (1..).zip([1, 63, 64, 65, 192, 512]) {
        let (exact, all) = (ExactIndex::default(), MemoryVectorIndex::default());
        let mut next = noise(seed);
        // Every third vector is near an earlier one, like images of one face, or equal to it.
        let mut entries: Vec<IndexEntry> = Vec::new();
        for number in 0..3_000u128 {
            let template = match number % 6 {
                0 if number > 0 => entries[number as usize / 2].template.clone(),
                3 => {
                    let near = entries[number as usize / 2].template.values().to_vec();
                    vector(near.into_iter().map(|value| value + 0.02 * next()).collect())
                }
                _ => random(&mut next, dimension),
            };
            entries.push(entry(number, number / 2, template));
        }
        exact.add(list(), &entries).unwrap();
        all.add(list(), &entries).unwrap();
        for round in 0..12 {
            let probe = match round % 2 {
                0 => random(&mut next, dimension),
                _ => entries[round * 31].template.clone(),
            };
            for (limit, min_similarity) in [(1, -1.0), (10, -1.0), (usize::MAX, 0.3), (5_000, -1.0)] {
                let query = IndexQuery { limit, min_similarity };
                let found = exact.search(list(), &probe, &query).unwrap();
                assert!(
                    found == all.search(list(), &probe, &query).unwrap(),
                    "{dimension} values, {query:?}"
                );
            }
        }
    }
}

/// Change of an index.
#[derive(Debug, Clone)]
enum Change {
    Add(Vec<(u128, u128, [i8; 3])>),
    Remove(Vec<u128>),
    RemoveSubject(u128),
    Clear,
}

fn change() -> impl Strategy<Value = Change> {
    // Few IDs and directions, so that many entries are replaced and many similarities are equal.
    let added = (0u128..12, 0u128..5, [-2i8..3, -2i8..3, -2i8..3]);
    let added = added.prop_filter("a direction", |(_, _, values)| values.iter().any(|value| *value != 0));
    prop_oneof![
        5 => prop::collection::vec(added, 0..6).prop_map(Change::Add),
        2 => prop::collection::vec(0u128..12, 0..4).prop_map(Change::Remove),
        1 => (0u128..5).prop_map(Change::RemoveSubject),
        1 => Just(Change::Clear),
    ]
}

fn apply(index: &dyn VectorIndex, change: &Change) {
    match change {
        Change::Add(added) => {
            let entries = added.iter().map(|(reference, subject, values)| {
                entry(*reference, *subject, vector(values.map(f32::from).to_vec()))
            });
            index.add(list(), &entries.collect::<Vec<_>>()).unwrap();
        }
        Change::Remove(references) => {
            let references: Vec<_> =
                references.iter().map(|number| ReferenceId::from(Uuid::from_u128(*number))).collect();
            index.remove(list(), &references).unwrap();
        }
        Change::RemoveSubject(subject) => {
            index.remove_subject(list(), SubjectId::from(Uuid::from_u128(*subject))).unwrap();
        }
        Change::Clear => index.clear(list()).unwrap(),
    }
}

proptest! {
    #[test]
    fn results_are_equal_after_any_changes(
        changes in prop::collection::vec(change(), 0..20),
        probe in [-3i8..4, -3i8..4, 1i8..4],
        limit in 0usize..8,
        min_similarity in -1.0f32..1.0,
    ) {
        let (exact, all) = (ExactIndex::default(), MemoryVectorIndex::default());
        let probe = vector(probe.map(f32::from).to_vec());
        for change in &changes {
            apply(&exact, change);
            apply(&all, change);
            let unbounded = IndexQuery { limit, ..IndexQuery::default() };
            for query in [IndexQuery { limit, min_similarity }, unbounded] {
                let found = exact.search(list(), &probe, &query).unwrap();
                prop_assert_eq!(found, all.search(list(), &probe, &query).unwrap());
            }
            prop_assert_eq!(exact.count(list(), probe.model()), all.count(list(), probe.model()));
        }
    }
}

#[test]
fn concurrent_searches_always_find_unchanged_entries() {
    const DIMENSION: usize = 64;
    let index = ExactIndex::default();
    let mut next = noise(9);
    let staying: Vec<IndexEntry> =
        (0..500).map(|number| entry(number, number, random(&mut next, DIMENSION))).collect();
    index.add(list(), &staying).unwrap();
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut next = noise(10);
            for round in 0..150u128 {
                let passing: Vec<IndexEntry> = (0..100)
                    .map(|number| entry(1_000 + number, 1_000 + number % 50, random(&mut next, DIMENSION)))
                    .collect();
                index.add(list(), &passing).unwrap();
                let subject = Uuid::from_u128(1_000 + round % 50).into();
                index.remove_subject(list(), subject).unwrap();
                let references: Vec<ReferenceId> = passing.iter().map(|entry| entry.reference).collect();
                index.remove(list(), &references).unwrap();
            }
            stop.store(true, Ordering::SeqCst);
        });
        scope.spawn(|| {
            let mut searched = 0;
            while !stop.load(Ordering::SeqCst) || searched < 100 {
                let expected = &staying[searched % staying.len()];
                let query = IndexQuery { limit: 1, ..IndexQuery::default() };
                let found = index.search(list(), &expected.template, &query).unwrap();
                assert_eq!(found[0].reference, expected.reference);
                searched += 1;
            }
        });
        writer.join().unwrap();
    });
    assert_eq!(index.count(list(), staying[0].template.model()), 500);
}
