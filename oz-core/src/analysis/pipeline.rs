//! The face pipeline: detection, landmarks, quality, features, presentation attack detection.

use std::cmp::Ordering;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use super::liveness::port::LivenessLayer;
use super::liveness::{self, Liveness, LivenessPolicy, texture};
use super::port::Analyzer;
use super::{
    AnalysisOutcome, AnalysisRequest, AnalysisScope, BestShot, ChallengeOutcome, Comparison,
    FrameObservation, ObservedFace, Progress, Recording, Stage, Timings,
};
use crate::face::gesture::{self, GestureEvent, GestureSample};
use crate::face::port::{FaceDetector, FeatureExtractor, LandmarkEstimator, PadDetector, QualityAssessor};
use crate::face::{FaceSample, FeatureVector, LocatedFace, PadScore, Point};
use crate::inference::ModelId;
use crate::media::port::FrameSource;
use crate::media::{Frame, Image, MediaKind};
use crate::system::port::Clock;
use crate::{Error, Result};

/// Adapters of the pipeline, one per stage.
#[derive(Debug, Clone)]
pub struct FaceStages {
    /// Face detector.
    pub detector: Arc<dyn FaceDetector>,
    /// Estimator of the 478-point mesh and the expression.
    pub landmarks: Arc<dyn LandmarkEstimator>,
    /// Assessor of face image quality.
    pub quality: Arc<dyn QualityAssessor>,
    /// Feature extractor. Without it nothing is compared and the identity layer gives no evidence.
    pub extractor: Option<Arc<dyn FeatureExtractor>>,
    /// PAD model for single frames. Without it the appearance layer gives no evidence, so no recording is
    /// bona fide.
    pub pad: Option<Arc<dyn PadDetector>>,
}

/// Analysis of recordings and single images with one set of models.
///
/// Immutable and cheap to clone; one pipeline serves any number of threads.
#[derive(Debug, Clone)]
pub struct FacePipeline {
    stages: FaceStages,
    policy: LivenessPolicy,
    layers: Vec<Arc<dyn LivenessLayer>>,
    clock: Arc<dyn Clock>,
}

/// Minimum presence, 0..=1, that the mesh model must give a detection. Real faces that are turned or small go
/// down to 0.5.
const MIN_PRESENCE: f32 = 0.1;
/// Minimum intersection over union with the subject's box in the previous frame for a face to be the same
/// subject.
const SAME_SUBJECT_IOU: f32 = 0.3;
/// Maximum yaw and pitch in degrees at which features are sampled: beyond it they say little about identity.
const FEATURES_MAX_TURN: f32 = 25.0;

impl FacePipeline {
    /// Assembles a pipeline. `clock` is used for [`Timings`] only.
    #[must_use]
    pub fn new(stages: FaceStages, policy: LivenessPolicy, clock: Arc<dyn Clock>) -> Self {
        Self { stages, policy, layers: Vec::new(), clock }
    }

    /// Adds a liveness layer to the built-in ones.
    #[must_use]
    pub fn with_layer(mut self, layer: Arc<dyn LivenessLayer>) -> Self {
        self.layers.push(layer);
        self
    }

    /// Adapters in use.
    #[must_use]
    pub fn stages(&self) -> &FaceStages {
        &self.stages
    }

    /// Rules of the liveness verdict.
    #[must_use]
    pub fn policy(&self) -> &LivenessPolicy {
        &self.policy
    }

    /// IDs of all models in use, in the order of the stages.
    #[must_use]
    pub fn models(&self) -> Vec<ModelId> {
        let stages = &self.stages;

        let mut models = stages.detector.models();
        models.extend(stages.landmarks.models());
        models.extend(stages.extractor.iter().flat_map(|extractor| extractor.models()));
        models.extend(stages.pad.iter().flat_map(|pad| pad.models()));
        models
    }

    /// Locates all faces of one image, largest first, each with mesh, pose and quality. An image without a
    /// face gives an empty list.
    ///
    /// # Errors
    /// `inference.failed`, `analysis.degenerate_landmarks`.
    pub fn inspect(&self, image: &Image) -> Result<Vec<ObservedFace>> {
        self.observe_faces(image, &mut Timings::default())
    }

