//! Valid media decodes completely; invalid media gives a typed error in bounded time.

use std::time::Duration;

use oz_core::media::DecodeLimits;
use oz_core::media::port::MediaDecoder as _;
use oz_core::{Error, Result};
use oz_media::Decoders;
use oz_media::testing::{Specimen, Stopwatch, bad, good};

/// Number of decoded frames, and the error that ended decoding.
fn play(bytes: &[u8]) -> (u64, Option<Error>) {
    let mut frames = 0;
    let mut run = || -> Result<()> {
        let mut source = Decoders::standard().open(bytes.into(), &DecodeLimits::default())?;
        while source.next_frame()?.is_some() {
            frames += 1;
        }
        assert!(source.next_frame()?.is_none(), "end of source is final");
        Ok(())
    };
    let error = run().err();
    (frames, error)
}

#[test]
fn valid_files_decode_completely() {
    for specimen in good() {
        let (frames, error) = play(&specimen.bytes);
        assert!(error.is_none() && frames > 0, "{}: {frames} frames, {error:?}", specimen.name);
    }
}

#[test]
fn invalid_files_give_a_typed_error_within_two_seconds() {
    let specimens = bad();
    assert!(specimens.len() >= 60, "{} invalid files", specimens.len());
    let mut wrong = Vec::new();
    let mut slowest = (Duration::ZERO, String::new());

    for specimen in &specimens {
        let watch = Stopwatch::thread();
        let (frames, error) = play(&specimen.bytes);
        let took = watch.elapsed();
        let code = error.as_ref().map_or("", Error::code);
        if !specimen.allowed.contains(&code) {
            let Specimen { name, allowed, .. } = specimen;
            wrong.push(format!("{name}: {frames} frames, then {error:?}; expected {allowed:?}"));
        }
        if took > Duration::from_secs(2) {
            wrong.push(format!("{}: took {took:?}", specimen.name));
        }
        if took > slowest.0 {
            slowest = (took, specimen.name.clone());
        }
    }

    println!("{} invalid files, slowest: {slowest:?}", specimens.len());
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), specimens.len(), wrong.join("\n"));
}
