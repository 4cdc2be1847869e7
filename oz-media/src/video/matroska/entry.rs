//! Description of a track (`TrackEntry`).

use oz_core::media::Orientation;
use oz_core::{Error, Result};

use super::ebml::{Element, id};
use crate::video::color::{ColorHint, Matrix, Range};
use crate::video::track::{Codec, unsupported_codec};

const VIDEO_TRACK: u64 = 1;

/// Video track that can be decoded.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) number: u64,
    pub(super) codec: Codec,
    /// Decoder configuration; empty if absent.
    pub(super) config: Vec<u8>,
    pub(super) color: ColorHint,
    /// Stored width and height in pixels; zero when unknown.
    pub(super) size: (u32, u32),
    pub(super) orientation: Orientation,
}

/// Strips the zero padding of a string (RFC 8794, section 13.2).
fn unpadded(name: &[u8]) -> &[u8] {
    let length = name.iter().position(|&byte| byte == 0).unwrap_or(name.len());
    &name[..length]
}

impl Entry {
    /// Parses a `TrackEntry`; `None` for a track that is not video.
    pub(super) fn parse(track: &Element<'_>) -> Result<Option<Self>> {
        if unsigned(track, id::TRACK_TYPE)? != Some(VIDEO_TRACK) {
            return Ok(None);
        }
        let name = track.child(id::CODEC_ID)?.map(|found| found.body).unwrap_or_default();
        let codec = codec_of(unpadded(name))?;
        if track.child(id::CONTENT_ENCODINGS)?.is_some() {
            return Err(unsupported_codec(format_args!(
                "{} with compressed or encrypted samples",
                codec.name()
            )));
        }

        let config = track.child(id::CODEC_PRIVATE)?.map(|found| found.body.to_vec()).unwrap_or_default();
        if config.is_empty() && matches!(codec, Codec::H264 | Codec::Hevc) {
            return Err(Error::corrupt("the decoder configuration of the Matroska file is missing"));
        }

        let mut entry = Self {
            number: unsigned(track, id::TRACK_NUMBER)?.unwrap_or(1),
            codec,
            config,
            color: ColorHint::default(),
            size: (0, 0),
            orientation: Orientation::Upright,
        };
        if let Some(video) = track.child(id::VIDEO)? {
            entry.picture(&video)?;
        }
        Ok(Some(entry))
    }

    /// Reads size, colour and orientation.
    fn picture(&mut self, video: &Element<'_>) -> Result<()> {
        let side =
            |id| -> Result<u32> { Ok(u32::try_from(unsigned(video, id)?.unwrap_or(0)).unwrap_or(u32::MAX)) };
        self.size = (side(id::PIXEL_WIDTH)?, side(id::PIXEL_HEIGHT)?);

        if let Some(colour) = video.child(id::COLOUR)? {
            let code = unsigned(&colour, id::MATRIX)?.unwrap_or(2);
            self.color.matrix = Matrix::from_code(u32::try_from(code).unwrap_or(u32::MAX));
            self.color.range = match unsigned(&colour, id::RANGE)? {
                Some(1) => Some(Range::Limited),
                Some(2) => Some(Range::Full),
                _ => None,
            };
        }

        if let Some(projection) = video.child(id::PROJECTION)? {
            let angle = |id| projection.child(id)?.map_or(Ok(0.0), |found| found.float());
            self.orientation = orientation(angle(id::POSE_ROLL)?, angle(id::POSE_YAW)?);
        }
        Ok(())
    }
}

fn unsigned(within: &Element<'_>, id: u32) -> Result<Option<u64>> {
    within.child(id)?.map(|found| found.unsigned()).transpose()
}

fn codec_of(name: &[u8]) -> Result<Codec> {
    match name {
        b"V_MPEG4/ISO/AVC" => Ok(Codec::H264),
        b"V_MPEGH/ISO/HEVC" => Ok(Codec::Hevc),
        b"V_VP8" => Ok(Codec::Vp8),
        b"V_VP9" => Ok(Codec::Vp9),
        b"V_AV1" => Ok(Codec::Av1),
        _ => {
            let shown = &name[..name.len().min(32)];
            Err(unsupported_codec(shown.escape_ascii()))
        }
    }
}

/// Orientation for a roll (counter-clockwise) and yaw in degrees.
///
/// A yaw of 180° mirrors the picture and is applied before the roll. Only quarter turns are applied.
fn orientation(roll: f64, yaw: f64) -> Orientation {
    let quarters = (roll / 90.0).round();
    let mirrored = (yaw.abs() - 180.0).abs() < 1.0;
    let exact = (roll - quarters * 90.0).abs() < 1.0;
    let turns = if exact { (quarters as i64).rem_euclid(4) } else { 0 };
    match (turns, mirrored) {
        (1, false) => Orientation::Rotate270,
        (2, false) => Orientation::Rotate180,
        (3, false) => Orientation::Rotate90,
        (0, true) => Orientation::FlipHorizontal,
        (1, true) => Orientation::Transpose,
        (2, true) => Orientation::FlipVertical,
        (3, true) => Orientation::Transverse,
        _ => Orientation::Upright,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roll_is_counter_clockwise() {
        assert_eq!(orientation(-90.0, 0.0), Orientation::Rotate90);
        assert_eq!(orientation(90.0, 0.0), Orientation::Rotate270);
        assert_eq!(orientation(180.0, 0.0), Orientation::Rotate180);
        assert_eq!(orientation(0.0, 180.0), Orientation::FlipHorizontal);
        assert_eq!(orientation(f64::NAN, 0.0), Orientation::Upright);
        assert_eq!(orientation(12.0, 0.0), Orientation::Upright);
    }

    #[test]
    fn unknown_codec_is_named() {
        assert!(codec_of(b"V_THEORA").unwrap_err().to_string().contains("V_THEORA"));
    }
}
