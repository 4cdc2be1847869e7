//! Colours.

use oz::PadVerdict;
use oz::core::face::QualityReport;

/// Red, green and blue, 0..=255.
pub(super) type Colour = [u8; 3];

pub(super) const BACKGROUND: Colour = [17, 20, 26];
/// Empty part of a meter.
pub(super) const TRACK: Colour = [45, 51, 62];
pub(super) const RULE: Colour = [38, 43, 53];
pub(super) const TEXT: Colour = [236, 239, 244];
pub(super) const MUTED: Colour = [150, 160, 176];
pub(super) const GOOD: Colour = [74, 214, 148];
pub(super) const BAD: Colour = [255, 107, 97];
pub(super) const OPEN: Colour = [250, 196, 84];

/// Drawn below lines so that they are visible on light pictures.
pub(super) const HALO: Colour = [8, 12, 18];
pub(super) const BOX: Colour = [255, 255, 255];
pub(super) const MESH: Colour = [84, 214, 255];
pub(super) const CONTOUR: Colour = [222, 247, 255];
pub(super) const IRIS: Colour = [255, 214, 92];
/// Axes of the pose: to the subject's left, up, forward.
pub(super) const AXES: [Colour; 3] = [[255, 99, 99], [92, 224, 130], [96, 156, 255]];

pub(super) fn of_verdict(verdict: PadVerdict) -> Colour {
    match verdict {
        PadVerdict::BonaFide => GOOD,
        PadVerdict::Attack => BAD,
        PadVerdict::Inconclusive => OPEN,
    }
}

/// Colour of a quality value, 0..=100.
pub(super) fn of_quality(value: u8) -> Colour {
    match value {
        QualityReport::ACCEPTABLE.. => GOOD,
        20.. => OPEN,
        _ => BAD,
    }
}
