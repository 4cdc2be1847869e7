//! Decoding of real media in the folder named by `OZ_EVAL_DATA`; reported as skipped without it.

use std::path::{Path, PathBuf};
use std::time::Instant;
use std::{env, fs};

use oz_conformance::left_out;
use oz_core::Result;
use oz_core::media::port::MediaDecoder as _;
use oz_core::media::{DecodeLimits, MediaKind};
use oz_media::{Decoders, FfmpegConfig, FfmpegDecoder};

/// Error code of videos that only the ffmpeg program decodes.
const PROGRAM_ONLY: &str = "media.unsupported_codec";

/// Appends all files below `folder` to `found`.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

/// Kind of the media, number of frames, and width and height of the last one.
fn decode(path: &Path, decoders: &Decoders) -> Result<(MediaKind, u64, u32, u32)> {
    let bytes = fs::read(path).expect("read file");
    let mut source = decoders.open(bytes.into(), &DecodeLimits::default())?;
    let (mut frames, mut width, mut height) = (0, 0, 0);
    while let Some(frame) = source.next_frame()? {
        (frames, width, height) = (frames + 1, frame.image.width(), frame.image.height());
    }
    Ok((source.info().kind, frames, width, height))
}

#[test]
fn every_real_file_decodes() {
    let Some(root) = env::var_os("OZ_EVAL_DATA") else {
        left_out("every_real_file_decodes", "OZ_EVAL_DATA is not set");
        return;
    };

    let program = FfmpegDecoder::new(FfmpegConfig::default()).ok();
    let mut failures = Vec::new();
    let mut paths = Vec::new();
    for folder in ["videos", "selfies", "documents", "quality"] {
        files(&Path::new(&root).join(folder), &mut paths);
    }

    let only = env::var("OZ_EVAL_ONLY").unwrap_or_default();
    for path in paths.iter().filter(|path| path.to_string_lossy().contains(&only)) {
        let start = Instant::now();
        let mut decoded = decode(path, &Decoders::standard());
        if matches!(&decoded, Err(error) if error.code() == PROGRAM_ONLY)
            && let Some(program) = &program
        {
            decoded = decode(path, &Decoders::standard().with(program.clone()));
        }
        match decoded {
            Ok((MediaKind::Image, ..)) => {}
            Ok((_, frames, width, height)) => {
                let rate = frames as f64 / start.elapsed().as_secs_f64();
                println!("{}: {frames} frames of {width} x {height}, {rate:.0} per second", path.display());
            }
            Err(error) if error.code() == PROGRAM_ONLY => {
                left_out(path.display(), error);
            }
            Err(error) => failures.push(format!("{}: {error}", path.display())),
        }
    }

    println!("{} files, {} failures", paths.len(), failures.len());
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
