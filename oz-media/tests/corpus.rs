//! Good media opens; bad media gives a typed error, soon, and nothing else.

use std::time::Duration;

use oz_core::media::DecodeLimits;
use oz_core::media::port::MediaDecoder as _;
use oz_core::{Error, Result};
use oz_media::Decoders;
use oz_media::testing::{Stopwatch, bad, good};

/// Frames until the end, and the error that was the end.
fn play(bytes: &[u8]) -> (u64, Option<Error>) {
    let mut frames = 0;
    let mut run = || -> Result<()> {
        let mut source = Decoders::standard().open(bytes.into(), &DecodeLimits::default())?;
        while source.next_frame()?.is_some() {
            frames += 1;
        }
        assert!(source.next_frame()?.is_none(), "the end stays the end");
        Ok(())
    };
    let error = run().err();
    (frames, error)
}

#[test]
fn good_files_decode_completely() {
    for specimen in good() {
        let (frames, error) = play(&specimen.bytes);
        assert!(error.is_none() && frames > 0, "{}: {frames} frames, {error:?}", specimen.name);
    }
}

#[test]
fn bad_files_are_answered_within_two_seconds_with_a_typed_error() {
    let specimens = bad();
    assert!(specimens.len() >= 60, "{} bad files", specimens.len());
    let mut wrong = Vec::new();
    let mut slowest = (Duration::ZERO, String::new());
    for specimen in &specimens {
        let watch = Stopwatch::thread();
        let (frames, error) = play(&specimen.bytes);
        let took = watch.elapsed();
        let code = error.as_ref().map_or("", Error::code);
        if !specimen.allowed.contains(&code) {
            wrong.push(format!(
                "{}: {frames} frames, then {error:?}, not {:?}",
                specimen.name, specimen.allowed
            ));
        }
        if took > Duration::from_secs(2) {
            wrong.push(format!("{}: took {took:?}", specimen.name));
        }
        if took > slowest.0 {
            slowest = (took, specimen.name.clone());
        }
    }
    println!("{} bad files, the slowest was {slowest:?}", specimens.len());
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), specimens.len(), wrong.join("\n"));
}
