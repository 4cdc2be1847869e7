//! The handle that applications hold.

use std::fmt;
use std::sync::Arc;

use oz_core::analysis::port::Analyzer;
use oz_core::analysis::{
    AnalysisOutcome, AnalysisRequest, Challenge, ChallengeRules, Comparison, FacePipeline, ObservedFace,
    Progress,
};
use oz_core::face::FeatureVector;
use oz_core::media::port::{FrameSource, MediaDecoder};
use oz_core::media::{DecodeLimits, FrameList, Image};
use oz_core::system::port::Clock;

use crate::{EngineInfo, Error, Media, OzBuilder, Result};

/// Models loaded and ready. Cheap to clone; shared between threads without a lock.
#[derive(Clone)]
pub struct Oz(pub(crate) Arc<Parts>);

pub(crate) struct Parts {
    pub(crate) pipeline: FacePipeline,
    pub(crate) decoder: Arc<dyn MediaDecoder>,
    pub(crate) limits: DecodeLimits,
    pub(crate) engine: EngineInfo,
    pub(crate) engine_choice: String,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Oz {
    /// Starts a configuration.
    #[must_use]
    pub fn builder() -> OzBuilder {
        OzBuilder::default()
    }

    /// Everything about one recording: liveness, gestures, best shot, features, and how alike the subject is to the
    /// reference of the request.
    ///
    /// # Errors
    /// `file.unreadable`, the codes of `media`, `inference.failed`. A recording without a face is no error.
    pub fn analyze(&self, media: impl Into<Media>, request: &AnalysisRequest) -> Result<AnalysisOutcome> {
        self.analyze_with_progress(media, request, &mut |_| {})
    }

    /// [`Oz::analyze`], calling `progress` after each frame.
    ///
    /// # Errors
    /// As [`Oz::analyze`].
    pub fn analyze_with_progress(
        &self,
        media: impl Into<Media>,
        request: &AnalysisRequest,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<AnalysisOutcome> {
        let mut source = self.open(media.into())?;
        Ok(self.0.pipeline.analyze(&mut *source, request, progress)?)
    }

    /// Draws gestures for a subject to make, issued now. `seed` has to be one that nobody can foresee, such as the 128 bits of
    /// a fresh random id. Keep the challenge, give it with the recording that answers it
    /// ([`AnalysisRequest::challenge`]), and answer each only once.
    ///
    /// # Errors
    /// `input.invalid_value` for rules that no challenge can follow.
    pub fn challenge(&self, seed: u128, rules: &ChallengeRules) -> Result<Challenge> {
        Ok(Challenge::draw(seed, self.0.clock.now(), rules)?)
    }

    /// All faces of a picture (or of the first frame of a video), largest first, and the picture.
    ///
    /// # Errors
    /// As [`Oz::analyze`].
    pub fn inspect(&self, media: impl Into<Media>) -> Result<(Image, Vec<ObservedFace>)> {
        let image = self.decode(media.into())?;
        let faces = self.0.pipeline.inspect(&image)?;
        Ok((image, faces))
    }

    /// Features of the most prominent face of a picture (large, near the middle), or of the best shot of a video.
    ///
    /// # Errors
    /// As [`Oz::analyze`], and `analysis.no_face`.
    pub fn features(&self, media: impl Into<Media>) -> Result<FeatureVector> {
        let media = media.into();
        let what = media.describe();
        self.analyze(media, &AnalysisRequest::default())?.features.ok_or(Error::NoFace { what })
    }

    /// How alike the people in two media are.
    ///
    /// # Errors
    /// As [`Oz::features`].
    pub fn compare(&self, probe: impl Into<Media>, reference: impl Into<Media>) -> Result<Comparison> {
        self.compare_features(&self.features(probe)?, &self.features(reference)?, &AnalysisRequest::default())
    }

    /// How alike two feature vectors are, decided at the threshold of `request`.
    ///
    /// # Errors
    /// `analysis.incomparable_features`.
    pub fn compare_features(
        &self,
        probe: &FeatureVector,
        reference: &FeatureVector,
        request: &AnalysisRequest,
    ) -> Result<Comparison> {
        Ok(self.0.pipeline.compare(probe, reference, request)?)
    }

    /// The picture, or the first frame of a video.
    ///
    /// # Errors
    /// `file.unreadable`, the codes of `media`.
    pub fn decode(&self, media: impl Into<Media>) -> Result<Image> {
        let frame = self.open(media.into())?.next_frame()?.ok_or(oz_core::Error::MediaNoFrames)?;
        Ok(frame.image)
    }

    /// The frames of a media file, decoded as they are asked for.
    ///
    /// # Errors
    /// `file.unreadable`, the codes of `media`.
    pub fn open(&self, media: impl Into<Media>) -> Result<Box<dyn FrameSource>> {
        let bytes = match media.into() {
            Media::Image(image) => return Ok(Box::new(FrameList::still(image))),
            Media::Frames(kind, frames) => return Ok(Box::new(FrameList::new(kind, frames))),
            Media::Bytes(bytes) => bytes,
            Media::Path(path) => crate::input::read_bounded(&path, self.0.limits.bytes)?.into(),
        };
        Ok(self.0.decoder.open(bytes, &self.0.limits)?)
    }

    /// The stages that do the work.
    #[must_use]
    pub fn pipeline(&self) -> &FacePipeline {
        &self.0.pipeline
    }

    /// What tells formats and opens media.
    #[must_use]
    pub fn decoder(&self) -> Arc<dyn MediaDecoder> {
        self.0.decoder.clone()
    }

    /// What runs the models.
    #[must_use]
    pub fn engine(&self) -> &EngineInfo {
        &self.0.engine
    }

    /// Why this engine was taken, in plain words.
    #[must_use]
    pub fn engine_choice(&self) -> &str {
        &self.0.engine_choice
    }
}

impl fmt::Debug for Oz {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let engine = &self.0.engine;
        write!(f, "Oz({} {} on {})", engine.name, engine.version, engine.device)
    }
}
