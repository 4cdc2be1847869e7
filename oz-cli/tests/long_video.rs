//! Memory of `oz analyze` on one minute of full-HD video:
//! `cargo test --release --test long_video -- --ignored --nocapture`.
//!
//! The program `ffmpeg` generates the clip: the public-domain portrait moves within a frame of 1920 x 1080.

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

/// Maximum peak memory of the process, in KiB.
const MAX_MEMORY: u64 = 300 << 10;
/// Duration of the clip.
const SECONDS: u32 = 60;
/// Wall-clock time after which the program is considered to hang.
const TIMEOUT: Duration = Duration::from_secs(1800);

/// Generates the clip, in which the portrait at twice its size moves. Returns false if ffmpeg cannot encode
/// it.
fn generate(clip: &Path) -> bool {
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
fn memory_is_bounded_for_one_minute_of_full_hd() {
    let folder = tempfile::tempdir().unwrap();
    let clip = folder.path().join("minute.mp4");
    if !generate(&clip) {
        let name = "memory_is_bounded_for_one_minute_of_full_hd";
        return support::left_out(name, "no ffmpeg with an H.264 encoder");
    }
    // The limit on decoding counts wall-clock time, which is longer on a busy machine.
    let config = folder.path().join("oz.toml");
    std::fs::write(&config, format!("[limits]\ndecode_time = \"{}s\"", TIMEOUT.as_secs())).unwrap();
    let program = Running::start(&["--config", &config.to_string_lossy()], &[clip]);
    let watch = Stopwatch::process(program.id());
    let answer = program.answer(TIMEOUT).expect("the video is analysed in time");
    let (took, peak) = (watch.elapsed(), program.peak());
    println!("{SECONDS} s of 1920 x 1080: {took:?} of processor time, peak memory {} MiB", peak >> 10);
    assert_eq!(answer["schema"], "oz.analysis/1", "{answer}");
    assert!(peak < MAX_MEMORY, "{} MiB", peak >> 10);
}
