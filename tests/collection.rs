//! Collections in process: enrolment, verification and identification, in memory and in a file.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::sync::Arc;

use oz::core::collection::SubjectId;
use oz::core::inference::ModelId;
use oz::{FaceCollection, FeatureVector, Image, Media, Oz, RandomIds};
use oz_core::system::port::IdGenerator as _;

use support::{portrait, shared_oz};

fn portrait_of(oz: &Oz) -> Image {
    oz.decode(portrait()).unwrap()
}

/// Two copies of a picture side by side.
fn twice(picture: &Image) -> Image {
    let width = picture.width();
    Image::from_fn(2 * width, picture.height(), |x, y| picture.pixel(x % width, y))
}

/// Feature vector of a person who does not resemble anyone else.
fn stranger(seed: usize, oz: &Oz) -> FeatureVector {
    let known = oz.features(portrait()).unwrap();
    let values = (0..known.values().len()).map(|at| if at % 97 == seed { 1.0 } else { 0.0 }).collect();
    FeatureVector::normalized(known.model().clone(), values).unwrap()
}

fn check_subject_lifecycle(people: &FaceCollection) {
    let oz = shared_oz();
    assert!(people.is_empty().unwrap());
    assert!(people.identify(portrait(), 5).unwrap().is_empty(), "the collection is empty");

    let eileen = people.enrol("Eileen", [portrait_of(oz).mirrored()]).unwrap();
    let other = people.enrol_features("Other person", vec![stranger(3, oz)]).unwrap();
    assert_eq!(people.len().unwrap(), 2);

    let found = people.identify(portrait(), 5).unwrap();
    assert_eq!((found.len(), found[0].name.as_str(), found[0].subject), (1, "Eileen", eileen));
    assert!(found[0].is_match());
    assert!(people.verify(eileen, portrait()).unwrap().is_match());
    assert!(!people.verify(other, portrait()).unwrap().is_match());

    people.remove(eileen).unwrap();
    people.remove(eileen).unwrap();
    assert!(people.identify(portrait(), 5).unwrap().is_empty());
    assert_eq!(people.verify(eileen, portrait()).unwrap_err().code(), "storage.not_found");
}

#[test]
fn subject_in_memory_is_enrolled_found_and_deleted() {
    check_subject_lifecycle(&shared_oz().collection().unwrap());
}

#[test]
fn subject_in_a_file_is_enrolled_found_and_deleted() {
    let folder = tempfile::tempdir().unwrap();
    check_subject_lifecycle(&shared_oz().collection_in(folder.path().join("people.sqlite3")).unwrap());
}

#[test]
fn collection_in_a_file_is_persistent_and_shared() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("people.sqlite3");
    let oz = shared_oz();

    let first = oz.collection_in(&path).unwrap();
    let second = oz.collection_in(&path).unwrap();
    first.enrol("Eileen", [portrait()]).unwrap();
    assert_eq!(second.identify(portrait(), 1).unwrap()[0].name, "Eileen", "other handles see the change");

    drop((first, second));
    assert_eq!(oz.collection_in(&path).unwrap().len().unwrap(), 1);
}

#[test]
fn sealed_collection_requires_its_keys() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("people.sqlite3");
    let oz = shared_oz();
    let keys = || Arc::new(oz_storage::memory::MemoryKeyProvider::default());

    let sealed = oz.sealed_collection_in(&path, keys()).unwrap();
    sealed.enrol("Eileen", [portrait()]).unwrap();
    assert!(sealed.identify(portrait(), 1).unwrap()[0].is_match());
    drop(sealed);

    let other_keys = oz.sealed_collection_in(&path, keys());
    assert!(other_keys.and_then(|people| people.identify(portrait(), 1)).is_err());
    let no_keys = oz.collection_in(&path);
    assert!(no_keys.and_then(|people| people.identify(portrait(), 1)).is_err());
}

#[test]
fn collection_works_inside_an_async_runtime() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let people = shared_oz().collection_in(folder.path().join("people.sqlite3")).unwrap();
        people.enrol("Eileen", [portrait()]).unwrap();
        assert_eq!(people.len().unwrap(), 1);
    });
}

#[test]
fn media_without_exactly_one_face_are_refused() {
    let oz = shared_oz();
    let people = oz.collection().unwrap();
    let wall = Image::from_fn(320, 240, |_, _| [200; 3]);

    let code = |media: Vec<Media>| people.enrol("Eileen", media).unwrap_err().code();
    assert_eq!(code(vec![wall.clone().into()]), "analysis.no_face");
    assert_eq!(code(vec![twice(&portrait_of(oz)).into()]), "analysis.several_faces");
    assert_eq!(code(vec![portrait().into(), wall.into()]), "analysis.no_face");
    assert_eq!(code(Vec::new()), "input.invalid_value");
    assert_eq!(people.len().unwrap(), 0, "nothing was enrolled");
}

#[test]
fn vectors_of_another_model_are_refused() {
    let people = shared_oz().collection().unwrap();
    let foreign = FeatureVector::normalized(ModelId::new("another"), vec![1.0, 0.0]).unwrap();
    let error = people.enrol_features("Eileen", vec![foreign.clone()]).unwrap_err();
    assert_eq!(error.code(), "analysis.incomparable_features");
    assert_eq!(people.identify_features(&foreign, 1).unwrap_err().code(), "analysis.incomparable_features");
}

#[test]
fn unknown_subject_is_not_found() {
    let people = shared_oz().collection().unwrap();
    let unknown = SubjectId::from(RandomIds.next_id());
    let probe = shared_oz().features(portrait()).unwrap();
    assert_eq!(people.verify_features(unknown, &probe).unwrap_err().code(), "storage.not_found");
    people.remove(unknown).unwrap();
}

#[test]
fn scores_get_stricter_as_the_collection_grows() {
    let oz = shared_oz();
    let people = oz.collection().unwrap();
    let probe = oz.features(portrait()).unwrap();
    people.enrol_features("Eileen", vec![probe.clone()]).unwrap();
    let small = people.identify_features(&probe, 1).unwrap()[0].score.value;

    for number in 0..200 {
        people.enrol_features(format!("{number}"), vec![stranger(number % 97, oz)]).unwrap();
    }
    let large = people.identify_features(&probe, 1).unwrap()[0].score.value;
    assert!(large < small, "{large} < {small}");
}
