//! Writes the seed corpus of the media targets in `fuzz/`.
//!
//! Usage: `cargo run -p oz-media --features testing --example fuzz_seed`

use std::path::Path;
use std::{fs, io};

use oz_core::media::MediaType;
use oz_media::testing::{self, Specimen};

fn main() -> io::Result<()> {
    let clips = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clips");
    for entry in fs::read_dir(clips)? {
        let path = entry?.path();
        let target = match path.extension().and_then(|extension| extension.to_str()) {
            Some("mp4" | "mov") => "video_mp4",
            Some("mkv" | "webm") => "video_matroska",
            _ => continue,
        };
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        write(target, &name, &fs::read(&path)?)?;
    }

    for Specimen { name, bytes, .. } in testing::good().into_iter().chain(testing::bad()) {
        if bytes.len() > 256 << 10 {
            continue;
        }
        let target = match oz_media::sniff::media_type(&bytes) {
            Some(MediaType::Mp4) => "video_mp4",
            Some(MediaType::Matroska) => "video_matroska",
            Some(MediaType::Zip) => "shot_set",
            Some(found) if found.is_picture() => "image",
            _ => "sniff",
        };
        write(target, &name, &bytes)?;
    }

    for (name, bytes) in testing::headers() {
        write("headers", &name, &bytes)?;
    }
    Ok(())
}

fn write(target: &str, name: &str, bytes: &[u8]) -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(target);
    fs::create_dir_all(&folder)?;
    fs::write(folder.join(name.replace(['/', ' '], "_")), bytes)
}
