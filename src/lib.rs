//! Face liveness, matching, search, best shot and image quality on photos and videos, in process and offline.
//!
//! [`Oz`] holds the loaded models and does the work. The default models are part of the binary, and all media
//! are decoded in Rust, so this is a complete program:
//!
//! ```no_run
//! use oz::{AnalysisRequest, ComparisonDecision, Oz, PadVerdict};
//!
//! # fn main() -> oz::Result<()> {
//! let oz = Oz::builder().build()?;
//! let passport = oz.features("passport.jpg")?;
//!
//! let request = AnalysisRequest { reference: Some(passport), ..AnalysisRequest::default() };
//! let outcome = oz.analyze("selfie.mp4", &request)?;
//!
//! let is_live = outcome.liveness.verdict == PadVerdict::BonaFide;
//! let is_same = outcome.comparison.is_some_and(|it| it.decision == ComparisonDecision::Match);
//! println!("live: {is_live} ({}), same person: {is_same}", outcome.liveness.reasons.join("; "));
//! # Ok(())
//! # }
//! ```
//!
//! # Input and output
//!
//! Methods accept anything that converts into [`Media`]: a path, the bytes of a file, an [`Image`], pixels of
//! a camera ([`RawImage`]) or decoded frames. A picture without a face is an outcome, not an error:
//!
//! ```
//! use oz::{Image, Oz};
//!
//! # fn main() -> oz::Result<()> {
//! let oz = Oz::builder().build()?;
//! let wall = Image::from_fn(320, 240, |x, y| [(x / 2) as u8, y as u8, 90]);
//!
//! let (_, faces) = oz.inspect(&wall)?;
//! assert!(faces.is_empty());
//!
//! // Where a face is required, its absence is an error. Branch on the code of an error, not its text.
//! assert_eq!(oz.features(&wall).unwrap_err().code(), "analysis.no_face");
//! # Ok(())
//! # }
//! ```
//!
//! Decisions have three values. Treat [`PadVerdict::Inconclusive`] and [`ComparisonDecision::Inconclusive`]
//! as a refusal.
//!
//! # Where to go next
//!
//! | task | item |
//! |---|---|
//! | analyse a recording | [`Oz::analyze`], [`AnalysisRequest`], [`AnalysisOutcome`] |
//! | ask for gestures and check them | [`Oz::challenge`], [`ChallengeAttempt`] |
//! | compare two faces | [`Oz::compare`], [`Comparison`], [`Threshold`] |
#![cfg_attr(
    feature = "memory",
    doc = "| search known faces | [`Oz::collection`], [`FaceCollection`], [`KnownFace`] |"
)]
//! | assess image quality | [`Oz::inspect`], [`QualityReport`] |
//! | configure engine, models and limits | [`Config`], [`OzBuilder`] |
//! | replace a decoder, a model or an engine | methods of [`OzBuilder`], ports in [`core`] |
//! | list models and their licences | [`Config::registry`], [`models`] |
//! | run an HTTP service | the crate `oz-server` |
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `candle`, `onnx` (default) | the inference engines: pure Rust; ONNX Runtime, found at run time |
//! | `bundled-weights` (default) | the default models inside the binary, 16 MB |
//! | `memory`, `sqlite` | collections of faces, in memory and in a file |
//! | `cuda`, `candle-cuda` | the engines on NVIDIA GPUs |
//! | `pull` | download of further models |
//!
//! The crate assembles `oz`: it joins the domain (`oz-core`) with the adapters (`oz-media`, `oz-models`,
//! `oz-storage`). It needs no async runtime; an [`Oz`] is cheap to clone and shared between threads.

mod assembly;
mod batch;
mod builder;
#[cfg(feature = "memory")]
mod collection;
mod config;
mod engine;
mod error;
mod facade;
#[cfg(doctest)]
mod guides;
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
