//! From names in a configuration to adapters.

use std::sync::Arc;

use oz_core::face::port::{FaceDetector, FeatureExtractor, LandmarkEstimator, PadDetector};
use oz_core::face::{Calibration, OperatingPoint};
use oz_core::inference::port::{Engine, Session};
use oz_core::inference::{ModelId, SessionOptions};
use oz_core::media::port::MediaDecoder;
use oz_media::{Decoders, FfmpegConfig, FfmpegDecoder};
use oz_models::detection::{self, Cascade};
use oz_models::engine::{self, Engines};
use oz_models::landmarks;
use oz_models::ledger::{CommercialUse, Manifest, Task};
use oz_models::pad::{self, Averaged};
use oz_models::recognition::{
    self, Measurements, Mirrored, Recalibrated, calibration_of, measured_calibration,
};
use oz_models::registry::Registry;

use crate::{Config, EngineInfo, Error, Result};

/// Engine of the application.
#[derive(Debug)]
pub(crate) enum OwnEngine {
    /// Used whatever the configuration says.
    Ready(Arc<dyn Engine>),
    /// Registry that contains the engine named in the configuration.
    Registered(Engines),
}

/// Engine of the application or of the configuration, and the reason for the choice.
pub(crate) fn engine(config: &Config, own: Option<OwnEngine>) -> Result<(Arc<dyn Engine>, String)> {
    let engines = match own {
        Some(OwnEngine::Ready(engine)) => return Ok((engine, "given by the application".into())),
        Some(OwnEngine::Registered(engines)) => engines,
        None => Engines::built_in(&config.engine_config()),
    };

    if config.engine == "auto" {
        return Ok(engine::auto(&config.engine_config(), config.device)?);
    }
    let created = engines.create(&config.engine, &config.session_options())?;
    Ok((created, format!("`{}` was requested", config.engine)))
}

/// The decoders of a configuration.
pub(crate) fn decoder(config: &Config) -> Result<Arc<dyn MediaDecoder>> {
    let standard = Decoders::standard();
    if config.allow_ffmpeg {
        return Ok(Arc::new(standard.with(FfmpegDecoder::new(FfmpegConfig::default())?)));
    }
    Ok(Arc::new(standard))
}

/// Given as the only PAD model, it says that nobody shall judge the appearance.
const NO_MODEL: &str = "none";

/// A scale for similarities that nobody has measured; what it says means nothing.
fn nominal_calibration() -> Calibration {
    let point = |fmr, similarity| OperatingPoint { fmr, similarity, set: "not measured".into() };
    Calibration::from_points(vec![point(1e-2, 0.3), point(1e-4, 0.5)]).expect("the points are in order")
}

/// Loads models by name onto one engine.
pub(crate) struct ModelLoader {
    registry: Registry,
    engine: Arc<dyn Engine>,
    options: SessionOptions,
    commercial_use: bool,
    measurements: Measurements,
    uncalibrated: bool,
}

impl ModelLoader {
    pub(crate) fn new(config: &Config, engine: Arc<dyn Engine>, uncalibrated: bool) -> Result<Self> {
        let options = config.session_options();
        let commercial_use = config.require_commercial_use;
        let measurements = Measurements::read(&config.calibrations)?;
        Ok(Self { registry: config.registry()?, engine, options, commercial_use, measurements, uncalibrated })
    }

    pub(crate) fn engine_report(&self) -> EngineInfo {
        EngineInfo {
            name: self.engine.name().to_owned(),
            version: self.engine.capabilities().version,
            device: self.options.device.to_string(),
        }
    }

    /// The default detectors, in the order of the ledger: each is asked when those before it found nothing.
    pub(crate) fn detector(&self) -> Result<Arc<dyn FaceDetector>> {
        let detectors = self
            .defaults(Task::FaceDetection)?
            .into_iter()
            .map(|manifest| Ok(detection::from_manifest(manifest, self.session(manifest)?)?))
            .collect::<Result<_>>()?;
        Ok(Arc::new(Cascade::new(detectors)))
    }

    /// The default mesh, with the default reader of expressions when there is one.
    pub(crate) fn landmarks(&self) -> Result<Arc<dyn LandmarkEstimator>> {
        let mesh = self.defaults(Task::FaceLandmarks)?[0];
        let blendshapes = self
            .registry
            .ledger()
            .defaults(Task::FaceBlendshapes)
            .next()
            .map(|manifest| Ok::<_, Error>((manifest, self.session(manifest)?)))
            .transpose()?;
        Ok(Arc::new(landmarks::from_manifest((mesh, self.session(mesh)?), blendshapes)?))
    }

