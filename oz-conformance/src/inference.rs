//! Behaviour of [`Engine`] and its [`Session`].

use std::sync::Arc;
use std::thread;

use super::{Claim, Make, all_hold, assert_code, claims};
use oz_core::inference::port::{Engine, Session};
use oz_core::inference::{
    Device, Dim, ModelArtifact, ModelId, Precision, SessionOptions, Tensor, TensorSpec, TensorView,
};

/// Models that the engine under test must run. Where a file leaves more than the batch free, `free` is what to put there.
#[derive(Debug, Clone)]
pub struct ModelSample {
    /// The file.
    pub model: ModelArtifact,
    /// Length of free dimensions after the first.
    pub free: usize,
}

/// The engine under test and what it is given.
struct Bench<'a> {
    engine: Arc<dyn Engine>,
    samples: &'a [ModelSample],
}

/// Checks an engine with models that it must run.
///
/// # Panics
/// When a claim does not hold.
pub fn engine(adapter: &str, make: Make<'_, dyn Engine>, samples: &[ModelSample]) {
    assert!(!samples.is_empty(), "an engine is checked with one model at least");
    let claims: &[Claim<fn(&Bench<'_>)>] = claims![
        the_name_is_lowercase_and_the_processor_is_a_device,
        outputs_are_what_the_signature_says,
        the_same_input_gives_the_same_output,
        a_batch_gives_what_its_items_give,
        runs_side_by_side_give_what_runs_in_turn_give,
        more_threads_give_the_same_numbers,
        an_input_too_few_or_too_many_is_refused,
        a_wrong_length_is_refused,
        a_wrong_rank_is_refused,
        a_device_that_is_not_there_is_refused,
        arithmetic_that_is_not_offered_is_refused,
        bytes_that_are_no_model_are_refused,
        a_model_cut_off_is_refused_or_runs,
    ];
    all_hold(adapter, claims, |check| check(&Bench { engine: make(), samples }));
}

impl Bench<'_> {
    fn sessions(&self) -> impl Iterator<Item = (&ModelSample, Arc<dyn Session>)> {
        self.samples.iter().map(|sample| (sample, load(&*self.engine, &sample.model)))
    }
}

fn load(engine: &dyn Engine, model: &ModelArtifact) -> Arc<dyn Session> {
    engine.load(model, &SessionOptions::default()).unwrap()
}

fn shape(spec: &TensorSpec, batch: usize, free: usize) -> Vec<usize> {
    let length = |(axis, dim): (usize, &Dim)| match dim {
        Dim::Fixed(length) => *length,
        Dim::Dynamic if axis == 0 => batch,
        Dim::Dynamic => free,
    };
    spec.shape.iter().enumerate().map(length).collect()
}

/// Numbers in [0, 1) that look random and are the same everywhere.
fn tensor(shape: Vec<usize>, seed: u32) -> Tensor {
    let value = |index: u32| {
        let mixed = (index ^ seed).wrapping_mul(0x9E37_79B1);
        let mixed = (mixed ^ (mixed >> 15)).wrapping_mul(0x85EB_CA77);
        ((mixed ^ (mixed >> 13)) >> 8) as f32 / 16_777_216.0
    };
    let count: usize = shape.iter().product();
    let values = (0..u32::try_from(count).unwrap()).map(value).collect();
    Tensor::new(shape, values).unwrap()
}

fn inputs(session: &dyn Session, batch: usize, free: usize, seed: u32) -> Vec<Tensor> {
    let specs = session.signature().inputs.iter();
    specs.map(|spec| tensor(shape(spec, batch, free), seed)).collect()
}

fn run(session: &dyn Session, inputs: &[Tensor]) -> Vec<Tensor> {
    let views: Vec<_> = inputs.iter().map(Tensor::view).collect();
    session.run(&views).unwrap()
}

fn batch_is_free(session: &dyn Session) -> bool {
    session.signature().inputs.iter().all(|spec| spec.shape.first() == Some(&Dim::Dynamic))
}

/// Within what the port promises between engines, relative to the largest value.
#[track_caller]
fn assert_close(left: &[f32], right: &[f32], what: &str) {
    assert_eq!(left.len(), right.len(), "{what}");
    let scale = left.iter().fold(1e-6f32, |scale, value| scale.max(value.abs()));
    let close = left.iter().zip(right).all(|(left, right)| (left - right).abs() <= 1e-4 * scale);
    assert!(close, "{what}: the numbers differ");
}

fn the_name_is_lowercase_and_the_processor_is_a_device(bench: &Bench<'_>) {
    let name = bench.engine.name();
    assert!(!name.is_empty() && name.chars().all(|letter| letter.is_ascii_lowercase()), "{name}");
    let capabilities = bench.engine.capabilities();
    assert!(capabilities.devices.contains(&Device::Cpu));
    assert!(capabilities.precisions.contains(&Precision::F32));
    assert!(!capabilities.version.is_empty());
}

fn outputs_are_what_the_signature_says(bench: &Bench<'_>) {
    for (sample, session) in bench.sessions() {
        let outputs = run(&*session, &inputs(&*session, 1, sample.free, 1));
        assert_eq!(outputs.len(), session.signature().outputs.len());
        for (spec, output) in session.signature().outputs.iter().zip(&outputs) {
            let stated = spec.shape.is_empty() || spec.accepts(output.shape());
            assert!(stated, "{}: {spec} gave {:?}", sample.model.id, output.shape());
            assert!(output.values().iter().all(|value| value.is_finite()), "{}: {spec}", sample.model.id);
        }
    }
}

