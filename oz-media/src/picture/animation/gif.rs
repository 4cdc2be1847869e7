//! Animated GIF. The frame iterator of `image` is not `Send`, so the underlying crate is used.

use std::io::Cursor;

use gif::{ColorOutput, DecodeOptions, Decoder, DisposalMethod, MemoryLimit};
use oz_core::Result;
use oz_core::media::MediaBytes;

use super::AnimationDecoder;
use super::canvas::{Area, Canvas, Disposal};
use crate::budget::Budget;
use crate::picture::{decoding_error, gif_blocks};

struct Gif {
    decoder: Decoder<Cursor<MediaBytes>>,
    canvas: Canvas,
    frames: u64,
}

pub(super) fn open(media: &MediaBytes, budget: &Budget) -> Result<Option<Box<dyn AnimationDecoder>>> {
    let frames = gif_blocks::scan(media).frames;
    if frames < 2 {
        return Ok(None);
    }

    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::RGBA);
    options.set_memory_limit(MemoryLimit::Bytes(
        budget.memory().try_into().unwrap_or(std::num::NonZeroU64::MIN),
    ));
    let decoder =
        options.read_info(Cursor::new(media.clone())).map_err(|error| decoding_error("gif", &error))?;

    let (width, height) = (u32::from(decoder.width()), u32::from(decoder.height()));
    budget.ensure_size(width, height)?;
    budget.ensure_frames(frames)?;
    if width == 0 || height == 0 {
        return Err(oz_core::Error::corrupt("the GIF has a width or height of zero"));
    }
    Ok(Some(Box::new(Gif { decoder, canvas: Canvas::new(width, height), frames })))
}

impl AnimationDecoder for Gif {
    fn size(&self) -> (u32, u32) {
        self.canvas.size()
    }

    fn frames(&self) -> u64 {
        self.frames
    }

    fn next(&mut self) -> Result<Option<(Vec<u8>, u64)>> {
        let frame = self.decoder.read_next_frame().map_err(|error| decoding_error("gif", &error))?;
        let Some(frame) = frame else { return Ok(None) };

        let disposal = match frame.dispose {
            DisposalMethod::Background => Disposal::Clear,
            DisposalMethod::Previous => Disposal::Restore,
            DisposalMethod::Any | DisposalMethod::Keep => Disposal::Keep,
        };
        let area = Area {
            x: u32::from(frame.left),
            y: u32::from(frame.top),
            width: u32::from(frame.width),
            height: u32::from(frame.height),
        };
        let shown_ms = u64::from(frame.delay) * 10;
        Ok(Some((self.canvas.draw(&frame.buffer, area, true, disposal), shown_ms)))
    }
}
