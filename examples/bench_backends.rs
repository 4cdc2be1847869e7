//! Benchmark of the pipeline on every available engine, with the agreement of their feature vectors.
//!
//! `cargo run --release --example bench_backends -- [PHOTO] [ITERATIONS]`

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use oz::{Config, Engines};
use oz_evaluation::bench::{BenchPlan, bench};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let portrait = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/astronaut.png");
    let photo = arguments.next().map_or(portrait, PathBuf::from);
    let iterations = arguments.next().map_or(Ok(NonZeroUsize::new(10)), |text| text.parse().map(Some))?;

    let config = Config::default();
    let engines = Engines::built_in(&config.engine_config());
    let plan = BenchPlan {
        photo: Some(std::fs::read(photo)?),
        iterations: iterations.ok_or("ITERATIONS must be positive")?,
        ..BenchPlan::default()
    };
    print!("{}", bench(&plan, &engines, &config, &mut |_progress| {})?);
    Ok(())
}
