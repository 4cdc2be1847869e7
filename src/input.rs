//! What can be given to the facade.

use std::path::{Path, PathBuf};

use oz_core::LimitKind;
use oz_core::media::{Frame, Image, MediaBytes, MediaKind};

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
