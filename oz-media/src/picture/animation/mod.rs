//! Animations: pictures in time, so a video. Frames are decoded and laid on one canvas as they are asked for.

mod apng;
mod canvas;
mod gif;
mod source;
mod webp;

use oz_core::Result;
use oz_core::media::port::FrameSource;
use oz_core::media::{MediaBytes, MediaType};

use crate::budget::Budget;
use crate::guard::guarded;
use source::Animation;

/// Opens `media` if it moves; a still picture, or a file that its header does not explain, is `None`.
pub(crate) fn open(
    media_type: MediaType,
    media: &MediaBytes,
    budget: &Budget,
) -> Result<Option<Box<dyn FrameSource>>> {
    let strip: Option<Box<dyn Strip>> = guarded("animation", || match media_type {
        MediaType::Gif => gif::open(media, budget),
        MediaType::WebP => webp::open(media, budget),
        MediaType::Png => apng::open(media, budget),
        _ => Ok(None),
    })?;
    Ok(strip.map(|strip| Box::new(Animation::new(media_type, strip, budget.clone())) as Box<dyn FrameSource>))
}

/// The frames of an animation, each complete.
trait Strip: Send {
    /// Size of every frame.
    fn size(&self) -> (u32, u32);

    /// Stated number of frames.
    fn frames(&self) -> u64;

    /// RGBA of the next frame and for how long it is shown, in milliseconds.
    fn next(&mut self) -> Result<Option<(Vec<u8>, u64)>>;
}
