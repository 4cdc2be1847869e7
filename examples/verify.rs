//! Comparison of two photos or videos (1:1).
//!
//! `cargo run --release --example verify -- PROBE REFERENCE`
//!
//! Without arguments it compares the portrait of the fixtures with a darker copy of itself.

use oz::{ComparisonDecision, Image, Media, Oz};

fn main() -> oz::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let oz = Oz::builder().build()?;
    let (probe, reference) = match (arguments.next(), arguments.next()) {
        (Some(probe), Some(reference)) => (Media::from(probe.as_str()), Media::from(reference.as_str())),
        _ => portrait_and_copy(&oz)?,
    };

    // Features can be stored: extract those of the reference once, and compare them any number of times.
    let enrolled = oz.features(reference)?;
    let outcome = oz.compare_features(&oz.features(probe)?, &enrolled, &oz::AnalysisRequest::default())?;

    // Scores are comparable between models: one in 10,000 pairs of different people reaches 0.85.
    println!("score {:.3}", outcome.score.value);
    if let Some(fmr) = outcome.fmr {
        println!("false match rate {fmr:.1e}");
    }
    match outcome.decision {
        ComparisonDecision::Match => println!("the same person"),
        ComparisonDecision::NonMatch => println!("different people"),
        ComparisonDecision::Inconclusive => println!("inconclusive: ask for a better photo"),
    }
    Ok(())
}

fn portrait_and_copy(oz: &Oz) -> oz::Result<(Media, Media)> {
    let portrait = oz.decode(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/astronaut.png"))?;
    let darker = portrait.pixels().iter().map(|value| value / 2).collect();
    let copy = Image::from_rgb(portrait.width(), portrait.height(), darker)?;
    Ok((copy.into(), portrait.into()))
}
