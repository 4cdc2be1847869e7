//! Times and outputs of single models.

use std::hint::black_box;
use std::sync::Arc;

use oz::Config;
use oz::core::inference::port::Session;
use oz::core::inference::{ModelArtifact, Tensor};
use oz::models::ledger::Manifest;

use super::agreement::Agreement;
use super::plan::BenchPlan;
use super::report::{Failure, ModelRow, ModelTimes, Outcome};
use super::setups::{Setup, Setups, unique};
use super::timing::{Times, repeat, timed};

/// Height and width of inputs whose size the model leaves open: a multiple of the strides of all detectors.
const OPEN_LENGTH: usize = 320;

/// One model with its inputs.
pub(super) struct Workload {
    model: ModelArtifact,
    batches: Vec<Batch>,
}

/// Inputs of one run. An error for a batch size that the model does not accept.
struct Batch {
    size: usize,
    input: Result<Tensor, Failure>,
}

impl Workload {
    /// Loads the models of the plan.
    pub(super) fn all(plan: &BenchPlan, config: &Config) -> crate::Result<Vec<Self>> {
        let registry = config.registry()?;
        let ledger = registry.ledger();
        let manifests: Vec<&Manifest> = if !plan.models.is_empty() {
            unique(&plan.models).map(|id| ledger.get(id)).collect::<oz::core::Result<_>>()?
        } else if plan.photo.is_none() {
            ledger.models().iter().filter(|model| model.default).collect()
        } else {
            Vec::new()
        };

        let workload = |manifest: &Manifest| {
            let model = registry.artifact(manifest.id.as_str())?;
            let batches = unique(&plan.batches).map(|size| Batch::new(manifest, size.get())).collect();
            Ok(Self { model, batches })
        };
        manifests.into_iter().map(workload).collect()
    }
}

impl Batch {
    fn new(manifest: &Manifest, size: usize) -> Self {
        let shape = &manifest.input.shape;
        let accepted = shape.first().copied().unwrap_or(1);
        if accepted != 0 && accepted != size {
            let detail = format!("the model `{}` only accepts batches of {accepted}", manifest.id);
            let error = oz::core::Error::InvalidValue { name: "batch size", detail };
            return Self { size, input: Err(Failure::new(&error.into())) };
        }

        let open = |&length: &usize| if length == 0 { OPEN_LENGTH } else { length };
        let shape = std::iter::once(size).chain(shape.iter().skip(1).map(open)).collect();
        Self { size, input: Ok(pseudorandom(shape)) }
    }
}

/// Tensor whose values are hashes of their index, in [-1, 1].
fn pseudorandom(shape: Vec<usize>) -> Tensor {
    let value = |index: usize| {
        let hash = (index as u32).wrapping_mul(2_654_435_761);
        let hash = (hash ^ (hash >> 15)).wrapping_mul(2_246_822_519);
        (f64::from(hash ^ (hash >> 13)) / f64::from(u32::MAX) * 2.0 - 1.0) as f32
    };
    let count = shape.iter().product();
    Tensor::new(shape, (0..count).map(value).collect()).expect("the values fit the shape")
}

/// Measures one model on all combinations. Rows are ordered by batch size, then by combination.
pub(super) fn measure(
    workload: &Workload,
    setups: &Setups,
    plan: &BenchPlan,
    on_row: &mut dyn FnMut(),
) -> Vec<ModelRow> {
    let mut references: Vec<Option<Run>> = Vec::new();
    let mut rows: Vec<Vec<ModelRow>> = workload.batches.iter().map(|_| Vec::new()).collect();

    for (index, setup) in setups.iter().enumerate() {
        // One session at a time, so that engines do not compete for memory.
        let (session, load_ms) = timed(|| load(setup, workload));
        for (at, batch) in workload.batches.iter().enumerate() {
            let run = session.as_ref().map_err(Clone::clone).and_then(|session| run(&**session, batch, plan));
            let outcome = match &run {
                Ok(run) if index == 0 => Outcome::Measured(run.times(batch, load_ms, Some(run), None)),
                Ok(run) => {
                    let reference = references[at].as_ref();
                    let compared =
                        reference.map(|it| Agreement::of_outputs(&it.outputs, &run.outputs, plan.tolerance));
                    Outcome::Measured(run.times(batch, load_ms, reference, compared))
                }
                Err(error) => Outcome::Failed { error: error.clone() },
            };
            if index == 0 {
                references.push(run.ok());
            }

            let (model, setup) = (workload.model.id.clone(), setup.label.clone());
            rows[at].push(ModelRow { model, batch: batch.size, setup, outcome });
            on_row();
        }
    }
    rows.into_iter().flatten().collect()
}

/// Times and outputs of one row.
struct Run {
    times: Times,
    outputs: Vec<Tensor>,
}

impl Run {
    fn times(
        &self,
        batch: &Batch,
        load_ms: f64,
        reference: Option<&Self>,
        agreement: Option<Agreement>,
    ) -> ModelTimes {
        let median_ms = self.times.median();
        ModelTimes {
            runs: self.times.runs(),
            load_ms,
            median_ms,
            p95_ms: self.times.p95(),
            inputs_per_second: batch.size as f64 / median_ms * 1e3,
            speed_ratio: reference.map(|reference| reference.times.median() / median_ms),
            agreement,
        }
    }
}

fn load(setup: &Setup, workload: &Workload) -> Result<Arc<dyn Session>, Failure> {
    let engine = setup.engine.clone()?;
    engine.load(&workload.model, &setup.options).map_err(|error| Failure::new(&error.into()))
}

fn run(session: &dyn Session, batch: &Batch, plan: &BenchPlan) -> Result<Run, Failure> {
    let input = batch.input.as_ref().map_err(Clone::clone)?;
    let once = || session.run(&[input.view()]).map_err(|error| Failure::new(&error.into()));

    // The first run allocates memory and, on a GPU, plans its kernels.
    let outputs = once()?;
    let times = repeat(plan, || {
        let (outputs, time) = timed(once);
        black_box(outputs?);
        Ok::<_, Failure>(time)
    })?;
    Ok(Run { times: Times::new(times), outputs })
}

#[cfg(test)]
mod tests {
    use oz::models::ledger::Ledger;

    use super::*;

    fn batch(id: &str, size: usize) -> Batch {
        Batch::new(Ledger::bundled().unwrap().get(id).unwrap(), size)
    }

    #[test]
    fn open_dimensions_become_the_batch_size_and_a_common_length() {
        assert_eq!(batch("mobilefacenet_192", 8).input.unwrap().shape(), [8, 3, 112, 112]);
        assert_eq!(batch("yunet_n", 2).input.unwrap().shape(), [2, 3, OPEN_LENGTH, OPEN_LENGTH]);
    }

    #[test]
    fn batch_size_that_the_model_does_not_accept_is_an_error_that_names_the_accepted_one() {
        let error = batch("minifasnet_v2_2.7", 8).input.unwrap_err();
        assert!(error.message.contains("batches of 1"), "{error:?}");
        assert!(batch("minifasnet_v2_2.7", 1).input.is_ok());
    }

    #[test]
    fn inputs_are_spread_over_their_range() {
        let input = pseudorandom(vec![1, 10_000]);
        assert!(input.values().iter().all(|value| (-1.0..=1.0).contains(value)));
        let mean = input.values().iter().sum::<f32>() / 10_000.0;
        assert!(mean.abs() < 0.05, "{mean}");
    }
}