    /// Extracts the feature vector of one face. `face` is in pixels of `image`.
    ///
    /// # Errors
    /// `inference.failed` and `analysis.degenerate_landmarks` from the extractor; `input.invalid_value` when
    /// the pipeline has no extractor.
    pub fn features(&self, image: &Image, face: &LocatedFace) -> Result<FeatureVector> {
        let vectors = self.extractor()?.extract(&[FaceSample { image, face }])?;
        vectors.into_iter().next().ok_or_else(|| Error::InferenceFailed {
            detail: "the feature extractor returned no vector for a face".into(),
            source: None,
        })
    }

    /// Compares two feature vectors at `request.threshold`. Symmetric in `probe` and `reference`.
    ///
    /// # Errors
    /// `analysis.incomparable_features` when the vectors come from different models; `input.invalid_value`
    /// when the pipeline has no extractor.
    pub fn compare(
        &self,
        probe: &FeatureVector,
        reference: &FeatureVector,
        request: &AnalysisRequest,
    ) -> Result<Comparison> {
        let calibration = self.extractor()?.calibration();
        let similarity = probe.similarity(reference)?;
        let score = calibration.score(similarity);
        Ok(Comparison { score, fmr: calibration.fmr(similarity), decision: score.decide(request.threshold) })
    }

    fn extractor(&self) -> Result<&Arc<dyn FeatureExtractor>> {
        self.stages.extractor.as_ref().ok_or_else(|| Error::InvalidValue {
            name: "pipeline",
            detail: "comparison needs a feature extractor, but none is configured".into(),
        })
    }

    /// Runs `work` and adds its wall-clock time to `stage`, also when it fails.
    fn timed<T>(&self, timings: &mut Timings, stage: Stage, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let start = self.clock.elapsed();
        let result = work();
        timings.add(stage, self.clock.elapsed().saturating_sub(start));
        result
    }

    fn observe_faces(&self, image: &Image, timings: &mut Timings) -> Result<Vec<ObservedFace>> {
        let stages = &self.stages;

        let detections = self.timed(timings, Stage::Detect, || stages.detector.detect(image))?;
        if detections.is_empty() {
            return Ok(Vec::new());
        }

        let meshes =
            self.timed(timings, Stage::Landmarks, || stages.landmarks.estimate(image, &detections))?;
        let faces: Vec<_> = detections
            .into_iter()
            .zip(meshes)
            .filter(|(_, mesh)| mesh.presence >= MIN_PRESENCE)
            .map(|(detection, mesh)| LocatedFace::new(detection, mesh))
            .collect();

        let reports = self.timed(timings, Stage::Quality, || stages.quality.assess(image, &faces))?;
        Ok(faces.into_iter().zip(reports).map(|(face, quality)| ObservedFace { face, quality }).collect())
    }
}

impl Analyzer for FacePipeline {
    fn analyze(
        &self,
        media: &mut dyn FrameSource,
        request: &AnalysisRequest,
        progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<AnalysisOutcome> {
        let mut pass = Pass::new(self, request);
        let total = media.info().frames;

        while let Some(frame) = pass.next_frame(media)? {
            pass.observe(&frame)?;
            let progress = progress(Progress { frames: pass.frames, total, time: frame.time });
            if progress.is_break() {
                return Err(Error::Cancelled);
            }
        }

        pass.finish(media)
    }
}

/// One pass over the frames of a recording.
struct Pass<'a> {
    pipeline: &'a FacePipeline,
    request: &'a AnalysisRequest,
    frames: u64,
    duration: Duration,
    recording: Recording,
    /// Best shot so far, with its features if that frame was sampled for them.
    best_shot: Option<(BestShot, Option<FeatureVector>)>,
    timings: Timings,
    /// Presentation times of the last frames that were sampled for faces, features and PAD.
    last_faces: Option<Duration>,
    last_features: Option<Duration>,
    last_pad: Option<Duration>,
}

