//! The face pipeline: detect, find landmarks, judge, choose, compare.

use std::sync::Arc;
use std::time::Duration;

use super::liveness::{self, Liveness, LivenessPolicy, texture};
use super::port::Analyzer;
use super::{
    AnalysisOutcome, AnalysisRequest, BestShot, ChallengeOutcome, Comparison, FrameObservation, ObservedFace,
    Progress, Recording, Stage, Timings,
};
use crate::face::gesture::{self, GestureSample};
use crate::face::port::{FaceDetector, FeatureExtractor, LandmarkEstimator, PadDetector, QualityAssessor};
use crate::face::{FaceSample, FeatureVector, LocatedFace, PadScore, Point};
use crate::inference::ModelId;
use crate::media::port::FrameSource;
use crate::media::{Frame, Image, MediaKind};
use crate::system::port::Clock;
use crate::{Error, Result};

/// The adapters that a pipeline is made of.
#[derive(Debug, Clone)]
pub struct FaceStages {
    /// Finds faces.
    pub detector: Arc<dyn FaceDetector>,
    /// Finds their points.
    pub landmarks: Arc<dyn LandmarkEstimator>,
    /// Judges their pictures.
    pub quality: Arc<dyn QualityAssessor>,
    /// Takes their features; without it nothing is compared and the layer of identity is silent.
    pub extractor: Option<Arc<dyn FeatureExtractor>>,
    /// Judges their appearance; without it the layer of appearance is silent.
    pub pad: Option<Arc<dyn PadDetector>>,
}

/// Runs the stages over all frames of a recording.
#[derive(Debug, Clone)]
pub struct FacePipeline {
    stages: FaceStages,
    policy: LivenessPolicy,
    clock: Arc<dyn Clock>,
}

/// A face is dropped when the mesh model denies it like this; real faces that are turned or small go down to one half.
const MIN_PRESENCE: f32 = 0.1;
/// A face overlapping the subject of the frame before by this much is the same subject.
const SAME_SUBJECT_IOU: f32 = 0.3;
/// Features of a head turned or nodding further than this, in degrees, say little about identity.
const FEATURES_MAX_TURN: f32 = 25.0;

impl FacePipeline {
    /// Joins the stages.
    #[must_use]
    pub fn new(stages: FaceStages, policy: LivenessPolicy, clock: Arc<dyn Clock>) -> Self {
        Self { stages, policy, clock }
    }

    /// The adapters in use.
    #[must_use]
    pub fn stages(&self) -> &FaceStages {
        &self.stages
    }

    /// The rules of the liveness verdict.
    #[must_use]
    pub fn policy(&self) -> &LivenessPolicy {
        &self.policy
    }

    /// The models in use.
    #[must_use]
    pub fn models(&self) -> Vec<ModelId> {
        let stages = &self.stages;
        let mut models = stages.detector.models();
        models.extend(stages.landmarks.models());
        models.extend(stages.extractor.iter().flat_map(|extractor| extractor.models()));
        models.extend(stages.pad.iter().flat_map(|pad| pad.models()));
        models
    }

    /// All faces of one picture, largest first, with mesh, pose and quality.
    ///
    /// # Errors
    /// Those of the stages.
    pub fn inspect(&self, image: &Image) -> Result<Vec<ObservedFace>> {
        self.observe_faces(image, &mut Timings::default())
    }

    /// Features of one face.
    ///
    /// # Errors
    /// Those of the extractor; `input.invalid_value` when the pipeline has none.
    pub fn features(&self, image: &Image, face: &LocatedFace) -> Result<FeatureVector> {
        let extractor = self.extractor()?;
        let vectors = extractor.extract(&[FaceSample { image, face }])?;
        vectors.into_iter().next().ok_or_else(|| missing_answer("feature extractor"))
    }

    /// How alike two faces are, and what that means.
    ///
    /// # Errors
    /// `analysis.incomparable_features`; `input.invalid_value` when the pipeline has no extractor.
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
            detail: "comparison needs a feature extractor and none is configured".into(),
        })
    }

    fn timed<T>(&self, timings: &mut Timings, stage: Stage, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let start = self.clock.elapsed();
        let answer = work();
        timings.add(stage, self.clock.elapsed().saturating_sub(start));
        answer
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
        progress: &mut dyn FnMut(Progress),
    ) -> Result<AnalysisOutcome> {
        let mut pass = Pass::new(self, request);
        let total = media.info().frames;
        while let Some(frame) = pass.next_frame(media)? {
            pass.see(&frame)?;
            progress(Progress { frames: pass.frames, total, time: frame.time });
        }
        pass.conclude(media)
    }
}

