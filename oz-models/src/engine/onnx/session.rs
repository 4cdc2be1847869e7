//! A loaded model. The Rust API runs an ONNX Runtime session on one thread at a time, so a model has a pool
//! of them.

use std::fmt;

use ort::environment::Environment;
use ort::error::ErrorCode;
use ort::session::SessionInputValue;
use ort::session::builder::{GraphOptimizationLevel, SessionBuilder};
use ort::value::{Outlet, TensorElementType, TensorRef, ValueType};
use oz_core::inference::port::Session;
use oz_core::inference::{
    Device, Dim, ModelArtifact, SessionOptions, Signature, Tensor, TensorSpec, TensorView,
};
use oz_core::{Error, Result};

use super::super::shapes;
use super::sessions::{Sessions, Sharing};

/// Maximum number of sessions per model on a GPU: enough to keep one for each of the most frequent numbers of
/// faces per picture, and for a few concurrent runs.
const MAX_GPU_SESSIONS: usize = 6;

pub(super) struct OnnxSession {
    environment: Environment,
    model: ModelArtifact,
    options: SessionOptions,
    signature: Signature,
    sessions: Sessions<ort::session::Session>,
}

impl fmt::Debug for OnnxSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "onnx session of {} on {}", self.model.id, self.options.device)
    }
}

impl OnnxSession {
    pub(super) fn new(
        environment: &Environment,
        model: &ModelArtifact,
        options: &SessionOptions,
    ) -> Result<Self> {
        let session = open(environment, model, options)?;
        let signature = signature(&session, model)?;
        let sharing = match options.device {
            Device::Cpu => Sharing::Free,
            Device::Cuda(_) => Sharing::Kept { most: MAX_GPU_SESSIONS },
        };

        Ok(Self {
            environment: environment.clone(),
            model: model.clone(),
            options: options.clone(),
            signature,
            sessions: Sessions::new(sharing, session),
        })
    }

    fn failed(&self, error: ort::Error) -> Error {
        Error::inference(format!("`{}` on ONNX Runtime", self.model.id), error)
    }
}

impl Session for OnnxSession {
    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn run(&self, inputs: &[TensorView<'_>]) -> Result<Vec<Tensor>> {
        shapes::check(&self.signature, inputs)?;
        let shapes = inputs.iter().map(|input| input.shape().to_vec()).collect();
        let open = || open(&self.environment, &self.model, &self.options);
        let run = |session: &mut _| run(session, inputs).map_err(|error| self.failed(error));
        let tensors = self.sessions.run(shapes, open, run)?;
        tensors.into_iter().map(|(shape, values)| Tensor::new(shape, values)).collect()
    }
}

fn run(
    session: &mut ort::session::Session,
    inputs: &[TensorView<'_>],
) -> ort::Result<Vec<(Vec<usize>, Vec<f32>)>> {
    let mut values = Vec::with_capacity(inputs.len());
    for input in inputs {
        let view = TensorRef::from_array_view((input.shape().to_vec(), input.values()))?;
        values.push(SessionInputValue::from(view));
    }

    let outputs = session.run(values.as_slice())?;
    let tensor = |position: usize| {
        let (shape, values) = outputs[position].try_extract_tensor::<f32>()?;
        let shape = shape.iter().map(|&length| usize::try_from(length).unwrap_or(0)).collect();
        Ok((shape, values.to_vec()))
    };
    (0..outputs.len()).map(tensor).collect()
}

fn open(
    environment: &Environment,
    model: &ModelArtifact,
    options: &SessionOptions,
) -> Result<ort::session::Session> {
    if model.onnx.is_empty() {
        return Err(Error::InferenceInvalidModel {
            model: model.id.to_string(),
            detail: "the file is empty".into(),
        });
    }

    let mut builder = builder(environment, options).map_err(|error| refused(options, &error))?;
    builder.commit_from_memory(&model.onnx).map_err(|error| invalid(model, options, error))
}

fn builder(environment: &Environment, options: &SessionOptions) -> ort::Result<SessionBuilder> {
    let builder = ort::session::Session::builder(environment)?
        .with_optimization_level(GraphOptimizationLevel::All)?
        .with_inter_threads(1)?
        .with_intra_threads(options.threads.get())?;
    match options.device {
        Device::Cpu => Ok(builder),
        Device::Cuda(number) => cuda(builder, number),
    }
}

#[cfg(feature = "cuda")]
fn cuda(builder: SessionBuilder, number: u32) -> ort::Result<SessionBuilder> {
    use ort::ep::cuda::ConvAlgorithmSearch;
    // By default ONNX Runtime rounds factors to TF32 (a 10-bit mantissa), below the requested precision, and
    // benchmarks every convolution algorithm for every new shape: seconds for each number of faces that a
    // batch may have.
    let provider = ort::ep::CUDA::default()
        .with_device_id(number.cast_signed())
        .with_tf32(false)
        .with_conv_algorithm_search(ConvAlgorithmSearch::Heuristic);
    Ok(builder.with_execution_providers([provider.build().error_on_failure()])?)
}

#[cfg(not(feature = "cuda"))]
fn cuda(_: SessionBuilder, number: u32) -> ort::Result<SessionBuilder> {
    Err(ort::Error::new(format!("cuda:{number} without the cargo feature `cuda`")))
}

fn refused(options: &SessionOptions, error: &ort::Error) -> Error {
    match options.device {
        Device::Cpu => super::unsupported(error.message().to_owned()),
        device => super::unsupported(format!("device {device} ({})", error.message())),
    }
}

fn invalid(model: &ModelArtifact, options: &SessionOptions, error: ort::Error) -> Error {
    let (model, detail) = (model.id.to_string(), error.message().to_owned());
    let unknown = detail.contains("is not a registered function/op")
        || detail.contains("Could not find an implementation");
    match error.code() {
        ErrorCode::NotImplemented => Error::InferenceUnsupportedOperator { model, operator: detail },
        _ if unknown => Error::InferenceUnsupportedOperator { model, operator: detail },
        _ if options.device != Device::Cpu => Error::inference(format!("loading `{model}`"), error),
        _ => Error::InferenceInvalidModel { model, detail },
    }
}

fn signature(session: &ort::session::Session, model: &ModelArtifact) -> Result<Signature> {
    let inputs = session.inputs().iter().map(|outlet| spec(outlet, model)).collect::<Result<_>>()?;
    let outputs = session.outputs().iter().map(|outlet| spec(outlet, model)).collect::<Result<_>>()?;
    Ok(Signature { inputs, outputs })
}

fn spec(outlet: &Outlet, model: &ModelArtifact) -> Result<TensorSpec> {
    let ValueType::Tensor { ty: TensorElementType::Float32, shape, .. } = outlet.dtype() else {
        return Err(Error::InferenceUnsupportedOperator {
            model: model.id.to_string(),
            operator: format!("`{}`, which is not an f32 tensor,", outlet.name()),
        });
    };
    let dim = |&length: &i64| usize::try_from(length).ok().filter(|&length| length > 0);
    let dims = shape.iter().map(|length| dim(length).map_or(Dim::Dynamic, Dim::Fixed));
    Ok(TensorSpec { name: outlet.name().to_owned(), shape: dims.collect() })
}
