//! Valid files with a few bytes changed decode or give a typed error in bounded time.
//!
//! `OZ_MUTATIONS` sets the number of variants per file, `OZ_MUTATION_SEED` the seed.

use std::sync::Mutex;
use std::time::Duration;
use std::{env, panic};

use oz_core::Result;
use oz_core::media::DecodeLimits;
use oz_core::media::port::MediaDecoder as _;
use oz_media::Decoders;
use oz_media::testing::{Stopwatch, good};

/// Boundary values of fields.
const EDGES: [&[u8]; 6] =
    [&[0; 4], &[0xFF; 4], &[0x7F, 0xFF, 0xFF, 0xFF], &[0x80, 0, 0, 0], &[0, 0, 0, 1], &[0xFF; 8]];

/// Deterministic pseudo-random numbers (xorshift).
struct Numbers(u64);

impl Numbers {
    /// Number below `end`, or zero.
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize % end.max(1)
    }
}

fn mutate(original: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut bytes = original.to_vec();
    for _ in 0..=numbers.below(6) {
        let at = numbers.below(bytes.len());
        match numbers.below(6) {
            0 => bytes[at] ^= 1 << numbers.below(8),
            1 => bytes[at] = numbers.below(256) as u8,
            2 => {
                let edge = EDGES[numbers.below(EDGES.len())];
                let end = bytes.len().min(at + edge.len());
                bytes[at..end].copy_from_slice(&edge[..end - at]);
            }
            3 => bytes.truncate(at.max(1)),
            4 => {
                let end = bytes.len().min(at + numbers.below(32));
                bytes.drain(at..end);
                bytes.resize(bytes.len().max(1), 0);
            }
            _ => {
                let end = bytes.len().min(at + numbers.below(64));
                let copied = bytes[at..end].to_vec();
                let to = numbers.below(bytes.len());
                bytes.splice(to..to, copied);
            }
        }
    }
    bytes
}

fn play(bytes: &[u8], limits: &DecodeLimits) -> Result<()> {
    let mut source = Decoders::standard().open(bytes.into(), limits)?;
    let mut frames = 0;
    while let Some(frame) = source.next_frame()? {
        frames += 1;
        assert!(frames <= limits.frames);
        assert!(u64::from(frame.image.width()) * u64::from(frame.image.height()) <= limits.pixels);
    }
    Ok(())
}

fn number(name: &str, default: u64) -> u64 {
    env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

#[test]
fn mutated_files_give_typed_errors_in_bounded_time_without_a_panic() {
    static CAUGHT: Mutex<Vec<String>> = Mutex::new(Vec::new());
    panic::set_hook(Box::new(|info| {
        let place = info.location().map_or_else(String::new, ToString::to_string);
        CAUGHT.lock().expect("lock is not poisoned").push(place);
    }));

    let limits =
        DecodeLimits { pixels: 1 << 20, frames: 64, unpacked_bytes: 8 << 20, ..DecodeLimits::default() };
    let mut slowest = (Duration::ZERO, String::new());
    let mut wrong = Vec::new();

    for specimen in good() {
        let mut numbers = Numbers(number("OZ_MUTATION_SEED", 1) << 8 | 0x9E37);
        for variant in 0..number("OZ_MUTATIONS", 40) {
            let bytes = mutate(&specimen.bytes, &mut numbers);
            let watch = Stopwatch::thread();
            let answer = panic::catch_unwind(|| play(&bytes, &limits));
            let took = watch.elapsed();

            let name = format!("{}, variant {variant}", specimen.name);
            match answer {
                Ok(Err(error)) if !error.code().starts_with("media.") => {
                    wrong.push(format!("{name}: {error}"));
                }
                Err(_) => wrong.push(format!("{name}: panic outside of a guarded decoder")),
                _ => {}
            }
            if took > slowest.0 {
                slowest = (took, name);
            }
        }
    }

    let _ = panic::take_hook();
    let mut caught = CAUGHT.lock().expect("lock is not poisoned").clone();
    caught.sort();
    caught.dedup();
    println!("slowest: {slowest:?}; panics caught inside decoders: {caught:#?}");
    assert!(wrong.is_empty(), "{}\n{caught:#?}", wrong.join("\n"));
    assert!(slowest.0 < Duration::from_secs(2), "{slowest:?}");
}
