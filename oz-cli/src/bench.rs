//! `oz bench`

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use oz::core::face::{FaceSample, LocatedFace};
use oz::{Media, Oz, Result};
use serde::Serialize;

use super::setup::SetupArgs;
use super::{Answered, output, table};

/// Time each stage of the pipeline on a picture.
#[derive(Debug, Args)]
pub(crate) struct BenchArgs {
    /// The picture
    image: PathBuf,
    /// How often to run it
    #[arg(long, default_value = "50")]
    iterations: NonZeroUsize,
    /// Print a JSON document
    #[arg(long)]
    json: bool,
}

/// Medians over all iterations, in milliseconds.
#[derive(Debug, Serialize)]
struct BenchReport {
    schema: &'static str,
    engine: String,
    iterations: usize,
    /// Aligning is part of taking features.
    stages_ms: BTreeMap<&'static str, f64>,
    pipeline_ms: f64,
}

impl BenchArgs {
    pub(crate) fn run(self, setup: &SetupArgs) -> Result<Answered> {
        let oz = setup.oz()?;
        let bytes = std::fs::read(&self.image).map_err(|source| oz::Error::File {
            action: "read",
            path: self.image.clone(),
            source,
        })?;
        pipeline(&oz, &bytes)?;
        let mut runs = Vec::new();
        for _ in 0..self.iterations.get() {
            runs.push(pipeline(&oz, &bytes)?);
        }
        let report = report(&oz, &runs);
        if self.json {
            output::document(&report)?;
        } else {
            let mut rows = table::new(["stage", "median ms"]);
            for (stage, time) in &report.stages_ms {
                rows.add_row([(*stage).to_owned(), format!("{time:.2}")]);
            }
            rows.add_row(["pipeline".into(), format!("{:.2}", report.pipeline_ms)]);
            output::text(format!("{}, {} iterations\n{rows}", report.engine, report.iterations))?;
        }
        Ok(Answered::All)
    }
}

const STAGES: [&str; 4] = ["decode", "detect", "mesh", "embed"];

/// Decode, detect, mesh, align and embed once; milliseconds of each stage.
fn pipeline(oz: &Oz, bytes: &[u8]) -> Result<[f64; 4]> {
    let stages = oz.pipeline().stages();
    let mut laps = Laps::start();
    let image = oz.decode(Media::from(bytes))?;
    laps.lap();
    let mut detections = stages.detector.detect(&image)?;
    detections.truncate(1);
    laps.lap();
    let meshes = stages.landmarks.estimate(&image, &detections)?;
    laps.lap();
    let faces: Vec<_> =
        detections.into_iter().zip(meshes).map(|(d, mesh)| LocatedFace::new(d, mesh)).collect();
    let samples: Vec<_> = faces.iter().map(|face| FaceSample { image: &image, face }).collect();
    if let Some(extractor) = &stages.extractor {
        std::hint::black_box(extractor.extract(&samples)?);
    }
    laps.lap();
    Ok(std::array::from_fn(|stage| laps.0[stage + 1].duration_since(laps.0[stage]).as_secs_f64() * 1e3))
}

/// Times at which stages ended.
struct Laps(Vec<Instant>);

impl Laps {
    fn start() -> Self {
        Self(vec![Instant::now()])
    }

    fn lap(&mut self) {
        self.0.push(Instant::now());
    }
}

fn report(oz: &Oz, runs: &[[f64; 4]]) -> BenchReport {
    let stage = |index: usize| median(runs.iter().map(|run| run[index]));
    BenchReport {
        schema: "oz.bench/1",
        engine: format!("{} {}", oz.engine().name, oz.engine().version),
        iterations: runs.len(),
        stages_ms: STAGES.into_iter().enumerate().map(|(index, name)| (name, stage(index))).collect(),
        pipeline_ms: median(runs.iter().map(|run| run.iter().sum())),
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<_> = values.collect();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}
