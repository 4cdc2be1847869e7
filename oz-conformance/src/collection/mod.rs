//! Suites of the collection ports.

mod repository;
mod vector_index;

pub use repository::collection_repository;
pub use vector_index::vector_index;

use oz_core::collection::{CollectionId, ReferenceId, SubjectId};
use oz_core::face::FeatureVector;
use oz_core::inference::ModelId;
use oz_core::system::Uuid;

fn collection(number: u128) -> CollectionId {
    CollectionId::from(Uuid::from_u128(number))
}

fn subject(number: u128) -> SubjectId {
    SubjectId::from(Uuid::from_u128(number))
}

fn reference(number: u128) -> ReferenceId {
    ReferenceId::from(Uuid::from_u128(number))
}

fn vector(model: &str, values: &[f32]) -> FeatureVector {
    FeatureVector::normalized(ModelId::new(model), values.to_vec())
        .expect("the values are finite and not all 0")
}
