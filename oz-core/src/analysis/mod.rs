//! From frames to answers: who is there, how good the picture is, whether the person is live.
//!
//! Invariant: an analysis is a function of its frames and its request. Frames are seen once, in order; what must be
//! known about all of them is kept as [`FrameObservation`]s, never as pictures.

mod best_shot;
pub mod challenge;
mod examination;
pub mod liveness;
mod observation;
mod outcome;
mod pipeline;
pub mod port;
mod request;

pub use best_shot::BestShot;
pub use challenge::{Challenge, ChallengeAttempt, ChallengeOutcome, ChallengeRules};
pub use examination::{EncodedPicture, Examination, ExaminationRequest, SubjectExamination};
pub use liveness::{Liveness, LivenessPolicy};
pub use observation::{FrameObservation, ObservedFace, Recording, Thumbnail};
pub use outcome::{AnalysisOutcome, Comparison, Stage, Timings};
pub use pipeline::{FacePipeline, FaceStages};
pub use request::{AnalysisRequest, Progress, Sampling};
