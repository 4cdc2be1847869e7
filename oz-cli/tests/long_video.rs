//! A minute of full high definition through the whole `oz analyze`, in bounded memory:
//! `cargo test --release --test long_video -- --ignored --nocapture`.
//!
//! The clip is made by the `ffmpeg` program: the public-domain portrait moves about a frame of 1920 x 1080.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/running.rs"]
mod running;
#[path = "../../tests/support/mod.rs"]
mod support;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use oz_media::testing::Stopwatch;
use running::Running;

/// Most memory that the process may have held, in KiB.
const MEMORY: u64 = 300 << 10;
const SECONDS: u32 = 60;
/// What is not answered by then hangs.
const HANGS: Duration = Duration::from_secs(1800);

/// The portrait, twice its size, on a path through the frame; whether there was a program to make it.
fn made(clip: &Path) -> bool {
    let path = "scale=1024:-2[face];[0][face]overlay=x='440+380*sin(t)':y='28+60*sin(2.3*t)'";
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-v", "error", "-f", "lavfi", "-i", "color=c=gray:size=1920x1080:rate=30"]);
    ffmpeg.args(["-loop", "1", "-framerate", "30", "-i"]).arg(support::portrait());
    ffmpeg.args(["-filter_complex", &format!("[1]{path}"), "-t", &SECONDS.to_string()]);
    ffmpeg.args(["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p"]).arg(clip);
    ffmpeg.stdin(Stdio::null()).status().is_ok_and(|status| status.success())
}

#[test]
#[ignore = "takes minutes"]
fn a_minute_of_full_high_definition_needs_bounded_memory() {
    let folder = tempfile::tempdir().unwrap();
    let clip = folder.path().join("minute.mp4");
    if !made(&clip) {
        let name = "a_minute_of_full_high_definition_needs_bounded_memory";
        return support::left_out(name, "there is no ffmpeg program that codes H.264");
    }
    // The limit on decoding counts time on the wall, which a busy machine stretches.
    let config = folder.path().join("oz.toml");
    std::fs::write(&config, format!("[limits]\ndecode_time = \"{}s\"", HANGS.as_secs())).unwrap();
    let program = Running::start(&["--config", &config.to_string_lossy()], &[clip]);
    let watch = Stopwatch::process(program.id());
    let answer = program.answer(HANGS).expect("a minute of video is answered");
    let (took, peak) = (watch.elapsed(), program.peak());
    println!("{} s of 1920 x 1080: {took:?} of processor time, at most {} MiB", SECONDS, peak >> 10);
    assert_eq!(answer["schema"], "oz.analysis/1", "{answer}");
    assert!(peak < MEMORY, "{} MiB", peak >> 10);
}
