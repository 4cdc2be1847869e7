//! Builder of an [`Oz`].

use std::sync::Arc;

use oz_core::analysis::liveness::port::LivenessLayer;
use oz_core::analysis::port::Analyzer;
use oz_core::analysis::{FacePipeline, FaceStages};
use oz_core::face::port::{FaceDetector, FeatureExtractor, LandmarkEstimator, PadDetector, QualityAssessor};
use oz_core::inference::port::Engine;
use oz_core::media::port::MediaDecoder;
use oz_core::system::port::Clock;
use oz_models::engine::Engines;
use oz_models::quality::MeasuredQuality;

use crate::assembly::{ModelLoader, OwnEngine, decoder, engine};
use crate::facade::Parts;
use crate::{Config, Oz, Result, SystemClock};

/// Builder of an [`Oz`] from a configuration and, optionally, parts of the application. Parts that are not
/// set are the built-in ones.
///
/// ```
/// use oz::{Config, Oz};
///
/// # fn main() -> oz::Result<()> {
/// let config = Config::from_toml("mirrored = true")?;
/// let oz = Oz::builder().config(config).engine("candle").build()?;
/// assert_eq!(oz.engine().name, "candle");
///
/// let unknown = Oz::builder().engine("abacus").build().unwrap_err();
/// assert_eq!(unknown.code(), "inference.engine_unknown");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Default)]
pub struct OzBuilder {
    config: Config,
    engine: Option<OwnEngine>,
    decoder: Option<Arc<dyn MediaDecoder>>,
    detector: Option<Arc<dyn FaceDetector>>,
    landmarks: Option<Arc<dyn LandmarkEstimator>>,
    extractor: Option<Arc<dyn FeatureExtractor>>,
    pad: Option<Arc<dyn PadDetector>>,
    quality: Option<Arc<dyn QualityAssessor>>,
    layers: Vec<Arc<dyn LivenessLayer>>,
    analyzer: Option<Arc<dyn Analyzer>>,
    clock: Option<Arc<dyn Clock>>,
    uncalibrated: bool,
}

impl OzBuilder {
    /// Sets the whole configuration.
    #[must_use]
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// Selects an engine by name: `auto`, `onnx`, `candle`, or one of [`OzBuilder::engines`].
    #[must_use]
    pub fn engine(mut self, name: impl Into<String>) -> Self {
        self.config.engine = name.into();
        self
    }

    /// Runs the models on an engine of the application. Overrides the engine in the configuration and
    /// replaces [`OzBuilder::engines`].
    #[must_use]
    pub fn custom_engine(mut self, engine: Arc<dyn Engine>) -> Self {
        self.engine = Some(OwnEngine::Ready(engine));
        self
    }

    /// Looks up the configured engine in this registry, so that a configuration can name engines of the
    /// application. `auto` still selects among the built-in engines. Replaces [`OzBuilder::custom_engine`].
    #[must_use]
    pub fn engines(mut self, engines: Engines) -> Self {
        self.engine = Some(OwnEngine::Registered(engines));
        self
    }

    /// Replaces the media decoder.
    #[must_use]
    pub fn decoder(mut self, decoder: Arc<dyn MediaDecoder>) -> Self {
        self.decoder = Some(decoder);
        self
    }

    /// Replaces the face detector.
    #[must_use]
    pub fn detector(mut self, detector: Arc<dyn FaceDetector>) -> Self {
        self.detector = Some(detector);
        self
    }

    /// Replaces the landmark estimator.
    #[must_use]
    pub fn landmarks(mut self, landmarks: Arc<dyn LandmarkEstimator>) -> Self {
        self.landmarks = Some(landmarks);
        self
    }

    /// Replaces the feature extractor.
    #[must_use]
    pub fn extractor(mut self, extractor: Arc<dyn FeatureExtractor>) -> Self {
        self.extractor = Some(extractor);
        self
    }

    /// Replaces the PAD model of the appearance layer.
    #[must_use]
    pub fn pad(mut self, pad: Arc<dyn PadDetector>) -> Self {
        self.pad = Some(pad);
        self
    }

    /// Replaces the quality assessor.
    #[must_use]
    pub fn quality(mut self, quality: Arc<dyn QualityAssessor>) -> Self {
        self.quality = Some(quality);
        self
    }

    /// Adds a liveness layer to the built-in ones.
    #[must_use]
    pub fn liveness_layer(mut self, layer: Arc<dyn LivenessLayer>) -> Self {
        self.layers.push(layer);
        self
    }

    /// Replaces the analysis of recordings. [`Oz::inspect`] and comparisons still use the built-in pipeline.
    #[must_use]
    pub fn analyzer(mut self, analyzer: Arc<dyn Analyzer>) -> Self {
        self.analyzer = Some(analyzer);
        self
    }

    /// Replaces the system clock.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Also accepts extractors without known operating points. Their scores, rates and decisions are
    /// meaningless: use such a handle only to measure similarities for a calibration.
    #[must_use]
    pub fn allow_uncalibrated(mut self) -> Self {
        self.uncalibrated = true;
        self
    }

    /// Loads the models.
    ///
    /// # Errors
    /// `inference.engine_unknown`, `inference.engine_unavailable`, `inference.unsupported_option`,
    /// `model.unknown`, `model.not_installed`, `model.digest_mismatch`, `model.invalid_manifest`,
    /// `model.commercial_use_restricted`.
    pub fn build(self) -> Result<Oz> {
        let config = &self.config;
        config.ensure_valid()?;
        let (engine, engine_choice) = engine(config, self.engine)?;
        let loader = ModelLoader::new(config, engine, self.uncalibrated)?;
        let stages = FaceStages {
            detector: custom_or(self.detector, || loader.detector())?,
            landmarks: custom_or(self.landmarks, || loader.landmarks())?,
            quality: self.quality.unwrap_or_else(|| Arc::new(MeasuredQuality)),
            extractor: Some(custom_or(self.extractor, || {
                loader.extractor(&config.extractors, config.mirrored)
            })?),
            pad: match self.pad {
                Some(pad) => Some(pad),
                None => loader.pad(&config.pad_models)?,
            },
        };
        let clock = self.clock.unwrap_or_else(|| Arc::new(SystemClock));
        let pipeline = FacePipeline::new(stages, config.liveness.clone(), clock.clone());
        let pipeline = self.layers.into_iter().fold(pipeline, FacePipeline::with_layer);

        Ok(Oz(Arc::new(Parts {
            analyzer: self.analyzer.unwrap_or_else(|| Arc::new(pipeline.clone())),
            pipeline,
            decoder: custom_or(self.decoder, || decoder(config))?,
            limits: config.limits.clone(),
            engine: loader.engine_report(),
            engine_choice,
            clock,
        })))
    }
}

fn custom_or<T: ?Sized>(custom: Option<Arc<T>>, built_in: impl FnOnce() -> Result<Arc<T>>) -> Result<Arc<T>> {
    custom.map_or_else(built_in, Ok)
}
