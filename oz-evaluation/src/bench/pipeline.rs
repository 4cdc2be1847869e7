//! Times of the stages of the pipeline on one photo.

use std::time::Instant;

use oz::core::face::{FaceSample, LocatedFace};
use oz::{Config, Image, Media, Oz};

use super::agreement::Agreement;
use super::plan::BenchPlan;
use super::report::{Failure, Outcome, PipelineRow, PipelineTimes};
use super::setups::{Setup, Setups};
use super::timing::{Times, repeat};
use crate::Result;

const STAGES: [&str; 4] = ["decode", "detect", "mesh", "embed"];

/// Permitted difference of feature vectors, relative to that of the outputs of one model: a landmark that
/// moves by a thousandth of a pixel changes some pixels of the aligned face. Measured with ONNX Runtime and
/// candle on the portrait of the fixtures: 8e-4.
const TOLERANCE_FACTOR: f64 = 10.0;

/// Times of the stages in milliseconds, and the features of the face.
struct Pass {
    stages: [f64; 4],
    features: Vec<f32>,
}

/// All passes of one combination.
struct Passes {
    stages: Vec<[f64; 4]>,
    total: Times,
    features: Vec<f32>,
}

/// Measures the pipeline on all combinations.
pub(super) fn measure(
    photo: &[u8],
    setups: &Setups,
    plan: &BenchPlan,
    config: &Config,
    on_row: &mut dyn FnMut(),
) -> Vec<PipelineRow> {
    let tolerance = plan.tolerance * TOLERANCE_FACTOR;
    let mut reference: Option<Passes> = None;
    let mut rows = Vec::new();
    for (index, setup) in setups.iter().enumerate() {
        let passes = repeat_passes(photo, setup, plan, config);
        let outcome = match &passes {
            Ok(passes) if index == 0 => Outcome::Measured(passes.times(Some(passes), None)),
            Ok(passes) => {
                let compared = reference
                    .as_ref()
                    .map(|it| Agreement::of_values(&it.features, &passes.features, tolerance));
                Outcome::Measured(passes.times(reference.as_ref(), compared))
            }
            Err(error) => Outcome::Failed { error: error.clone() },
        };
        if index == 0 {
            reference = passes.ok();
        }

        rows.push(PipelineRow { setup: setup.label.clone(), outcome });
        on_row();
    }
    rows
}

fn repeat_passes(
    photo: &[u8],
    setup: &Setup,
    plan: &BenchPlan,
    config: &Config,
) -> std::result::Result<Passes, Failure> {
    let engine = setup.engine.clone()?;
    let config = Config { device: setup.options.device, threads: setup.options.threads, ..config.clone() };
    let passes = || -> Result<Passes> {
        let oz = Oz::builder().config(config).custom_engine(engine).build()?;
        let features = pass(&oz, photo)?.features;
        let stages = repeat(plan, || pass(&oz, photo).map(|pass| pass.stages))?;
        let total = Times::new(stages.iter().map(|stages| stages.iter().sum()).collect());
        Ok(Passes { stages, total, features })
    };
    passes().map_err(|error| Failure::new(&error))
}

/// Decodes, detects, locates and embeds the largest face once.
fn pass(oz: &Oz, photo: &[u8]) -> Result<Pass> {
    let stages = oz.pipeline().stages();
    let mut times = [Instant::now(); STAGES.len() + 1];
    let image: Image = oz.decode(Media::from(photo))?;
    times[1] = Instant::now();

    let mut detections = stages.detector.detect(&image)?;
    detections.truncate(1);
    times[2] = Instant::now();

    let meshes = stages.landmarks.estimate(&image, &detections)?;
    times[3] = Instant::now();

    let faces = detections.into_iter().zip(meshes).map(|(found, mesh)| LocatedFace::new(found, mesh));
    let faces: Vec<_> = faces.collect();
    let samples: Vec<_> = faces.iter().map(|face| FaceSample { image: &image, face }).collect();
    let extracted = stages.extractor.as_ref().map(|extractor| extractor.extract(&samples)).transpose()?;
    times[4] = Instant::now();

    let features = extracted.and_then(|all| all.into_iter().next());
    let features = features.ok_or_else(|| oz::Error::NoFace { what: "the photo".into() })?;
    Ok(Pass {
        stages: std::array::from_fn(|stage| (times[stage + 1] - times[stage]).as_secs_f64() * 1e3),
        features: features.values().to_vec(),
    })
}

impl Passes {
    fn times(&self, reference: Option<&Self>, agreement: Option<Agreement>) -> PipelineTimes {
        let of_stage = |stage: usize| Times::new(self.stages.iter().map(|stages| stages[stage]).collect());
        let medians = STAGES.into_iter().enumerate().map(|(stage, name)| (name, of_stage(stage).median()));
        PipelineTimes {
            runs: self.total.runs(),
            stages_ms: medians.collect(),
            pipeline_ms: self.total.median(),
            p95_ms: self.total.p95(),
            speed_ratio: reference.map(|reference| reference.total.median() / self.total.median()),
            agreement,
        }
    }
}
