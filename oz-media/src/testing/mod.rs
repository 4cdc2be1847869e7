//! Makers of good and bad media, for tests, for fuzzing, and for the tests of whoever embeds the library.
//!
//! Everything is made from code and from the small clips in `tests/clips`; nothing is a recording of anybody.

mod archives;
mod bombs;
mod damage;
mod pictures;
mod stopwatch;
mod videos;

pub use archives::zip;
pub use pictures::{animated_gif, animated_png, animated_webp, picture};
pub use stopwatch::Stopwatch;
pub use videos::{boxed, clip, clips};

use crate::video::header::{av1, hevc, vp8, vp9};

/// A file, and what is expected of whoever opens it.
#[derive(Debug, Clone)]
pub struct Specimen {
    /// What it is, in a few words; unique.
    pub name: String,
    /// The content of the file.
    pub bytes: Vec<u8>,
    /// Codes of the errors that are right for it; empty for a good file.
    pub allowed: &'static [&'static str],
}

impl Specimen {
    fn new(name: impl Into<String>, bytes: Vec<u8>, allowed: &'static [&'static str]) -> Self {
        Self { name: name.into(), bytes, allowed }
    }
}

/// Files that decode completely.
#[must_use]
pub fn good() -> Vec<Specimen> {
    let mut all = pictures::good();
    all.extend(videos::good());
    all.extend(archives::good());
    all
}

/// Files that are damaged, hostile, or no media at all.
#[must_use]
pub fn bad() -> Vec<Specimen> {
    let mut all = damage::truncations();
    all.extend(damage::scrambled());
    all.extend(damage::strangers());
    all.extend(pictures::bad());
    all.extend(videos::bad());
    all.extend(archives::bad());
    all.extend(bombs::all());
    all
}

/// Sequence headers, each behind a byte that says which parser of [`parse_headers`] takes it.
#[must_use]
pub fn headers() -> Vec<(String, Vec<u8>)> {
    vec![
        ("hevc".to_owned(), [&[0], bombs::HEVC_SPS].concat()),
        ("vp8".to_owned(), vec![1, 0x10, 0, 0, 0x9D, 1, 0x2A, 0x40, 0, 0x30, 0]),
        ("vp9".to_owned(), vec![2, 0x82, 0x49, 0x83, 0x42, 0x20, 0x15, 0xF0, 0x11, 0xF0]),
        ("vp9-superframe".to_owned(), vec![2, 1, 2, 3, 0xC1, 2, 1, 0xC1]),
        ("av1".to_owned(), vec![3, 0x0A, 0x04, 0x18, 0x15, 0x7F, 0xBC]),
    ]
}

/// Hands `bytes` to the header parser that the first byte chooses; for fuzzing.
pub fn parse_headers(bytes: &[u8]) {
    let Some((&which, bytes)) = bytes.split_first() else { return };
    match which & 3 {
        0 => drop(hevc::parse(bytes)),
        1 => drop(vp8::size(bytes)),
        2 => vp9::frames(bytes).for_each(|frame| drop(vp9::parse(frame))),
        _ => drop(av1::size(bytes)),
    }
}

/// Numbers without pattern, the same at every run (xorshift).
fn noise(seed: u32, count: usize) -> Vec<u8> {
    let mut state = seed.max(1);
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (state >> 24) as u8
    };
    (0..count).map(|_| next()).collect()
}