impl<'a> Pass<'a> {
    fn new(pipeline: &'a FacePipeline, request: &'a AnalysisRequest) -> Self {
        Self {
            pipeline,
            request,
            frames: 0,
            duration: Duration::ZERO,
            recording: Recording::default(),
            best_shot: None,
            timings: Timings::default(),
            last_faces: None,
            last_features: None,
            last_pad: None,
        }
    }

    fn judges_liveness(&self) -> bool {
        self.request.scope == AnalysisScope::Full
    }

    fn next_frame(&mut self, media: &mut dyn FrameSource) -> Result<Option<Frame>> {
        self.pipeline.timed(&mut self.timings, Stage::Decode, || media.next_frame())
    }

    /// Counts a frame and, when sampling says so, records what it shows.
    fn observe(&mut self, frame: &Frame) -> Result<()> {
        // Sampling, gestures and motion rest on time going forward.
        if frame.time < self.duration {
            let detail = format!("frame {} is earlier than the one before it", frame.index);
            return Err(Error::InvalidValue { name: "frames", detail });
        }

        self.frames += 1;
        self.duration = frame.time;
        if !mark_if_due(&mut self.last_faces, frame.time, self.request.sampling.faces_every) {
            return Ok(());
        }

        let faces = self.pipeline.observe_faces(&frame.image, &mut self.timings)?;
        let subject = self.subject_among(&faces, &frame.image);
        let mut observation = FrameObservation::new(frame, faces, subject);

        if let Some(subject) = observation.subject() {
            let sample = FaceSample { image: &frame.image, face: &subject.face };

            let features = self.sample_features(sample, frame.time)?;
            if self.best_shot.as_ref().is_none_or(|(best, _)| best.is_beaten_by(subject)) {
                self.best_shot = Some((BestShot::new(frame, subject), features.clone()));
            }

            let (appearance, periodicity) = self.sample_pad(sample, frame.time)?;
            observation = FrameObservation { features, appearance, periodicity, ..observation };
        }

        self.recording.frames.push(observation);
        Ok(())
    }

    /// Index of the face that overlaps the subject of the previous frame most, or of the most prominent face
    /// if none overlaps enough.
    fn subject_among(&self, faces: &[ObservedFace], image: &Image) -> Option<usize> {
        let prominent = most_prominent(faces, image);
        let Some(last) = self.recording.frames.last().and_then(FrameObservation::subject) else {
            return prominent;
        };

        let last_box = last.face.detection.bounding_box;
        faces
            .iter()
            .map(|face| face.face.detection.bounding_box.iou(&last_box))
            .enumerate()
            .filter(|(_, iou)| *iou >= SAME_SUBJECT_IOU)
            .max_by(by_value_then_first)
            .map(|(index, _)| index)
            .or(prominent)
    }

    fn sample_features(&mut self, sample: FaceSample<'_>, now: Duration) -> Result<Option<FeatureVector>> {
        // Features of further frames serve only the identity layer of liveness.
        let pose = sample.face.pose;
        if !self.judges_liveness()
            || self.pipeline.stages.extractor.is_none()
            || pose.yaw.abs().max(pose.pitch.abs()) > FEATURES_MAX_TURN
        {
            return Ok(None);
        }

        // Checked last: a turned face does not use up the interval, so the next frontal one is sampled.
        if !mark_if_due(&mut self.last_features, now, self.request.sampling.features_every) {
            return Ok(None);
        }
        self.features(sample).map(Some)
    }

    fn features(&mut self, sample: FaceSample<'_>) -> Result<FeatureVector> {
        let pipeline = self.pipeline;
        pipeline.timed(&mut self.timings, Stage::Features, || pipeline.features(sample.image, sample.face))
    }

    /// Scores the subject's appearance with the PAD model and measures the periodicity of its texture.
    fn sample_pad(
        &mut self,
        sample: FaceSample<'_>,
        now: Duration,
    ) -> Result<(Option<PadScore>, Option<f32>)> {
        if !self.judges_liveness() || !mark_if_due(&mut self.last_pad, now, self.request.sampling.pad_every) {
            return Ok((None, None));
        }

        let pad = self.pipeline.stages.pad.as_ref();
        self.pipeline.timed(&mut self.timings, Stage::Pad, || {
            let scores = pad.map(|pad| pad.score(&[sample])).transpose()?;
            Ok((scores.and_then(|scores| scores.first().copied()), texture::periodicity(sample)))
        })
    }

