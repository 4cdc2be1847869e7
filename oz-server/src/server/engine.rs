//! The engine of a service: examiner, decoder, calibration.

use std::sync::Arc;

use oz::{Config, Error, Oz, Result};
use oz_core::analysis::port::MediaExaminer;
use oz_core::folder::judgement::Judges;
use oz_http::{AnalysisEngine, ServiceInfo};

use crate::examiner::{InProcessExaminer, MeasuredExaminer, ProcessExaminer, WorkerProgram};
use crate::{ExaminerKind, ServiceSettings};

/// Parts of the engine that the application provides.
#[derive(Debug, Default)]
pub(super) struct EngineParts {
    pub(super) oz: Option<Oz>,
    pub(super) examiner: Option<Arc<dyn MediaExaminer>>,
    pub(super) worker: Option<WorkerProgram>,
    pub(super) judges: Judges,
}

/// Place where media are examined.
enum Place {
    Custom(Arc<dyn MediaExaminer>),
    Workers(WorkerProgram),
    InProcess,
}

/// Loads the models unless the application provides a handle. Worker processes load the models as well; this
/// process needs them for the calibration of scores.
pub(super) async fn assemble(
    config: &Config,
    settings: &ServiceSettings,
    parts: EngineParts,
) -> Result<AnalysisEngine> {
    let EngineParts { oz, examiner, worker, judges } = parts;
    let place = place(settings, oz.is_some(), examiner, worker)?;
    let oz = match oz {
        Some(oz) => oz,
        None => load(config.clone()).await?,
    };

    let extractor = oz.pipeline().stages().extractor.clone();
    let calibration = extractor.map(|extractor| extractor.calibration().clone()).ok_or_else(no_extractor)?;
    let info = ServiceInfo {
        core: env!("CARGO_PKG_VERSION").into(),
        engines: vec![format!("{} {}", oz.engine().name, oz.engine().version)],
        models: oz.pipeline().models().iter().map(ToString::to_string).collect(),
    };

    let decoder = oz.decoder();
    let parallelism = settings.parallelism();
    let examiner: Arc<dyn MediaExaminer> = match place {
        Place::Custom(examiner) => examiner,
        Place::Workers(program) => Arc::new(ProcessExaminer::new(config, parallelism, program)?),
        Place::InProcess => Arc::new(InProcessExaminer::new(oz, parallelism)),
    };
    Ok(AnalysisEngine {
        examiner: Arc::new(MeasuredExaminer::new(examiner)),
        decoder,
        calibration,
        judges,
        info,
    })
}

async fn load(config: Config) -> Result<Oz> {
    let loading = tokio::task::spawn_blocking(move || Oz::builder().config(config).build());
    loading.await.expect("loading models does not panic")
}

/// Decides where media are examined. Worker processes are started only from a program that the application
/// named.
fn place(
    settings: &ServiceSettings,
    own_oz: bool,
    examiner: Option<Arc<dyn MediaExaminer>>,
    worker: Option<WorkerProgram>,
) -> Result<Place> {
    if let Some(examiner) = examiner {
        return Ok(Place::Custom(examiner));
    }

    let invalid = |detail: &str| Error::Config { detail: format!("service.examiner: {detail}") };
    match (settings.examiner, worker) {
        (ExaminerKind::InProcess, _) | (ExaminerKind::Auto, None) => Ok(Place::InProcess),
        (ExaminerKind::Process, None) => {
            Err(invalid("`process` needs a worker program (ServerBuilder::worker)"))
        }
        // A worker loads the models of the configuration and would answer differently from the handle.
        (_, Some(_)) if own_oz => Err(invalid("worker processes cannot use the application's own Oz")),
        (_, Some(program)) => Ok(Place::Workers(program)),
    }
}

fn no_extractor() -> Error {
    Error::Config { detail: "extractors: the service requires a feature extractor".into() }
}
