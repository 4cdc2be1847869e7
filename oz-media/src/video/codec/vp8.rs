//! VP8, decoded by `oxideav-vp8`.

use oxideav_vp8::state::Vp8DecoderState;
use oz_core::{Error, Result};

use super::PictureDecoder;
use crate::budget::Budget;
use crate::video::color::{ColorHint, Matrix, Range};
use crate::video::header::vp8;
use crate::video::picture::{Picture, Plane};

pub(super) struct Vp8 {
    decoder: Vp8DecoderState,
}

impl Vp8 {
    pub(super) fn new() -> Self {
        Self { decoder: Vp8DecoderState::new() }
    }
}

impl PictureDecoder for Vp8 {
    fn decode(&mut self, sample: &[u8], budget: &Budget) -> Result<Vec<Picture>> {
        // An empty sample repeats the previous picture.
        if sample.is_empty() {
            return Ok(Vec::new());
        }

        if let Some((width, height)) = vp8::size(sample) {
            budget.ensure_video_size(width, height)?;
        }
        let frame =
            self.decoder.decode_frame(sample).map_err(|error| Error::corrupt(format!("VP8: {error}")))?;
        if self.decoder.last_frame_shown() == Some(false) {
            return Ok(Vec::new());
        }

        let (width, height) = (frame.width as usize, frame.height as usize);
        let chroma = width.div_ceil(2);
        let planes =
            [Plane::bytes(frame.y, width), Plane::bytes(frame.u, chroma), Plane::bytes(frame.v, chroma)];
        // RFC 6386, section 9.2: BT.601 is the only colour space.
        let color = ColorHint { matrix: Some(Matrix::Bt601), range: Some(Range::Limited) };
        Ok(vec![Picture { width, height, depth: 8, shift_x: 1, shift_y: 1, planes, color }.checked()?])
    }
}
