//! Benchmarks of the exact index: `cargo bench -p oz-storage --features index --bench index`.

#![allow(clippy::unwrap_used, reason = "a bench fails by panicking")]
#![allow(missing_docs, reason = "a bench has no interface")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use oz_core::collection::port::VectorIndex as _;
use oz_core::collection::{CollectionId, IndexEntry, IndexQuery};
use oz_core::face::FeatureVector;
use oz_core::inference::ModelId;
use oz_core::system::Uuid;
use oz_storage::index::ExactIndex;

const COUNT: usize = 100_000;

fn collection() -> CollectionId {
    CollectionId::from(Uuid::from_u128(1))
}

/// Vectors with evenly distributed directions: sums of uniform numbers are close enough to normal.
fn templates(count: usize, dimension: usize, seed: u64) -> Vec<FeatureVector> {
    let (model, mut state) = (ModelId::new("m"), seed);
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let bytes = state.to_le_bytes();
        bytes[4..].iter().map(|byte| f32::from(*byte) - 127.5).sum::<f32>()
    };
    let vector = |_| FeatureVector::normalized(model.clone(), (0..dimension).map(|_| next()).collect());
    (0..count).map(vector).map(|vector| vector.unwrap()).collect()
}

fn entries(dimension: usize) -> Vec<IndexEntry> {
    let numbered = (1..).zip(templates(COUNT, dimension, 1));
    let entry = |(number, template)| {
        let id =
            Uuid::from_random_bits(u128::wrapping_mul(number, 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835));
        IndexEntry { reference: id.into(), subject: id.into(), template }
    };
    numbered.map(entry).collect()
}

fn index(criterion: &mut Criterion) {
    for dimension in [192, 512] {
        let size = format!("{COUNT}x{dimension}");
        let entries = entries(dimension);

        let mut group = criterion.benchmark_group("index");
        group.sample_size(20);
        group.bench_function(BenchmarkId::new("fill", &size), |bencher| {
            bencher.iter_with_large_drop(|| {
                let index = ExactIndex::default();
                index.add(collection(), &entries).unwrap();
                index
            });
        });

        let index = ExactIndex::default();
        index.add(collection(), &entries).unwrap();

        // Probes of unknown subjects are the worst case: many similarities are close to the tenth best.
        let probes = templates(64, dimension, 2);
        let search = |probe: &FeatureVector, query: &IndexQuery| {
            black_box(index.search(collection(), probe, query).unwrap());
        };
        for (name, query) in [
            ("search_top_10", IndexQuery::default()),
            ("search_above_0.3", IndexQuery { limit: usize::MAX, min_similarity: 0.3 }),
        ] {
            let mut probes = probes.iter().cycle();
            group.bench_function(BenchmarkId::new(name, &size), |bencher| {
                bencher.iter(|| search(probes.next().unwrap(), &query));
            });
        }

        let mut known = entries.iter().step_by(997).cycle();
        group.bench_function(BenchmarkId::new("search_known", &size), |bencher| {
            bencher.iter(|| search(&known.next().unwrap().template, &IndexQuery::default()));
        });

        let mut turns = entries.iter().cycle();
        group.bench_function(BenchmarkId::new("remove_and_add", &size), |bencher| {
            bencher.iter(|| {
                let entry = turns.next().unwrap();
                index.remove(collection(), &[entry.reference]).unwrap();
                index.add(collection(), std::slice::from_ref(entry)).unwrap();
            });
        });
        group.finish();
    }
}

criterion_group!(benches, index);
criterion_main!(benches);
