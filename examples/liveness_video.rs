//! Liveness of a video: whether a live person is in front of the camera and made the requested gestures.
//!
//! `cargo run --release --example liveness_video -- VIDEO [left,smile]`
//!
//! Without arguments it analyses two seconds of a photo in front of a camera.

use std::ops::ControlFlow;
use std::time::Duration;

use oz::core::media::MediaKind;
use oz::{AnalysisRequest, Frame, Gesture, Media, Oz, PadVerdict};

fn main() -> oz::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let oz = Oz::builder().build()?;
    let video = arguments.next().map_or_else(|| still_photo(&oz), |path| Ok(Media::from(path.as_str())))?;
    let requested = arguments.next().map_or(Ok(Vec::new()), |names| {
        names.split(',').map(str::parse).collect::<Result<Vec<Gesture>, _>>()
    })?;

    let request = AnalysisRequest { actions: requested, ..AnalysisRequest::default() };
    let outcome = oz.analyze_with_progress(video, &request, &mut |progress| {
        eprint!("\r{} frames", progress.frames);
        ControlFlow::Continue(())
    })?;
    eprintln!();

    // Each layer contributes a score, its confidence and a reason.
    for evidence in &outcome.liveness.evidence {
        println!(
            "{:?}: {:.2} at {:.2}: {}",
            evidence.layer, evidence.score, evidence.confidence, evidence.reason
        );
    }
    for gesture in &outcome.gestures {
        println!(
            "{} from {:.1} s to {:.1} s",
            gesture.gesture,
            gesture.start.as_secs_f32(),
            gesture.end.as_secs_f32()
        );
    }
    println!("reasons: {}", outcome.liveness.reasons.join("; "));
    match outcome.liveness.verdict {
        PadVerdict::BonaFide => println!("a live person"),
        PadVerdict::Attack => println!("an attack"),
        PadVerdict::Inconclusive => println!("inconclusive, treat as a refusal"),
    }
    Ok(())
}

/// Thirty frames of the portrait, passed as decoded frames, like those of a camera.
fn still_photo(oz: &Oz) -> oz::Result<Media> {
    let portrait = oz.decode(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/astronaut.png"))?;
    let frame = |index| Frame { image: portrait.clone(), time: Duration::from_millis(index * 67), index };
    Ok(Media::Frames(MediaKind::Video, (0..30).map(frame).collect()))
}
