//! Face liveness, matching, quality and best shot on photos and videos.
//!
//! ```no_run
//! use oz::{AnalysisRequest, Oz};
//!
//! # fn main() -> oz::Result<()> {
//! let oz = Oz::builder().build()?;
//! let portrait = oz.features("passport.jpg")?;
//! let outcome = oz.analyze(
//!     "selfie.mp4",
//!     &AnalysisRequest { reference: Some(portrait), ..AnalysisRequest::default() },
//! )?;
//! println!("{:?}: {}", outcome.liveness.verdict, outcome.liveness.reasons.join("; "));
//! # Ok(())
//! # }
//! ```
//!
//! The crate is the assembly of `oz`: it joins the domain (`oz-core`) with the adapters (`oz-media`, `oz-models`) and is
//! the only place that names them. It needs no async runtime; an [`Oz`] is cheap to clone and shared between threads.

mod assembly;
mod batch;
mod builder;
#[cfg(feature = "memory")]
mod collection;
mod config;
mod engine;
mod error;
mod facade;
mod input;
mod system;

pub use builder::OzBuilder;
#[cfg(feature = "memory")]
pub use collection::{FaceCollection, KnownFace};
pub use config::Config;
pub use engine::EngineInfo;
pub use error::{Error, Result};
pub use facade::Oz;
pub use input::Media;
pub use system::{RandomIds, SystemClock};

pub use oz_core as core;
pub use oz_core::analysis::{
    AnalysisOutcome, AnalysisRequest, AnalysisScope, BestShot, Challenge, ChallengeAttempt, ChallengeOutcome,
    ChallengeRules, Comparison, Liveness, LivenessPolicy, ObservedFace, Sampling,
};
pub use oz_core::face::gesture::{Gesture, GestureEvent};
pub use oz_core::face::pad::PadVerdict;
pub use oz_core::face::{ComparisonDecision, FeatureVector, QualityReport, Threshold};
pub use oz_core::inference::{Device, SessionOptions};
pub use oz_core::media::{DecodeLimits, Frame, Image, MediaKind, PixelFormat, RawImage};
pub use oz_core::system::Timestamp;
pub use oz_media as media;
pub use oz_models as models;
pub use oz_models::engine::Engines;
