//! Detection of gestures and challenges on generated heads.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/attacks/mod.rs"]
mod attacks;
mod support;

use attacks::{Presentation, Random, Script, Species, delaunay, identity, motion};
use oz::core::system::port::Clock as _;
use oz::{AnalysisOutcome, AnalysisRequest, ChallengeAttempt, Gesture};

/// Maximum deviation of a detected peak, in seconds: three frames.
const MAX_DEVIATION: f32 = 0.3;

fn analyze_script(gestures: &[Gesture], seed: u64) -> (Script, AnalysisOutcome) {
    let mut random = Random::new(seed);
    let script = Script::of(gestures, &mut random);
    let pictures = script.pictures(&identity::generated(seed), &mut random);
    let request = AnalysisRequest::default();
    (script, support::shared_oz().analyze(motion::video(pictures), &request).unwrap())
}

#[test]
fn gestures_are_detected_with_their_times() {
    use Gesture::{Down, Eyes, Left, Right, Smile, Up};
    let scripts = [[Left, Up, Smile], [Right, Down, Eyes], [Up, Left, Down], [Smile, Right, Left]];
    for (seed, gestures) in scripts.iter().enumerate() {
        let (script, outcome) = analyze_script(gestures, seed as u64);
        for play in &script.plays {
            let seen = outcome.gestures.iter().filter(|event| event.gesture == play.gesture);
            let near = seen.filter(|event| (event.peak.as_secs_f32() - play.peak()).abs() <= MAX_DEVIATION);
            assert_eq!(near.count(), 1, "seed {seed}: {play:?} in {:?}", outcome.gestures);
        }
    }
}

#[test]
fn turns_are_not_detected_as_nods() {
    use Gesture::{Down, Left, Right, Up};
    for seed in 0..3 {
        let (_, outcome) = analyze_script(&[Left, Right], seed);
        let nods = outcome.gestures.iter().filter(|event| matches!(event.gesture, Up | Down));
        assert_eq!(nods.count(), 0, "seed {seed}: {:?}", outcome.gestures);
    }
}

#[test]
fn requested_gestures_meet_the_challenge_without_an_alarm() {
    for seed in 0..4 {
        let live = Presentation::new(Species::Live, seed);
        let challenge = Some(ChallengeAttempt::new(live.challenge.clone()));
        let request = AnalysisRequest { challenge, ..AnalysisRequest::default() };
        let outcome = support::shared_oz().analyze(motion::video(live.pictures), &request).unwrap();
        let met = outcome.challenge.as_ref().unwrap();
        assert!(met.is_met(), "seed {seed}: {met:?}");
        assert_ne!(outcome.liveness.verdict, oz::PadVerdict::Attack, "seed {seed}: {:?}", outcome.liveness);
    }
}

#[test]
fn challenge_of_a_handle_is_issued_by_its_clock() {
    let clock = std::sync::Arc::new(oz_conformance::testing::ManualClock::default());
    let oz = oz::Oz::builder().engine("candle").clock(clock.clone()).build().unwrap();
    let challenge = oz.challenge(7, &oz::ChallengeRules::default()).unwrap();
    assert_eq!(challenge, oz.challenge(7, &oz::ChallengeRules::default()).unwrap());
    let attempt = |at| ChallengeAttempt::new(challenge.clone()).received(at).check(&[], true);
    let expired = |at| attempt(at).refusals.iter().any(|refusal| refusal.code() == "expired");
    assert!(!expired(clock.now()));
    clock.advance(std::time::Duration::from_secs(121));
    assert!(expired(clock.now()));
}

#[test]
fn triangulation_is_delaunay() {
    let mut random = Random::new(3);
    let points: Vec<_> =
        (0..60).map(|_| (random.within(0.0, 300.0).into(), random.within(0.0, 300.0).into())).collect();
    let triangles = delaunay::triangulate(&points);
    assert!(triangles.len() > 90, "{}", triangles.len());
    assert!(delaunay::is_delaunay(&points, &triangles));
}

#[test]
#[ignore = "writes pictures for inspection to OZ_ATTACKS_OUT"]
fn export_generated_heads() {
    let folder = std::path::PathBuf::from(std::env::var("OZ_ATTACKS_OUT").unwrap());
    let head = identity::original();
    for (name, pose) in [
        ("rest", attacks::Pose::default()),
        ("left", attacks::Pose { yaw: 32.0, ..Default::default() }),
        ("up", attacks::Pose { pitch: -24.0, ..Default::default() }),
        ("down", attacks::Pose { pitch: 24.0, ..Default::default() }),
        ("eyes", attacks::Pose { blink: 1.0, ..Default::default() }),
        ("smile", attacks::Pose { smile: 1.0, ..Default::default() }),
    ] {
        std::fs::write(
            folder.join(format!("head-{name}.png")),
            oz::media::encode_png(&head.render(&pose)).unwrap(),
        )
        .unwrap();
    }
    for seed in 0..6 {
        let image = identity::generated(seed);
        for (name, smile) in [("a", 0.0), ("b", 1.0)] {
            let image = image.render(&attacks::Pose { smile, ..Default::default() });
            let (_, faces) = support::shared_oz().inspect(&image).unwrap();
            let shapes = faces[0].face.mesh.blendshapes.as_ref().unwrap();
            println!(
                "identity {seed}{name}: {:?} smile {:.2} blink {:.2}",
                faces[0].face.pose,
                shapes.smile(),
                shapes.blink()
            );
            std::fs::write(
                folder.join(format!("identity-{seed}{name}.png")),
                oz::media::encode_png(&image).unwrap(),
            )
            .unwrap();
        }
    }
    for species in Species::ATTACKS {
        let sample = Presentation::new(species, 1);
        for index in [0, sample.pictures.len() / 2] {
            let path = folder.join(format!("{}-{index}.png", species.name()));
            std::fs::write(path, oz::media::encode_png(&sample.pictures[index]).unwrap()).unwrap();
        }
    }
}
