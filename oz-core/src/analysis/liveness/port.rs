//! Port for liveness layers of an application.

use std::fmt::Debug;

use super::Presentation;
use crate::face::pad::PadEvidence;

/// A layer of evidence, in addition to the built-in ones.
///
/// - Pure: equal presentations give equal evidence.
/// - Asked only about recordings with a face.
/// - The evidence names its own layer, [`PadLayer::Custom`](crate::face::pad::PadLayer::Custom). Like every
///   layer other than the appearance, it can find an attack and forbid a bona fide verdict, and its score
///   contributes to the joined score. It does not replace the PAD model that a bona fide verdict requires.
pub trait LivenessLayer: Debug + Send + Sync {
    /// Evidence on one presentation.
    fn judge(&self, presentation: &Presentation<'_>) -> PadEvidence;
}
