//! Worker processes: their results equal those of the process itself, and they survive hostile media.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::PathBuf;
use std::time::Duration;

use oz::{Config, Image, Oz};
use oz_core::analysis::port::MediaExaminer;
use oz_core::analysis::{Examination, ExaminationRequest};
use oz_core::media::MediaBytes;
use oz_media::encode_jpeg;
use oz_media::testing::{bad, clips, good, zip};
use oz_server::examiner::{InProcessExaminer, ProcessExaminer, WorkerLimits, WorkerProgram};

#[path = "../../tests/support/mod.rs"]
mod support;

/// Deadline that no examination exceeds.
const PATIENCE: Duration = Duration::from_secs(120);

fn config() -> Config {
    Config { engine: "candle".into(), ..Config::default() }
}

fn oz_program() -> PathBuf {
    env!("CARGO_BIN_EXE_oz").into()
}

fn processes(limits: WorkerLimits) -> ProcessExaminer {
    ProcessExaminer::new(&config(), 2, WorkerProgram::new(oz_program(), limits)).unwrap()
}

/// Examiner whose worker is a shell script.
fn script(text: &str) -> ProcessExaminer {
    let worker = WorkerProgram::new("/bin/sh", WorkerLimits::default()).with_arguments(["-c", text]);
    ProcessExaminer::new(&config(), 1, worker).unwrap()
}

fn picture() -> MediaBytes {
    let picture = Image::from_fn(120, 90, |x, y| [(x * 2) as u8, (y * 2) as u8, 99]);
    encode_jpeg(&picture, 90).unwrap().into()
}

fn all() -> ExaminationRequest {
    ExaminationRequest { thumbnail_side: Some(64), animation_side: Some(64), ..ExaminationRequest::default() }
}

type Examined = oz_core::Result<Examination>;

/// Valid and invalid media of every kind, and the portrait.
fn samples() -> Vec<(String, MediaBytes)> {
    let portrait = std::fs::read(support::portrait()).unwrap();
    let zip = zip(&[("1.png", portrait.clone()), ("2.png", portrait.clone())]);
    let mut samples = vec![("portrait".to_owned(), portrait.into()), ("shot set".to_owned(), zip.into())];
    samples.extend(good().into_iter().chain(bad()).map(|specimen| (specimen.name, specimen.bytes.into())));
    samples
}

fn check_equal(name: &str, here: Examined, there: Examined) {
    match (here, there) {
        (Ok(here), Ok(there)) => assert_eq!(here, there, "{name}"),
        (Err(here), Err(there)) => {
            assert_eq!((here.code(), here.to_string()), (there.code(), there.to_string()), "{name}");
        }
        (here, there) => panic!("{name}: {here:?} here and {there:?} there"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn worker_processes_return_the_results_of_this_process() {
    let here = InProcessExaminer::new(Oz::builder().config(config()).build().unwrap(), 1);
    let there = processes(WorkerLimits::default());
    let mut subjects = 0;
    for (name, media) in samples() {
        for preview_only in [false, true] {
            let request = ExaminationRequest { preview_only, ..all() };
            let inside = here.examine(media.clone(), &request, PATIENCE).await;
            subjects += u32::from(inside.as_ref().is_ok_and(|found| found.subject.is_some()));
            check_equal(&name, inside, there.examine(media.clone(), &request, PATIENCE).await);
        }
    }
    assert!(subjects >= 2, "the portrait was not found");
}

#[tokio::test(flavor = "multi_thread")]
async fn examination_contains_subject_thumbnail_and_animation() {
    let there = processes(WorkerLimits::default());
    let portrait = std::fs::read(support::portrait()).unwrap();
    let found = there.examine(portrait.clone().into(), &all(), PATIENCE).await.unwrap();
    let subject = found.subject.unwrap();
    assert!(subject.features.is_some() && found.faces == 1 && subject.best_shot.0.starts_with(&[0xff, 0xd8]));
    let small = oz_media::decode_image(found.thumbnail.unwrap().0, &oz::DecodeLimits::default()).unwrap();
    assert_eq!(small.width().max(small.height()), 64);
    assert!(found.engine.starts_with("candle ") && !found.models.is_empty());
    let set = zip(&[("1.png", portrait.clone()), ("2.png", portrait)]);
    let found = there
        .examine(set.into(), &ExaminationRequest { preview_only: true, ..all() }, PATIENCE)
        .await
        .unwrap();
    assert!(found.animation.unwrap().0.starts_with(b"GIF89a") && found.subject.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn worker_is_killed_at_the_deadline_and_replaced() {
    let there = processes(WorkerLimits::default());
    let (name, clip) = clips()[0];
    there.examine(picture(), &all(), PATIENCE).await.unwrap();
    let late = there.examine(clip.to_vec().into(), &all(), Duration::from_millis(1)).await.unwrap_err();
    assert_eq!(late.code(), "media.limit_exceeded", "{name}");
    there.examine(picture(), &all(), PATIENCE).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn exceeded_memory_limit_is_a_retryable_error() {
    // Enough to start, but too little for the models.
    let there = processes(WorkerLimits { memory: 24 << 20 });
    let died = there.examine(picture(), &all(), PATIENCE).await.unwrap_err();
    assert_eq!((died.code(), died.is_retryable()), ("storage.backend", true));
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_responses_of_a_worker_are_retryable_errors() {
    let ready = r#"printf '\014\000\000\000{"Ok":null}\n'"#;
    for text in ["exit 3", "kill -9 $$", "yes", "printf '\\377\\377\\377\\377'", &format!("{ready}; exit 0")]
    {
        let error = script(text).examine(picture(), &all(), PATIENCE).await.unwrap_err();
        assert_eq!((error.code(), error.is_retryable()), ("storage.backend", true), "{text}");
    }
    let hung = script(&format!("{ready}; exec sleep 600"));
    let late = hung.examine(picture(), &all(), Duration::from_millis(200)).await.unwrap_err();
    assert_eq!(late.code(), "media.limit_exceeded");
}