fn the_same_input_gives_the_same_output(bench: &Bench<'_>) {
    for (sample, session) in bench.sessions() {
        let inputs = inputs(&*session, 1, sample.free, 2);
        assert_eq!(run(&*session, &inputs), run(&*session, &inputs), "{}", sample.model.id);
    }
}

fn a_batch_gives_what_its_items_give(bench: &Bench<'_>) {
    for (sample, session) in bench.sessions().filter(|(_, session)| batch_is_free(&**session)) {
        let batched = inputs(&*session, 3, sample.free, 3);
        let together = run(&*session, &batched);
        for item in 0..3 {
            let single = batched.iter().map(|input| {
                let shape = [&[1], &input.shape()[1..]].concat();
                Tensor::new(shape, input.items().nth(item).unwrap().to_vec()).unwrap()
            });
            let alone = run(&*session, &single.collect::<Vec<_>>());
            for (together, alone) in together.iter().zip(&alone) {
                assert_eq!(together.shape()[0], 3, "{}", sample.model.id);
                let item = together.items().nth(item).unwrap();
                assert_close(alone.values(), item, sample.model.id.as_str());
            }
        }
    }
}

fn runs_side_by_side_give_what_runs_in_turn_give(bench: &Bench<'_>) {
    for (sample, session) in bench.sessions() {
        let inputs: Vec<_> = (0..4).map(|seed| inputs(&*session, 1, sample.free, seed)).collect();
        let in_turn: Vec<_> = inputs.iter().map(|inputs| run(&*session, inputs)).collect();
        let side_by_side: Vec<_> = thread::scope(|scope| {
            let session = &*session;
            let runs: Vec<_> =
                inputs.iter().map(|inputs| scope.spawn(move || run(session, inputs))).collect();
            runs.into_iter().map(|run| run.join().unwrap()).collect()
        });
        assert!(in_turn == side_by_side, "{}: the numbers differ", sample.model.id);
    }
}

fn more_threads_give_the_same_numbers(bench: &Bench<'_>) {
    for (sample, session) in bench.sessions() {
        let options = SessionOptions { threads: 2.try_into().unwrap(), ..SessionOptions::default() };
        let parallel = bench.engine.load(&sample.model, &options).unwrap();
        let inputs = inputs(&*session, 1, sample.free, 4);
        for (one, two) in run(&*session, &inputs).iter().zip(run(&*parallel, &inputs)) {
            assert_close(one.values(), two.values(), sample.model.id.as_str());
        }
    }
}

fn an_input_too_few_or_too_many_is_refused(bench: &Bench<'_>) {
    for (sample, session) in bench.sessions() {
        assert_code(session.run(&[]), "inference.shape_mismatch");
        let inputs = inputs(&*session, 1, sample.free, 5);
        let mut views: Vec<TensorView<'_>> = inputs.iter().map(Tensor::view).collect();
        views.push(views[0]);
        assert_code(session.run(&views), "inference.shape_mismatch");
    }
}

fn a_wrong_length_is_refused(bench: &Bench<'_>) {
    for (sample, session) in bench.sessions() {
        let spec = &session.signature().inputs[0];
        for axis in (0..spec.shape.len()).filter(|&axis| spec.shape[axis] != Dim::Dynamic) {
            let mut shape = shape(spec, 1, sample.free);
            shape[axis] += 1;
            refused(&*session, sample, tensor(shape, 6));
        }
    }
}

fn a_wrong_rank_is_refused(bench: &Bench<'_>) {
    for (sample, session) in bench.sessions() {
        let mut shape = shape(&session.signature().inputs[0], 1, sample.free);
        shape.push(1);
        refused(&*session, sample, tensor(shape, 7));
    }
}

/// The session refuses this as its first input.
#[track_caller]
fn refused(session: &dyn Session, sample: &ModelSample, first: Tensor) {
    let mut inputs = inputs(session, 1, sample.free, 8);
    inputs[0] = first;
    let views: Vec<_> = inputs.iter().map(Tensor::view).collect();
    assert_code(session.run(&views), "inference.shape_mismatch");
}

fn a_device_that_is_not_there_is_refused(bench: &Bench<'_>) {
    let options = SessionOptions { device: Device::Cuda(999), ..SessionOptions::default() };
    let refused = bench.engine.load(&bench.samples[0].model, &options);
    assert_code(refused, "inference.unsupported_option");
}

fn arithmetic_that_is_not_offered_is_refused(bench: &Bench<'_>) {
    if bench.engine.capabilities().precisions.contains(&Precision::F16) {
        return;
    }
    let options = SessionOptions { precision: Precision::F16, ..SessionOptions::default() };
    assert_code(bench.engine.load(&bench.samples[0].model, &options), "inference.unsupported_option");
}

fn bytes_that_are_no_model_are_refused(bench: &Bench<'_>) {
    for bytes in [&b""[..], b"no model", &[0; 64], &[0xff; 64], b"\x08\x08\x3a\x00"] {
        let model = ModelArtifact { id: ModelId::new("garbage"), onnx: bytes.into() };
        assert_code(bench.engine.load(&model, &SessionOptions::default()), "inference.invalid_model");
    }
}

/// A cut may fall between two fields, so that what is left is a model; it must not bring the process down.
fn a_model_cut_off_is_refused_or_runs(bench: &Bench<'_>) {
    let sample = &bench.samples[0];
    for part in 1..12 {
        let bytes = &sample.model.onnx[..sample.model.onnx.len() * part / 12];
        let model = ModelArtifact { id: ModelId::new("cut"), onnx: bytes.into() };
        match bench.engine.load(&model, &SessionOptions::default()) {
            Ok(_) => {}
            Err(error) => assert_eq!(error.code(), "inference.invalid_model", "{error}"),
        }
    }
}
