//! Selection of adapters by the names in a configuration.

use std::sync::Arc;

use oz_core::face::port::{FaceDetector, FeatureExtractor, LandmarkEstimator, PadDetector};
use oz_core::face::{Calibration, OperatingPoint};
use oz_core::inference::port::{Engine, Session};
use oz_core::inference::{ModelId, SessionOptions};
use oz_core::media::port::MediaDecoder;
use oz_media::{Decoders, FfmpegConfig, FfmpegDecoder};
use oz_models::detection::{self, Cascade};
use oz_models::engine::Engines;
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
    /// Overrides the engine in the configuration.
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
        return Ok(oz_models::engine::auto(&config.engine_config(), config.device)?);
    }
    let created = engines.create(&config.engine, &config.session_options())?;
    Ok((created, format!("`{}` is configured", config.engine)))
}

/// Returns the built-in decoders, with ffmpeg if the configuration allows it.
pub(crate) fn decoder(config: &Config) -> Result<Arc<dyn MediaDecoder>> {
    let standard = Decoders::standard();
    if config.allow_ffmpeg {
        return Ok(Arc::new(standard.with(FfmpegDecoder::new(FfmpegConfig::default())?)));
    }
    Ok(Arc::new(standard))
}

/// As the only PAD model, disables the appearance layer.
const NO_MODEL: &str = "none";

/// Placeholder scale for models without measured operating points. Its scores and rates are meaningless.
fn nominal_calibration() -> Calibration {
    let point = |fmr, similarity| OperatingPoint { fmr, similarity, set: "not measured".into() };
    Calibration::from_points(vec![point(1e-2, 0.3), point(1e-4, 0.5)])
        .expect("similarity grows as the rate falls")
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

    /// Default detectors, in the order of the ledger. Each runs only if the previous ones found no face.
    pub(crate) fn detector(&self) -> Result<Arc<dyn FaceDetector>> {
        let detectors = self
            .defaults(Task::FaceDetection)?
            .into_iter()
            .map(|manifest| Ok(detection::from_manifest(manifest, self.session(manifest)?)?))
            .collect::<Result<_>>()?;
        Ok(Arc::new(Cascade::new(detectors)))
    }

    /// Default mesh model, with the default expression model if the ledger has one.
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

    /// Extractors with the given names, fused if there are several; the default one without names.
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
        let fused = recognition::joined(extractors)?;
        Ok(match self.measurements.of(fused.model()) {
            Some(own) => Arc::new(Recalibrated::new(fused, own.clone())),
            None => fused,
        })
    }

    /// Default extractor of the ledger. If commercial use is required and the default does not permit it, the
    /// first extractor that does.
    fn default_extractor(&self) -> Result<&Manifest> {
        let default = self.defaults(Task::FaceFeatures)?[0];
        if !self.commercial_use || default.licence.commercial_use == CommercialUse::Allowed {
            return Ok(default);
        }
        let mut models = self.registry.ledger().models().iter();
        let usable = models
            .find(|m| m.task == Task::FaceFeatures && m.licence.commercial_use == CommercialUse::Allowed);
        Ok(usable.unwrap_or(default))
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

    /// Calibration of a feature space: the user's, else the shipped one.
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

    /// PAD models with the given names, averaged; the defaults without names; `None` for the single name
    /// `none`.
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

    /// Default PAD models of the ledger. If commercial use is required, models that do not permit it are left
    /// out; without any model the appearance is not judged, and the verdict says so.
    fn default_pad(&self) -> impl Iterator<Item = &Manifest> {
        self.registry
            .ledger()
            .defaults(Task::Pad)
            .filter(|model| !self.commercial_use || model.licence.commercial_use == CommercialUse::Allowed)
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
