//! The handle [`Oz`].

use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;

use oz_core::analysis::port::Analyzer;
use oz_core::analysis::{
    AnalysisOutcome, AnalysisRequest, AnalysisScope, Challenge, ChallengeRules, Comparison, FacePipeline,
    ObservedFace, Progress,
};
use oz_core::face::FeatureVector;
use oz_core::media::port::{FrameSource, MediaDecoder};
use oz_core::media::{DecodeLimits, FrameList, Image};
use oz_core::system::port::Clock;

use crate::{EngineInfo, Error, Media, OzBuilder, Result, batch};

/// Loaded models, ready to analyse media: the entry point of the library.
///
/// Create one with [`Oz::builder`] and keep it. It is cheap to clone, and threads share it without a lock.
///
/// | method | result |
/// |---|---|
/// | [`analyze`](Self::analyze) | everything about one recording, including liveness |
/// | [`inspect`](Self::inspect) | all faces of one picture, with quality |
/// | [`compare`](Self::compare) | whether two media show the same person (1:1) |
/// | [`features`](Self::features) | a feature vector, to store and compare later |
/// | [`challenge`](Self::challenge) | random gestures to ask for |
#[cfg_attr(feature = "memory", doc = "| [`collection`](Self::collection) | known faces, to search (1:N) |")]
///
/// ```
/// use oz::{AnalysisRequest, Image, Oz, PadVerdict};
///
/// # fn main() -> oz::Result<()> {
/// let oz = Oz::builder().build()?;
/// let wall = Image::from_fn(320, 240, |x, y| [(x / 2) as u8, y as u8, 90]);
///
/// // No face is an outcome, not an error.
/// let outcome = oz.analyze(&wall, &AnalysisRequest::default())?;
/// assert!(outcome.best_shot.is_none());
/// assert_eq!(outcome.liveness.verdict, PadVerdict::Inconclusive);
/// assert_eq!(outcome.liveness.reasons, ["no face was found"]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Oz(pub(crate) Arc<Parts>);

