//! One picture of a media file and when it is shown.

use std::time::Duration;

use super::Image;

/// One decoded picture.
#[derive(Debug, Clone)]
pub struct Frame {
    /// The upright picture.
    pub image: Image,
    /// Presentation time since the first frame; zero for a still image. Strictly increasing within one source, except
    /// where the container itself repeats a time.
    pub time: Duration,
    /// Number of the frame in presentation order, from 0.
    pub index: u64,
}
