//! Suite of [`Engine`] and [`Session`].

use std::sync::Arc;
use std::thread;

use super::{Claim, Make, assert_code, check_claims, claims};
use oz_core::inference::port::{Engine, Session};
use oz_core::inference::{
    Device, Dim, ModelArtifact, ModelId, Precision, SessionOptions, Tensor, TensorSpec, TensorView,
};

/// Model that the engine under test must run.
#[derive(Debug, Clone)]
pub struct ModelSample {
    /// Model file.
    pub model: ModelArtifact,
    /// Length of the dynamic dimensions of its inputs, except for the first, which is the batch size.
    pub free: usize,
}

/// Engine under test and its models.
struct Bench<'a> {
    engine: Arc<dyn Engine>,
    samples: &'a [ModelSample],
}

/// Checks an engine with models that it must run.
///
/// # Panics
/// When a claim does not hold or `samples` is empty.
pub fn engine(adapter: &str, make: Make<'_, dyn Engine>, samples: &[ModelSample]) {
    assert!(!samples.is_empty(), "the suite requires at least one model");
    let claims: &[Claim<fn(&Bench<'_>)>] = claims![
        the_name_is_lowercase_and_the_cpu_is_a_device,
        outputs_match_the_signature,
        the_same_input_gives_the_same_output,
        a_batch_equals_its_items,
        concurrent_runs_equal_sequential_runs,
        the_number_of_threads_does_not_change_the_output,
        missing_and_surplus_inputs_are_refused,
        a_wrong_length_is_refused,
        a_wrong_rank_is_refused,
        an_absent_device_is_refused,
        an_unsupported_precision_is_refused,
        bytes_that_are_not_a_model_are_refused,
        a_truncated_model_is_refused_or_loads,
    ];
    check_claims(adapter, claims, |check| check(&Bench { engine: make(), samples }));
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

/// Reproducible pseudo-random numbers in [0, 1).
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

/// Asserts equality within the tolerance of the port, relative to the largest value.
#[track_caller]
fn assert_close(left: &[f32], right: &[f32], what: &str) {
    assert_eq!(left.len(), right.len(), "{what}");
    let scale = left.iter().fold(1e-6f32, |scale, value| scale.max(value.abs()));
    let close = left.iter().zip(right).all(|(left, right)| (left - right).abs() <= 1e-4 * scale);
    assert!(close, "{what}: the values differ");
}

fn the_name_is_lowercase_and_the_cpu_is_a_device(bench: &Bench<'_>) {
    let name = bench.engine.name();
    assert!(!name.is_empty() && name.chars().all(|letter| letter.is_ascii_lowercase()), "{name}");
    let capabilities = bench.engine.capabilities();
    assert!(capabilities.devices.contains(&Device::Cpu));
    assert!(capabilities.precisions.contains(&Precision::F32));
    assert!(!capabilities.version.is_empty());
}

fn outputs_match_the_signature(bench: &Bench<'_>) {
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

fn a_batch_equals_its_items(bench: &Bench<'_>) {
    for (sample, session) in bench.sessions().filter(|(_, session)| batch_is_free(&**session)) {
        let batched = inputs(&*session, 3, sample.free, 3);
        let batch_output = run(&*session, &batched);

        for item in 0..3 {
            let single = batched.iter().map(|input| {
                let shape = [&[1], &input.shape()[1..]].concat();
                Tensor::new(shape, input.items().nth(item).unwrap().to_vec()).unwrap()
            });
            let single_output = run(&*session, &single.collect::<Vec<_>>());

            for (batch_output, single_output) in batch_output.iter().zip(&single_output) {
                assert_eq!(batch_output.shape()[0], 3, "{}", sample.model.id);
                let item = batch_output.items().nth(item).unwrap();
                assert_close(single_output.values(), item, sample.model.id.as_str());
            }
        }
    }
}

fn concurrent_runs_equal_sequential_runs(bench: &Bench<'_>) {
    for (sample, session) in bench.sessions() {
        let inputs: Vec<_> = (0..4).map(|seed| inputs(&*session, 1, sample.free, seed)).collect();
        let sequential: Vec<_> = inputs.iter().map(|inputs| run(&*session, inputs)).collect();
        let concurrent: Vec<_> = thread::scope(|scope| {
            let session = &*session;
            let runs: Vec<_> =
                inputs.iter().map(|inputs| scope.spawn(move || run(session, inputs))).collect();
            runs.into_iter().map(|run| run.join().unwrap()).collect()
        });
        assert!(sequential == concurrent, "{}: the values differ", sample.model.id);
    }
}

fn the_number_of_threads_does_not_change_the_output(bench: &Bench<'_>) {
    for (sample, session) in bench.sessions() {
        let options = SessionOptions { threads: 2.try_into().unwrap(), ..SessionOptions::default() };
        let parallel = bench.engine.load(&sample.model, &options).unwrap();
        let inputs = inputs(&*session, 1, sample.free, 4);
        for (one, two) in run(&*session, &inputs).iter().zip(run(&*parallel, &inputs)) {
            assert_close(one.values(), two.values(), sample.model.id.as_str());
        }
    }
}

fn missing_and_surplus_inputs_are_refused(bench: &Bench<'_>) {
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
            assert_refused(&*session, sample, tensor(shape, 6));
        }
    }
}

fn a_wrong_rank_is_refused(bench: &Bench<'_>) {
    for (sample, session) in bench.sessions() {
        let mut shape = shape(&session.signature().inputs[0], 1, sample.free);
        shape.push(1);
        assert_refused(&*session, sample, tensor(shape, 7));
    }
}

/// Asserts that the session refuses `first` as its first input.
#[track_caller]
fn assert_refused(session: &dyn Session, sample: &ModelSample, first: Tensor) {
    let mut inputs = inputs(session, 1, sample.free, 8);
    inputs[0] = first;
    let views: Vec<_> = inputs.iter().map(Tensor::view).collect();
    assert_code(session.run(&views), "inference.shape_mismatch");
}

fn an_absent_device_is_refused(bench: &Bench<'_>) {
    let options = SessionOptions { device: Device::Cuda(999), ..SessionOptions::default() };
    let refused = bench.engine.load(&bench.samples[0].model, &options);
    assert_code(refused, "inference.unsupported_option");
}

fn an_unsupported_precision_is_refused(bench: &Bench<'_>) {
    if bench.engine.capabilities().precisions.contains(&Precision::F16) {
        return;
    }
    let options = SessionOptions { precision: Precision::F16, ..SessionOptions::default() };
    assert_code(bench.engine.load(&bench.samples[0].model, &options), "inference.unsupported_option");
}

fn bytes_that_are_not_a_model_are_refused(bench: &Bench<'_>) {
    for bytes in [&b""[..], b"no model", &[0; 64], &[0xff; 64], b"\x08\x08\x3a\x00"] {
        let model = ModelArtifact { id: ModelId::new("garbage"), onnx: bytes.into() };
        assert_code(bench.engine.load(&model, &SessionOptions::default()), "inference.invalid_model");
    }
}

/// A file truncated between two fields can still be a valid model, so loading may succeed, but it must not
/// crash.
fn a_truncated_model_is_refused_or_loads(bench: &Bench<'_>) {
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
