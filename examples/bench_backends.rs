//! The same work on every engine that is available, one after the other.
//!
//! `cargo run --release --example bench_backends -- [IMAGE] [ITERATIONS]`

use std::time::{Duration, Instant};

use oz::core::face::FaceSample;
use oz::{Config, Oz};

fn main() -> oz::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let image = arguments
        .next()
        .unwrap_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/astronaut.png").to_owned());
    let iterations = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(10);

    let mut fastest: Option<Duration> = None;
    for engine in ["onnx", "candle"] {
        let oz = match Oz::builder().config(Config { engine: engine.into(), ..Config::default() }).build() {
            Ok(oz) => oz,
            Err(error) => {
                println!("{engine:8} left out: {}", error.chain());
                continue;
            }
        };
        let median = median_of(iterations, || run(&oz, &image))?;
        let best = *fastest.get_or_insert(median);
        let ratio = median.as_secs_f64() / best.as_secs_f64();
        println!(
            "{engine:8} {:>8.2} ms  x {ratio:.2}  ({})",
            median.as_secs_f64() * 1e3,
            oz.engine().version
        );
    }
    Ok(())
}

/// Decode, find the faces, take their features.
fn run(oz: &Oz, image: &str) -> oz::Result<()> {
    let (image, faces) = oz.inspect(image)?;
    let samples: Vec<_> =
        faces.iter().map(|observed| FaceSample { image: &image, face: &observed.face }).collect();
    if let Some(extractor) = &oz.pipeline().stages().extractor {
        std::hint::black_box(extractor.extract(&samples)?);
    }
    Ok(())
}

fn median_of(iterations: usize, mut work: impl FnMut() -> oz::Result<()>) -> oz::Result<Duration> {
    work()?; // warm-up: sessions and buffers are made on first use
    let mut times = Vec::with_capacity(iterations);
    for _ in 0..iterations.max(1) {
        let start = Instant::now();
        work()?;
        times.push(start.elapsed());
    }
    times.sort();
    Ok(times[times.len() / 2])
}
