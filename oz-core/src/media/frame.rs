//! One decoded picture with its presentation time.

use std::time::Duration;

use super::Image;

/// One decoded picture of a recording.
///
/// ```
/// use std::time::Duration;
///
/// use oz_core::media::port::FrameSource;
/// use oz_core::media::{Frame, FrameList, Image, MediaKind};
///
/// let image = Image::from_fn(640, 480, |_, _| [128; 3]);
/// let frame = |index| Frame { image: image.clone(), time: Duration::from_millis(40 * index), index };
/// let mut source = FrameList::new(MediaKind::Video, (0..3).map(frame).collect());
///
/// assert_eq!(source.info().duration, Some(Duration::from_millis(80)));
/// assert_eq!(source.next_frame()?.map(|frame| frame.index), Some(0));
/// # Ok::<(), oz_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Frame {
    /// Upright picture.
    pub image: Image,
    /// Presentation time since the first frame; zero for a still image. Strictly increasing within one
    /// source, except where the container itself repeats a time.
    pub time: Duration,
    /// Index of the frame in presentation order, from 0.
    pub index: u64,
}