pub(crate) struct Parts {
    pub(crate) pipeline: FacePipeline,
    pub(crate) analyzer: Arc<dyn Analyzer>,
    pub(crate) decoder: Arc<dyn MediaDecoder>,
    pub(crate) limits: DecodeLimits,
    pub(crate) engine: EngineInfo,
    pub(crate) engine_choice: String,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Oz {
    /// Starts a builder with the default configuration.
    #[must_use]
    pub fn builder() -> OzBuilder {
        OzBuilder::default()
    }

    /// Analyses one recording: faces, quality, gestures, best shot, features, liveness, and the comparison
    /// with the reference of the request. A recording without a face is an outcome, not an error.
    ///
    /// # Errors
    /// `file.unreadable`, the codes of `media`, `inference.failed`, `input.invalid_value` for frames whose
    /// times fall.
    pub fn analyze(&self, media: impl Into<Media>, request: &AnalysisRequest) -> Result<AnalysisOutcome> {
        self.analyze_with_progress(media, request, &mut |_| ControlFlow::Continue(()))
    }

    /// [`Oz::analyze`], calling `progress` after each frame. `ControlFlow::Break` ends the analysis.
    ///
    /// # Errors
    /// As [`Oz::analyze`], and `analysis.cancelled`.
    pub fn analyze_with_progress(
        &self,
        media: impl Into<Media>,
        request: &AnalysisRequest,
        progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<AnalysisOutcome> {
        let mut source = self.open(media.into())?;
        Ok(self.0.analyzer.analyze(&mut *source, request, progress)?)
    }

    /// Analyses many recordings, on as many threads as there are cores. Results are in the order of `media`;
    /// one that fails does not affect the others.
    pub fn analyze_all<M>(
        &self,
        media: impl IntoIterator<Item = M>,
        request: &AnalysisRequest,
    ) -> Vec<Result<AnalysisOutcome>>
    where
        M: Into<Media>,
    {
        let media: Vec<Media> = media.into_iter().map(Into::into).collect();
        batch::in_parallel(media, |media| self.analyze(media, request))
    }

    /// Draws random gestures for a subject to make, issued now. `seed` must be unpredictable, such as the 128
    /// bits of a fresh random ID. Store the challenge, pass it with the recording that answers it
    /// ([`AnalysisRequest::challenge`]), and accept one answer only.
    ///
    /// # Errors
    /// `input.invalid_value` for rules that no challenge can meet.
    pub fn challenge(&self, seed: u128, rules: &ChallengeRules) -> Result<Challenge> {
        Ok(Challenge::draw(seed, self.0.clock.now(), rules)?)
    }

    /// Locates all faces of a picture, or of the first frame of a video, largest first; returns the picture
    /// as well.
    ///
    /// # Errors
    /// As [`Oz::analyze`].
    pub fn inspect(&self, media: impl Into<Media>) -> Result<(Image, Vec<ObservedFace>)> {
        let image = self.decode(media.into())?;
        let faces = self.0.pipeline.inspect(&image)?;
        Ok((image, faces))
    }

    /// Extracts the features of the most prominent face of a picture (large, near the middle), or of the best
    /// shot of a video. No PAD model runs.
    ///
    /// # Errors
    /// As [`Oz::analyze`], and `analysis.no_face`.
    pub fn features(&self, media: impl Into<Media>) -> Result<FeatureVector> {
        let media = media.into();
        let what = media.describe();
        self.analyze(media, &features_only())?.features.ok_or(Error::NoFace { what })
    }

    /// [`Oz::features`] of media that show at most one face in every frame, as enrolment requires: with
    /// several faces it would be unclear which person is enrolled.
    ///
    /// # Errors
    /// As [`Oz::features`], and `analysis.several_faces`.
    pub fn features_of_single_face(&self, media: impl Into<Media>) -> Result<FeatureVector> {
        let media = media.into();
        let what = media.describe();
        let outcome = self.analyze(media, &features_only())?;

        let faces = outcome.recording.frames.iter().map(|frame| frame.faces.len()).max().unwrap_or(0);
        if faces > 1 {
            return Err(Error::SeveralFaces { what, faces });
        }
        outcome.features.ok_or(Error::NoFace { what })
    }

    /// Extracts the features of many media, on as many threads as there are cores. Results are in the order
    /// of `media`.
    pub fn features_all<M>(&self, media: impl IntoIterator<Item = M>) -> Vec<Result<FeatureVector>>
    where
        M: Into<Media>,
    {
        let media: Vec<Media> = media.into_iter().map(Into::into).collect();
        batch::in_parallel(media, |media| self.features(media))
    }

    /// Compares the most prominent faces of two media at the default threshold. No PAD model runs: a photo of
    /// a screen compares like a face.
    ///
    /// # Errors
    /// As [`Oz::features`].
    pub fn compare(&self, probe: impl Into<Media>, reference: impl Into<Media>) -> Result<Comparison> {
        self.compare_features(&self.features(probe)?, &self.features(reference)?, &AnalysisRequest::default())
    }

    /// [`Oz::compare`] for media that must show exactly one face each.
    ///
    /// # Errors
    /// As [`Oz::features_of_single_face`].
    pub fn compare_single_faces(
        &self,
        probe: impl Into<Media>,
        reference: impl Into<Media>,
    ) -> Result<Comparison> {
        let probe = self.features_of_single_face(probe)?;
        let reference = self.features_of_single_face(reference)?;
        self.compare_features(&probe, &reference, &AnalysisRequest::default())
    }

    /// Compares two feature vectors at the threshold of `request`.
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

    /// Decodes a picture, or the first frame of a video.
    ///
    /// # Errors
    /// `file.unreadable`, the codes of `media`.
    pub fn decode(&self, media: impl Into<Media>) -> Result<Image> {
        let frame = self.open(media.into())?.next_frame()?.ok_or(oz_core::Error::MediaNoFrames)?;
        Ok(frame.image)
    }

    /// Opens media; frames are decoded as they are read.
    ///
    /// # Errors
    /// `file.unreadable`, the codes of `media`.
    pub fn open(&self, media: impl Into<Media>) -> Result<Box<dyn FrameSource>> {
        let bytes = match media.into() {
            Media::Image(image) => return Ok(Box::new(FrameList::still(image))),
            Media::Raw(raw) => return Ok(Box::new(FrameList::still(raw.to_image()?))),
            Media::Frames(kind, frames) => return Ok(Box::new(FrameList::new(kind, frames))),
            Media::Bytes(bytes) => bytes,
            Media::Path(path) => crate::input::read_bounded(&path, self.0.limits.bytes)?.into(),
        };
        Ok(self.0.decoder.open(bytes, &self.0.limits)?)
    }

    /// Pipeline of detection, landmarks, quality, features and PAD.
    #[must_use]
    pub fn pipeline(&self) -> &FacePipeline {
        &self.0.pipeline
    }

    /// Decoder that detects formats and opens media.
    #[must_use]
    pub fn decoder(&self) -> Arc<dyn MediaDecoder> {
        self.0.decoder.clone()
    }

    /// Name, version and device of the engine that runs the models.
    #[must_use]
    pub fn engine(&self) -> &EngineInfo {
        &self.0.engine
    }

    /// Reason for the choice of the engine, in words.
    #[must_use]
    pub fn engine_choice(&self) -> &str {
        &self.0.engine_choice
    }
}

fn features_only() -> AnalysisRequest {
    AnalysisRequest { scope: AnalysisScope::Features, ..AnalysisRequest::default() }
}

impl fmt::Debug for Oz {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let engine = &self.0.engine;
        write!(f, "Oz({} {} on {})", engine.name, engine.version, engine.device)
    }
}
