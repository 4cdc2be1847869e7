//! VP9, decoded by `rusty_vp9`.

use oz_core::{Error, Result};
use rusty_vp9::{DecodedFrame, Vp9Decoder};

use super::PictureDecoder;
use crate::budget::Budget;
use crate::video::color::ColorHint;
use crate::video::header::vp9;
use crate::video::picture::{Picture, Plane};
use crate::video::track::unsupported_codec;

pub(super) struct Vp9 {
    decoder: Vp9Decoder,
    color: ColorHint,
}

impl Vp9 {
    pub(super) fn new() -> Self {
        Self { decoder: Vp9Decoder::new(), color: ColorHint::default() }
    }
}

impl PictureDecoder for Vp9 {
    fn decode(&mut self, sample: &[u8], budget: &Budget) -> Result<Vec<Picture>> {
        if sample.is_empty() {
            return Ok(Vec::new());
        }

        for frame in vp9::frames(sample) {
            let header = vp9::parse(frame)?;
            if let Some((width, height)) = header.size {
                budget.ensure_video_size(width, height)?;
            }
            self.color = header.color.unwrap_or(self.color);
        }

        self.decoder.push(sample, None).map_err(|error| refusal(&error))?;

        // The queue has one entry per frame of the packet. Hidden frames and an empty queue both answer
        // `Again`, so the loop is bounded by the number of frames.
        let mut pictures = Vec::new();
        for _ in 0..MAX_FRAMES {
            match self.decoder.next_frame() {
                Ok(frame) => pictures.push(picture(frame, self.color)?),
                Err(rusty_vp9::Error::Again) => {}
                Err(rusty_vp9::Error::Eof) => break,
                Err(error) => return Err(refusal(&error)),
            }
        }
        Ok(pictures)
    }
}

/// Maximum frames in the index of a superframe.
const MAX_FRAMES: usize = 8;

fn picture(frame: DecodedFrame, color: ColorHint) -> Result<Picture> {
    let deep = frame.bit_depth > 8;
    let mut planes = frame.planes.into_iter().zip(frame.strides).map(|(samples, stride)| {
        if deep { Plane::byte_pairs(&samples, stride / 2) } else { Plane::bytes(samples, stride) }
    });
    let missing = || Error::corrupt("VP9: a plane is missing");
    let planes = [
        planes.next().ok_or_else(missing)?,
        planes.next().ok_or_else(missing)?,
        planes.next().ok_or_else(missing)?,
    ];
    Picture {
        width: frame.width as usize,
        height: frame.height as usize,
        depth: frame.bit_depth,
        shift_x: frame.subsampling_x.min(1),
        shift_y: frame.subsampling_y.min(1),
        planes,
        color,
    }
    .checked()
}

fn refusal(error: &rusty_vp9::Error) -> Error {
    match error {
        rusty_vp9::Error::Unsupported(what) => unsupported_codec(format_args!("VP9 with {what}")),
        rusty_vp9::Error::Unimplemented(what) => unsupported_codec(format_args!("VP9 with {what}")),
        other => Error::corrupt(format!("VP9: {other}")),
    }
}