/// One pass over the frames of a recording.
struct Pass<'a> {
    pipeline: &'a FacePipeline,
    request: &'a AnalysisRequest,
    frames: u64,
    duration: Duration,
    recording: Recording,
    /// With its features, if its frame was sampled for them.
    best_shot: Option<(BestShot, Option<FeatureVector>)>,
    timings: Timings,
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

    fn next_frame(&mut self, media: &mut dyn FrameSource) -> Result<Option<Frame>> {
        self.pipeline.timed(&mut self.timings, Stage::Decode, || media.next_frame())
    }

    fn see(&mut self, frame: &Frame) -> Result<()> {
        self.frames += 1;
        self.duration = frame.time;
        let sampling = &self.request.sampling;
        if !is_due(&mut self.last_faces, frame.time, sampling.faces_every) {
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
            let (appearance, periodicity) = self.sample_judgement(sample, frame.time)?;
            observation = FrameObservation { features, appearance, periodicity, ..observation };
        }
        self.recording.frames.push(observation);
        Ok(())
    }

    /// The face that overlaps the last subject most; the most prominent when there is no such face.
    fn subject_among(&self, faces: &[ObservedFace], image: &Image) -> Option<usize> {
        let prominent = most_prominent(faces, image);
        let Some(last) = self.recording.frames.last().and_then(FrameObservation::subject) else {
            return prominent;
        };
        let overlap =
            |face: &ObservedFace| face.face.detection.bounding_box.iou(&last.face.detection.bounding_box);
        faces
            .iter()
            .enumerate()
            .map(|(index, face)| (index, overlap(face)))
            .filter(|(_, iou)| *iou >= SAME_SUBJECT_IOU)
            .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)))
            .map(|(index, _)| index)
            .or(prominent)
    }

    fn sample_features(&mut self, sample: FaceSample<'_>, now: Duration) -> Result<Option<FeatureVector>> {
        let pose = sample.face.pose;
        if self.pipeline.stages.extractor.is_none()
            || pose.yaw.abs().max(pose.pitch.abs()) > FEATURES_MAX_TURN
        {
            return Ok(None);
        }
        if !is_due(&mut self.last_features, now, self.request.sampling.features_every) {
            return Ok(None);
        }
        self.features(sample).map(Some)
    }

    fn features(&mut self, sample: FaceSample<'_>) -> Result<FeatureVector> {
        let pipeline = self.pipeline;
        pipeline.timed(&mut self.timings, Stage::Features, || pipeline.features(sample.image, sample.face))
    }

    /// What a model says of the subject's appearance, and how periodic its texture is.
    fn sample_judgement(
        &mut self,
        sample: FaceSample<'_>,
        now: Duration,
    ) -> Result<(Option<PadScore>, Option<f32>)> {
        if !is_due(&mut self.last_pad, now, self.request.sampling.pad_every) {
            return Ok((None, None));
        }
        let pad = self.pipeline.stages.pad.as_ref();
        self.pipeline.timed(&mut self.timings, Stage::Pad, || {
            let scores = pad.map(|pad| pad.score(&[sample])).transpose()?;
            Ok((scores.and_then(|scores| scores.first().copied()), texture::periodicity(sample)))
        })
    }

    fn conclude(mut self, media: &dyn FrameSource) -> Result<AnalysisOutcome> {
        let (best_shot, sampled) = self.best_shot.take().unzip();
        let features = match (sampled.flatten(), &best_shot) {
            (None, Some(best)) if self.pipeline.stages.extractor.is_some() => {
                Some(self.features(FaceSample { image: &best.image, face: &best.subject.face })?)
            }
            (sampled, _) => sampled,
        };
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
        let true_times = media.info().kind == MediaKind::Video;
        let challenge = self.request.challenge.as_ref().filter(|_| !samples.is_empty());
        let challenge = challenge.map(|attempt| attempt.check(&gestures, true_times));
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

    fn liveness(
        &self,
        media: &dyn FrameSource,
        gestures: &[gesture::GestureEvent],
        challenge: Option<&ChallengeOutcome>,
    ) -> Liveness {
        let calibration = self.pipeline.stages.extractor.as_ref().map(|extractor| extractor.calibration());
        let evidence = liveness::gather(&liveness::Presentation {
            recording: &self.recording,
            kind: media.info().kind,
            gestures,
            asked: &self.request.actions,
            challenge,
            calibration,
        });
        self.pipeline.policy.decide(evidence)
    }
}

/// The face that a photographer would have meant: a large one near the middle. A face in the corner counts half.
fn most_prominent(faces: &[ObservedFace], image: &Image) -> Option<usize> {
    let middle = Point::new(image.width() as f32 / 2.0, image.height() as f32 / 2.0);
    let reach = middle.distance(Point::new(0.0, 0.0));
    let prominence = |face: &ObservedFace| {
        let found = face.face.detection.bounding_box;
        found.area().sqrt() * (1.0 - 0.5 * (found.center().distance(middle) / reach).min(1.0))
    };
    // Of equals the first, which is the larger one.
    let rank = |a: &(usize, f32), b: &(usize, f32)| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0));
    faces.iter().map(prominence).enumerate().max_by(rank).map(|(index, _)| index)
}

/// Whether something that happens at most every `interval` happens at `now`; notes that it does.
fn is_due(last: &mut Option<Duration>, now: Duration, interval: Duration) -> bool {
    let due = last.is_none_or(|last| now >= last + interval);
    if due {
        *last = Some(now);
    }
    due
}

fn missing_answer(who: &str) -> Error {
    Error::InferenceFailed { detail: format!("the {who} gave no answer for a face"), source: None }
}
