//! Animated WebP. `image_webp` composes complete frames.

use std::io::Cursor;

use image_webp::{DecodingError, WebPDecoder};
use oz_core::Result;
use oz_core::media::MediaBytes;

use super::AnimationDecoder;
use crate::budget::Budget;
use crate::picture::decoding_error;

struct WebP {
    decoder: WebPDecoder<Cursor<MediaBytes>>,
    shown: u32,
}

pub(super) fn open(media: &MediaBytes, budget: &Budget) -> Result<Option<Box<dyn AnimationDecoder>>> {
    let Ok(mut decoder) = WebPDecoder::new(Cursor::new(media.clone())) else { return Ok(None) };
    if !decoder.is_animated() {
        return Ok(None);
    }

    let (width, height) = decoder.dimensions();
    budget.ensure_size(width, height)?;
    budget.ensure_frames(u64::from(decoder.num_frames()))?;
    decoder.set_memory_limit(usize::try_from(budget.memory()).unwrap_or(usize::MAX));
    Ok(Some(Box::new(WebP { decoder, shown: 0 })))
}

impl AnimationDecoder for WebP {
    fn size(&self) -> (u32, u32) {
        self.decoder.dimensions()
    }

    fn frames(&self) -> u64 {
        u64::from(self.decoder.num_frames())
    }

    fn next(&mut self) -> Result<Option<(Vec<u8>, u64)>> {
        if self.shown >= self.decoder.num_frames() {
            return Ok(None);
        }

        let (width, height) = self.decoder.dimensions();
        let alpha = self.decoder.has_alpha();
        let mut pixels = vec![0; width as usize * height as usize * if alpha { 4 } else { 3 }];
        let shown_ms = match self.decoder.read_frame(&mut pixels) {
            Ok(shown_ms) => shown_ms,
            Err(DecodingError::NoMoreFrames) => return Ok(None),
            Err(error) => return Err(decoding_error("webp", &error)),
        };

        self.shown += 1;
        let rgba = if alpha { pixels } else { opaque(&pixels) };
        Ok(Some((rgba, u64::from(shown_ms))))
    }
}

/// Adds an opaque alpha channel.
fn opaque(rgb: &[u8]) -> Vec<u8> {
    rgb.chunks_exact(3).flat_map(|pixel| [pixel[0], pixel[1], pixel[2], 255]).collect()
}