    /// The extractors of these names, or the default one; several are fused.
    pub(crate) fn extractor(&self, names: &[String], mirrored: bool) -> Result<Arc<dyn FeatureExtractor>> {
        let manifests = if names.is_empty() {
            vec![self.default_extractor()?]
        } else {
            names.iter().map(|name| self.manifest(name, Task::FaceFeatures)).collect::<Result<_>>()?
        };
        let extractors = manifests
            .into_iter()
            .map(|manifest| self.single_extractor(manifest, mirrored))
            .collect::<Result<_>>()?;
        let joined = recognition::joined(extractors)?;
        Ok(match self.measurements.of(joined.model()) {
            Some(own) => Arc::new(Recalibrated::new(joined, own.clone())),
            None => joined,
        })
    }

    /// The ledger's default, or, where that may not be used commercially and must be, the first that may.
    fn default_extractor(&self) -> Result<&Manifest> {
        let default = self.defaults(Task::FaceFeatures)?[0];
        if !self.commercial_use || default.licence.commercial_use == CommercialUse::Allowed {
            return Ok(default);
        }
        let models = self.registry.ledger().models().iter();
        let mut usable = models
            .filter(|m| m.task == Task::FaceFeatures && m.licence.commercial_use == CommercialUse::Allowed);
        Ok(usable.next().unwrap_or(default))
    }

    fn single_extractor(&self, manifest: &Manifest, mirrored: bool) -> Result<Arc<dyn FeatureExtractor>> {
        let session = self.session(manifest)?;
        let calibration = self.calibration(&manifest.id, || calibration_of(manifest))?;
        let plain = recognition::from_manifest(manifest, session, calibration)?;
        if !mirrored {
            return Ok(Arc::new(plain));
        }
        let space = Mirrored::space(&manifest.id);
        let calibration = self.calibration(&space, || measured_calibration(&space))?;
        Ok(Arc::new(Mirrored::new(plain, calibration)))
    }

    /// The user's own measurement of a space, or else the one that comes with it.
    fn calibration(
        &self,
        space: &ModelId,
        shipped: impl FnOnce() -> oz_core::Result<Calibration>,
    ) -> Result<Calibration> {
        if let Some(own) = self.measurements.of(space) {
            return Ok(own.clone());
        }
        let shipped = shipped();
        if shipped.is_err() && self.uncalibrated {
            return Ok(nominal_calibration());
        }
        Ok(shipped?)
    }

    /// The PAD models of these names, averaged; the defaults when there are no names, none for the name `none`.
    pub(crate) fn pad(&self, names: &[String]) -> Result<Option<Arc<dyn PadDetector>>> {
        let manifests: Vec<_> = match names {
            [] => self.default_pad().collect(),
            [only] if only == NO_MODEL => Vec::new(),
            names => names.iter().map(|name| self.manifest(name, Task::Pad)).collect::<Result<_>>()?,
        };
        if manifests.is_empty() {
            return Ok(None);
        }
        let detectors = manifests
            .into_iter()
            .map(|manifest| Ok(pad::from_manifest(manifest, self.session(manifest)?)?))
            .collect::<Result<_>>()?;
        Ok(Some(Arc::new(Averaged::new(detectors)?)))
    }

    /// The ledger's defaults, without those that may not be used commercially where that is required: then nobody judges the
    /// appearance, and the verdict says so.
    fn default_pad(&self) -> impl Iterator<Item = &Manifest> {
        let usable = |model: &&Manifest| {
            !self.commercial_use || model.licence.commercial_use == CommercialUse::Allowed
        };
        self.registry.ledger().defaults(Task::Pad).filter(usable)
    }

    fn defaults(&self, task: Task) -> Result<Vec<&Manifest>> {
        let found: Vec<_> = self.registry.ledger().defaults(task).collect();
        if found.is_empty() {
            let detail = format!("the ledger has no default model for {task:?}");
            return Err(oz_core::Error::ModelInvalidManifest { detail }.into());
        }
        Ok(found)
    }

    fn manifest(&self, name: &str, task: Task) -> Result<&Manifest> {
        let manifest = self.registry.ledger().get(name)?;
        if manifest.task == task {
            return Ok(manifest);
        }
        Err(Error::Config {
            detail: format!("the model `{name}` is for {:?}, not for {task:?}", manifest.task),
        })
    }

    fn session(&self, manifest: &Manifest) -> Result<Arc<dyn Session>> {
        let artifact = self.registry.artifact(manifest.id.as_str())?;
        Ok(self.engine.load(&artifact, &self.options)?)
    }
}