    /// Derives features, comparison, gestures, challenge outcome and liveness from the whole recording.
    fn finish(mut self, media: &dyn FrameSource) -> Result<AnalysisOutcome> {
        let (best_shot, features) = self.best_shot_with_features()?;
        let comparison = match (&features, &self.request.reference) {
            (Some(probe), Some(reference)) => Some(self.pipeline.compare(probe, reference, self.request)?),
            _ => None,
        };

        let samples: Vec<_> = self
            .recording
            .subjects()
            .map(|(frame, subject)| GestureSample::new(frame.time, &subject.face))
            .collect();
        let gestures = gesture::find(&samples);

        // Only a video has real times; those of a shot set are made up by the decoder.
        let true_times = media.info().kind == MediaKind::Video;
        let attempt = self.request.challenge.as_ref().filter(|_| !samples.is_empty());
        let challenge = attempt.map(|attempt| attempt.check(&gestures, true_times));

        let liveness = self.liveness(media, &gestures, challenge.as_ref());
        Ok(AnalysisOutcome {
            media: media.info().clone(),
            frames_decoded: self.frames,
            duration: self.duration,
            recording: self.recording,
            gestures,
            challenge,
            best_shot,
            features,
            liveness,
            comparison,
            models: self.pipeline.models(),
            timings: self.timings,
        })
    }

    /// Best shot and its features, extracted now if that frame was not sampled for them.
    fn best_shot_with_features(&mut self) -> Result<(Option<BestShot>, Option<FeatureVector>)> {
        let Some((best, sampled)) = self.best_shot.take() else {
            return Ok((None, None));
        };

        let features = if sampled.is_none() && self.pipeline.stages.extractor.is_some() {
            Some(self.features(FaceSample { image: &best.image, face: &best.subject.face })?)
        } else {
            sampled
        };
        Ok((Some(best), features))
    }

    fn liveness(
        &self,
        media: &dyn FrameSource,
        gestures: &[GestureEvent],
        challenge: Option<&ChallengeOutcome>,
    ) -> Liveness {
        if !self.judges_liveness() {
            return Liveness::not_requested();
        }

        let calibration = self.pipeline.stages.extractor.as_ref().map(|extractor| extractor.calibration());
        let presentation = liveness::Presentation {
            recording: &self.recording,
            kind: media.info().kind,
            gestures,
            asked: &self.request.actions,
            challenge,
            calibration,
        };
        let evidence = liveness::gather(&presentation, &self.pipeline.layers);
        self.pipeline.policy.decide(evidence)
    }
}

/// Index of the largest face near the middle: the square root of its area, reduced by up to half towards the
/// corners.
fn most_prominent(faces: &[ObservedFace], image: &Image) -> Option<usize> {
    let middle = Point::new(image.width() as f32 / 2.0, image.height() as f32 / 2.0);
    let corner_distance = middle.distance(Point::new(0.0, 0.0));

    faces
        .iter()
        .map(|face| face.face.detection.bounding_box)
        .map(|found| {
            let eccentricity = (found.center().distance(middle) / corner_distance).min(1.0);
            found.area().sqrt() * (1.0 - 0.5 * eccentricity)
        })
        .enumerate()
        .max_by(by_value_then_first)
        .map(|(index, _)| index)
}

/// Order under which `max_by` keeps the first of equal values; faces come largest first.
fn by_value_then_first(a: &(usize, f32), b: &(usize, f32)) -> Ordering {
    a.1.total_cmp(&b.1).then(b.0.cmp(&a.0))
}

/// Returns whether `interval` has passed since `last`, and sets `last` to `now` if it has.
fn mark_if_due(last: &mut Option<Duration>, now: Duration, interval: Duration) -> bool {
    let due = last.is_none_or(|last| now >= last + interval);
    if due {
        *last = Some(now);
    }
    due
}
