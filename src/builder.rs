//! Choosing what an [`Oz`] is made of.

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

/// Collects a configuration and own adapters; what is not given is built in.
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
    /// Takes a whole configuration.
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

    /// Runs the models on an engine of the application, whatever name the configuration contains. Replaces
    /// [`OzBuilder::engines`].
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

    /// Decodes media with an own decoder.
    #[must_use]
    pub fn decoder(mut self, decoder: Arc<dyn MediaDecoder>) -> Self {
        self.decoder = Some(decoder);
        self
    }

    /// Finds faces with an own detector.
    #[must_use]
    pub fn detector(mut self, detector: Arc<dyn FaceDetector>) -> Self {
        self.detector = Some(detector);
        self
    }

    /// Finds landmarks with an own estimator.
    #[must_use]
    pub fn landmarks(mut self, landmarks: Arc<dyn LandmarkEstimator>) -> Self {
        self.landmarks = Some(landmarks);
        self
    }

    /// Takes features with an own extractor.
    #[must_use]
    pub fn extractor(mut self, extractor: Arc<dyn FeatureExtractor>) -> Self {
        self.extractor = Some(extractor);
        self
    }

    /// Judges the appearance with an own detector of attacks.
    #[must_use]
    pub fn pad(mut self, pad: Arc<dyn PadDetector>) -> Self {
        self.pad = Some(pad);
        self
    }

    /// Judges quality with an own assessor.
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

    /// Analyses recordings with an own analyzer instead of the pipeline. Requests that concern one picture
    /// ([`Oz::inspect`]) and comparisons still use the pipeline.
    #[must_use]
    pub fn analyzer(mut self, analyzer: Arc<dyn Analyzer>) -> Self {
        self.analyzer = Some(analyzer);
        self
    }

    /// Reads the time from an own clock.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Takes extractors for which no operating points are known as well, on a scale that means nothing: for whoever
    /// measures similarities in order to calibrate them. Decisions and rates of such a handle are not to be used.
    #[must_use]
    pub fn allow_uncalibrated(mut self) -> Self {
        self.uncalibrated = true;
        self
    }

    /// Loads the models.
    ///
    /// # Errors
    /// `inference.engine_unknown`, `inference.engine_unavailable`, `inference.unsupported_option`, `model.unknown`,
    /// `model.not_installed`, `model.digest_mismatch`, `model.invalid_manifest`, `model.commercial_use_restricted`.
    pub fn build(self) -> Result<Oz> {
        let config = &self.config;
        let (engine, engine_choice) = engine(config, self.engine)?;
        let loader = ModelLoader::new(config, engine, self.uncalibrated)?;
        let stages = FaceStages {
            detector: given_or(self.detector, || loader.detector())?,
            landmarks: given_or(self.landmarks, || loader.landmarks())?,
            quality: self.quality.unwrap_or_else(|| Arc::new(MeasuredQuality)),
            extractor: Some(given_or(self.extractor, || {
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
            decoder: given_or(self.decoder, || decoder(config))?,
            limits: config.limits.clone(),
            engine: loader.engine_report(),
            engine_choice,
            clock,
        })))
    }
}

fn given_or<T: ?Sized>(given: Option<Arc<T>>, make: impl FnOnce() -> Result<Arc<T>>) -> Result<Arc<T>> {
    given.map_or_else(make, Ok)
}
