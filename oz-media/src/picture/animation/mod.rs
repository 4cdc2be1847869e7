//! Animated pictures, exposed as videos. Frames are decoded and composed on demand.

mod apng;
mod canvas;
mod gif;
mod source;
mod webp;

use oz_core::Result;
use oz_core::media::MediaBytes;
use oz_core::media::port::FrameSource;

use crate::budget::Budget;
use crate::guard::guarded;
use crate::picture::PictureFormat;
use source::Animation;

/// Opens `media` if it is animated; `None` for a still picture or an unreadable header.
pub(crate) fn open(
    format: PictureFormat,
    media: &MediaBytes,
    budget: &Budget,
) -> Result<Option<Box<dyn FrameSource>>> {
    let decoder: Option<Box<dyn AnimationDecoder>> = guarded("animation", || match format {
        PictureFormat::Gif => gif::open(media, budget),
        PictureFormat::WebP => webp::open(media, budget),
        PictureFormat::Png => apng::open(media, budget),
        PictureFormat::Jpeg | PictureFormat::Bmp => Ok(None),
    })?;
    Ok(decoder
        .map(|decoder| Box::new(Animation::new(format, decoder, budget.clone())) as Box<dyn FrameSource>))
}

/// Decoder of complete frames of an animation.
trait AnimationDecoder: Send {
    /// Width and height of every frame, in pixels.
    fn size(&self) -> (u32, u32);

    /// Number of frames stated by the file.
    fn frames(&self) -> u64;

    /// RGBA of the next frame and its display time in milliseconds; `None` after the last.
    fn next(&mut self) -> Result<Option<(Vec<u8>, u64)>>;
}
