//! Enrolment of people in a collection, and identification of the person in a photo (1:N).
//!
//! `cargo run --release --features memory --example identify -- PROBE PERSON=PHOTO[,PHOTO…] …`
//!
//! Without arguments it enrols the mirrored portrait and searches for the portrait.

use oz::{Error, FaceCollection, Image, Media, Oz};

fn main() -> oz::Result<()> {
    let oz = Oz::builder().build()?;
    // In memory. `oz.collection_in("people.sqlite3")`, with the feature `sqlite`, stores it in a file.
    let people = oz.collection()?;

    let mut arguments = std::env::args().skip(1);
    let probe = match arguments.next() {
        Some(probe) => Media::from(probe.as_str()),
        None => example(&oz, &people)?,
    };
    for person in arguments {
        let (name, photos) = person.split_once('=').unwrap_or((&person, &person));
        people.enrol(name, photos.split(','))?;
        println!("enrolled {name}");
    }

    // Scores are calibrated for the number of people, so an unknown person rarely matches.
    let found = people.identify(probe, 5)?;
    for face in &found {
        println!("{}: score {:.2}, {:?}", face.name, face.score.value, face.decision);
    }
    if found.is_empty() {
        println!("none of the {} enrolled people", people.len()?);
    }
    Ok(())
}

/// Enrols the mirrored portrait, and shows that a picture without a face is refused.
fn example(oz: &Oz, people: &FaceCollection) -> oz::Result<Media> {
    let portrait = oz.decode(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/astronaut.png"))?;
    people.enrol("Eileen", [portrait.mirrored()])?;

    let wall = Image::from_fn(320, 240, |_, _| [200; 3]);
    match people.enrol("A wall", [wall]) {
        Err(error @ Error::NoFace { .. }) => println!("refused: {error} ({})", error.code()),
        other => println!("unexpected: {other:?}"),
    }
    Ok(portrait.into())
}
