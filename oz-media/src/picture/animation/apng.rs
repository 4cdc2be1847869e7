//! Animated PNG (APNG).

use std::io::Cursor;

use oz_core::media::MediaBytes;
use oz_core::{Error, Result};
use png::{BlendOp, ColorType, Decoder, DisposeOp, Limits, Reader, Transformations};

use super::AnimationDecoder;
use super::canvas::{Area, Canvas, Disposal};
use crate::budget::Budget;
use crate::picture::decoding_error;

struct Apng {
    reader: Reader<Cursor<MediaBytes>>,
    canvas: Canvas,
    frames: u64,
    shown: u64,
    /// Whether the first picture is only a fallback for viewers without animation support.
    skip_default: bool,
}

pub(super) fn open(media: &MediaBytes, budget: &Budget) -> Result<Option<Box<dyn AnimationDecoder>>> {
    let memory = usize::try_from(budget.memory()).unwrap_or(usize::MAX);
    let mut decoder = Decoder::new_with_limits(Cursor::new(media.clone()), Limits { bytes: memory });
    decoder.set_transformations(Transformations::normalize_to_color8() | Transformations::ALPHA);

    let Ok(header) = decoder.read_header_info() else { return Ok(None) };
    let (width, height) = (header.width, header.height);
    budget.ensure_size(width, height)?;

    let Ok(reader) = decoder.read_info() else { return Ok(None) };
    let Some(control) = reader.info().animation_control else { return Ok(None) };
    budget.ensure_frames(u64::from(control.num_frames))?;

    let skip_default = reader.info().frame_control.is_none();
    let frames = u64::from(control.num_frames);
    Ok(Some(Box::new(Apng { reader, canvas: Canvas::new(width, height), frames, shown: 0, skip_default })))
}

impl AnimationDecoder for Apng {
    fn size(&self) -> (u32, u32) {
        self.canvas.size()
    }

    fn frames(&self) -> u64 {
        self.frames
    }

    fn next(&mut self) -> Result<Option<(Vec<u8>, u64)>> {
        if std::mem::take(&mut self.skip_default) {
            self.read()?;
        }
        if self.shown >= self.frames {
            return Ok(None);
        }

        let pixels = self.read()?;
        self.shown += 1;
        let Some(control) = self.reader.info().frame_control else {
            return Err(Error::corrupt("png: a frame has no control chunk"));
        };

        let disposal = match control.dispose_op {
            DisposeOp::None => Disposal::Keep,
            DisposeOp::Background => Disposal::Clear,
            DisposeOp::Previous => Disposal::Restore,
        };
        let area =
            Area { x: control.x_offset, y: control.y_offset, width: control.width, height: control.height };
        let blend = control.blend_op == BlendOp::Over;

        let parts = if control.delay_den == 0 { 100 } else { u64::from(control.delay_den) };
        let shown_ms = u64::from(control.delay_num) * 1000 / parts;
        Ok(Some((self.canvas.draw(&pixels, area, blend, disposal), shown_ms)))
    }
}

impl Apng {
    /// Decodes the next picture in the file to RGBA.
    fn read(&mut self) -> Result<Vec<u8>> {
        let size = self
            .reader
            .output_buffer_size()
            .ok_or_else(|| Error::corrupt("png: the picture size overflows"))?;
        let mut pixels = vec![0; size];
        let output = self.reader.next_frame(&mut pixels).map_err(|error| decoding_error("png", &error))?;
        pixels.truncate(output.buffer_size());

        Ok(match output.color_type {
            ColorType::Rgba => pixels,
            ColorType::GrayscaleAlpha => {
                pixels.chunks_exact(2).flat_map(|p| [p[0], p[0], p[0], p[1]]).collect()
            }
            ColorType::Rgb => pixels.chunks_exact(3).flat_map(|p| [p[0], p[1], p[2], 255]).collect(),
            ColorType::Grayscale | ColorType::Indexed => {
                pixels.iter().flat_map(|&p| [p, p, p, 255]).collect()
            }
        })
    }
}
