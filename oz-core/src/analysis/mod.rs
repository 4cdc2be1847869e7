//! Analysis of recordings: subject, image quality, gestures, liveness and comparison.
//!
//! [`FacePipeline`] implements [`port::Analyzer`]: it reads the frames of one recording and answers one
//! [`AnalysisRequest`] with one [`AnalysisOutcome`].
//!
//! Invariant: an outcome is a function of the frames and the request. Frames are read once, in presentation
//! order; whatever is needed about all of them is kept as [`FrameObservation`]s, without pixels.

mod best_shot;
pub mod challenge;
mod examination;
pub mod liveness;
mod observation;
mod outcome;
mod pipeline;
pub mod port;
mod request;
#[cfg(test)]
mod tests;

pub use best_shot::BestShot;
pub use challenge::{Challenge, ChallengeAttempt, ChallengeOutcome, ChallengeRules};
pub use examination::{EncodedPicture, Examination, ExaminationRequest, SubjectExamination};
pub use liveness::{Liveness, LivenessPolicy};
pub use observation::{FrameObservation, ObservedFace, Recording, Thumbnail};
pub use outcome::{AnalysisOutcome, Comparison, Stage, Timings};
pub use pipeline::{FacePipeline, FaceStages};
pub use request::{AnalysisRequest, AnalysisScope, Progress, Sampling};
