//! Media that the facade accepts.

use std::path::{Path, PathBuf};

use oz_core::LimitKind;
use oz_core::media::{Frame, Image, MediaBytes, MediaKind, PixelFormat, RawImage};

use crate::{Error, Result};

/// Input of the facade: a file, its bytes, or pictures that are already decoded.
///
/// Methods take `impl Into<Media>`, so paths, `Vec<u8>`, [`Image`], [`RawImage`], images of the crate `image`
/// and arrays of the crate `ndarray` can be passed directly.
///
/// ```
/// use oz::{Image, Media, PixelFormat, RawImage};
///
/// let file = Media::from("selfie.mp4");
/// assert_eq!(file.describe(), "selfie.mp4");
///
/// let picture: Media = Image::from_fn(64, 48, |_, _| [128; 3]).into();
/// assert_eq!(picture.describe(), "a picture of 64 x 48");
///
/// // A camera buffer, as OpenCV lays it out.
/// let buffer: Media = RawImage::new(PixelFormat::Bgr, 64, 48, vec![0; 64 * 48 * 3]).into();
/// # let _ = buffer;
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Media {
    /// A file. The format is detected from the content, not the name.
    Path(PathBuf),
    /// Content of a file.
    Bytes(MediaBytes),
    /// One decoded picture.
    Image(Image),
    /// Pixels in a buffer of the application; converted when the media are opened.
    Raw(RawImage),
    /// Decoded frames, by rising presentation time.
    Frames(MediaKind, Vec<Frame>),
}

impl Media {
    /// Description for messages, without content.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::Path(path) => path.display().to_string(),
            Self::Bytes(bytes) => format!("{} bytes of media", bytes.len()),
            Self::Image(image) => format!("a picture of {} x {}", image.width(), image.height()),
            Self::Raw(raw) => format!("{raw:?}"),
            Self::Frames(_, frames) => format!("{} frames", frames.len()),
        }
    }
}

impl From<&str> for Media {
    fn from(path: &str) -> Self {
        Self::Path(path.into())
    }
}

impl From<&Path> for Media {
    fn from(path: &Path) -> Self {
        Self::Path(path.into())
    }
}

impl From<PathBuf> for Media {
    fn from(path: PathBuf) -> Self {
        Self::Path(path)
    }
}

impl From<&PathBuf> for Media {
    fn from(path: &PathBuf) -> Self {
        Self::Path(path.clone())
    }
}

impl From<Vec<u8>> for Media {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes.into())
    }
}

impl From<&[u8]> for Media {
    fn from(bytes: &[u8]) -> Self {
        Self::Bytes(bytes.into())
    }
}

impl From<Image> for Media {
    fn from(image: Image) -> Self {
        Self::Image(image)
    }
}

impl From<&Image> for Media {
    fn from(image: &Image) -> Self {
        Self::Image(image.clone())
    }
}

impl From<RawImage> for Media {
    fn from(raw: RawImage) -> Self {
        Self::Raw(raw)
    }
}

/// Takes the pixels as they are: a decoded image has no orientation metadata.
impl From<image::DynamicImage> for Media {
    fn from(image: image::DynamicImage) -> Self {
        Self::from(image.into_rgb8())
    }
}

impl From<image::RgbImage> for Media {
    fn from(image: image::RgbImage) -> Self {
        let (width, height) = image.dimensions();
        Self::Raw(RawImage::new(PixelFormat::Rgb, width, height, image.into_raw()))
    }
}

/// Array of shape `[height, width, 3]`, red first. Another shape is `media.invalid_image` when the media are
/// opened.
impl From<ndarray::ArrayView3<'_, u8>> for Media {
    fn from(array: ndarray::ArrayView3<'_, u8>) -> Self {
        let (height, width, channels) = array.dim();
        let side = |length: usize| if channels == 3 { u32::try_from(length).unwrap_or(0) } else { 0 };
        let bytes = array.iter().copied().collect();
        Self::Raw(RawImage::new(PixelFormat::Rgb, side(width), side(height), bytes))
    }
}

/// Reads a file of at most `limit` bytes.
pub(crate) fn read_bounded(path: &Path, limit: u64) -> Result<Vec<u8>> {
    use std::io::Read;

    let unreadable = |source| Error::File { action: "read", path: path.into(), source };
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if metadata.is_dir() {
        return Err(unreadable(std::io::Error::from(std::io::ErrorKind::IsADirectory)));
    }

    // The stated length is only a hint: a file can grow, and devices state 0.
    let mut bytes = Vec::with_capacity(metadata.len().min(limit) as usize);
    file.take(limit + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > limit {
        let actual = metadata.len().max(bytes.len() as u64);
        let exceeded = oz_core::Error::MediaLimitExceeded { limit: LimitKind::Bytes, actual, allowed: limit };
        return Err(exceeded.into());
    }
    Ok(bytes)
}
