//! What can be given to the facade.

use std::path::{Path, PathBuf};

use oz_core::LimitKind;
use oz_core::media::{Frame, Image, MediaBytes, MediaKind, PixelFormat, RawImage};

use crate::{Error, Result};

/// Something to look at: a file, its bytes, or pictures that are decoded already.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Media {
    /// A file. Its name plays no part; its content tells what it is.
    Path(PathBuf),
    /// The content of a file.
    Bytes(MediaBytes),
    /// One picture.
    Image(Image),
    /// Pixels in a buffer of the application.
    Raw(RawImage),
    /// Pictures in order of time.
    Frames(MediaKind, Vec<Frame>),
}

impl Media {
    /// A name for messages.
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

/// Takes the pixels as they are: orientation metadata is not part of a decoded image.
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

/// Array of shape `[height, width, 3]`, red first. Another shape is `media.invalid_image` when the media are opened.
impl From<ndarray::ArrayView3<'_, u8>> for Media {
    fn from(array: ndarray::ArrayView3<'_, u8>) -> Self {
        let (height, width, channels) = array.dim();
        let side = |length: usize| if channels == 3 { u32::try_from(length).unwrap_or(0) } else { 0 };
        let bytes = array.iter().copied().collect();
        Self::Raw(RawImage::new(PixelFormat::Rgb, side(width), side(height), bytes))
    }
}

/// Reads a file, but never more than `limit` bytes of it.
pub(crate) fn read_bounded(path: &Path, limit: u64) -> Result<Vec<u8>> {
    use std::io::Read;
    let unreadable = |source| Error::File { action: "read", path: path.into(), source };
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if metadata.is_dir() {
        return Err(unreadable(std::io::Error::from(std::io::ErrorKind::IsADirectory)));
    }
    let mut bytes = Vec::with_capacity(metadata.len().min(limit) as usize);
    file.take(limit + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > limit {
        let actual = metadata.len().max(bytes.len() as u64);
        let exceeded = oz_core::Error::MediaLimitExceeded { limit: LimitKind::Bytes, actual, allowed: limit };
        return Err(exceeded.into());
    }
    Ok(bytes)
}
